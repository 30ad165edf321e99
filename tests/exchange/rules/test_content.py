from datetime import date

import pytest

from clinic.accounts.models import Account, Staff
from clinic.clock import zone
from clinic.enrollment.models import (
    Enrollment,
    Leave,
    Target,
    TransitionWeek,
    Unavailability,
)
from clinic.exchange.rules import content
from clinic.exchange.rules.words import Quoted
from clinic.participants.models import Consent, Contact, Participant, Scope
from clinic.permissions import Role
from clinic.programs.models import (
    COUNTED,
    Kind,
    Level,
    Organization,
    Population,
    Program,
    Room,
    RuleSet,
    Site,
)
from clinic.schedule.models import Mode, RosterEntry, Series, SeriesPlan, Session
from tests import make

BEGIN, END = date(2026, 1, 12), date(2026, 3, 8)


def settings(**facts):
    defaults = {
        "name": "Riverside",
        "week_starts": 0,
        "afternoon_from": 720,
        "evening_from": 1020,
        "doors_minutes": 15,
        "notice_hours": 24,
        "clinicians_manage_rosters": True,
        "asks_identity": False,
        "phone_check_in": "code",
        "amendment_minutes": 60,
        "sends_digest": True,
        "hold_hours": 4,
        "excused_use_units": False,
        "authorization_days": 14,
        "authorization_percent": 20,
    }
    return content.organization(Organization(**defaults | facts))


def test_settings_that_are_the_usual_ones_are_left_out():
    assert settings() == {"name": "Riverside", "week_starts": "monday"}
    others = {
        "clinicians_manage_rosters": False,
        "asks_identity": True,
        "amendment_minutes": 0,
        "sends_digest": False,
        "hold_hours": 6,
        "excused_use_units": True,
        "authorization_days": 0,
        "authorization_percent": 5,
        "closing_email": "records@example.org",
        "phone_check_in": "off",
    }
    assert settings(evening_from=1440, alert_in_a_row=2, **others) == {
        "name": "Riverside",
        "week_starts": "monday",
        **others,
        "day_parts": {"afternoon": "12:00", "evening": "24:00"},
        "policy": {"in_a_row": 2},
    }


def test_a_site_without_rooms_and_out_of_use():
    site = Site(key="west", name="West", timezone=make.ZONE, is_active=False, rooms=[])
    assert content.site(site) == {
        "key": "west",
        "name": "West",
        "timezone": make.ZONE,
        "active": False,
    }


def test_of_staff_with_a_key_and_a_name_nothing_else_is_said():
    account = Account(roles=frozenset({Role.PARTICIPANT}), is_active=True)
    chen = Staff(key="chen", name="Lee Chen", account=account, working_hours=[], time_off=[])
    assert content.staff(chen) == {"key": "chen", "name": "Lee Chen"}


def test_a_rule_set_without_figures():
    own = RuleSet(
        key="own", name="Ours", jurisdiction="Ohio", citation="7", is_active=True, rules=[]
    )
    assert content.rule_set(own, None) == {
        "key": "own",
        "name": "Ours",
        "jurisdiction": "Ohio",
        "citation": "7",
    }


def program(**facts):
    defaults = {
        "key": "evening",
        "name": "Evening IOP",
        "site": Site(key="main"),
        "level": Level.INTENSIVE_OUTPATIENT,
        "population": Population.ADULT,
        "min_minutes": 540,
        "max_minutes": 730,
        "breaks_count": False,
        "grace_minutes": 0,
        "is_part2": True,
        "needs_authorization": False,
        "is_active": True,
        "mix": [],
    }
    return Program(**defaults | {"counted_kinds": COUNTED} | facts)


def test_levels_that_are_numbers_are_quoted():
    said = content.program(program())
    assert (said["level"], type(said["level"])) == ("2.1", Quoted)
    said = content.program(program(level=Level.AFTERCARE))
    assert type(said["level"]) is str


def test_hours_are_whole_where_they_can_be():
    assert content.program(program())["weekly_hours"] == {"min": 9, "max": 12.1667}


def test_a_program_may_count_nothing():
    assert content.program(program(counted_kinds=frozenset()))["counts"] == []
    assert "counts" not in content.program(program())


# Participants


def person(contacts=(), consents=()):
    jo = Participant(key="p-001", name="Jo", account=Account(email=None))
    return content.participant(jo, list(contacts), consents)


def contact(number, name):
    return Contact(id=number, name=name, is_for_emergencies=False)


def consent(contact_id):
    return Consent(
        contact_id=contact_id,
        recipient="Maria",
        purpose="Visits",
        scope=frozenset({Scope.HOURS, Scope.ENROLLMENT}),
        given_on=BEGIN,
    )


@pytest.mark.parametrize(
    ("names", "contact_id", "said"),
    [(["Maria"], 1, "Maria"), (["Maria", "Maria"], 1, None), ([], 1, None), (["Ko"], None, None)],
)
def test_a_consent_names_a_contact_who_cannot_be_mistaken(names, contact_id, said):
    contacts = [contact(number, name) for number, name in enumerate(names, start=1)]
    (found,) = person(contacts, [consent(contact_id)])["consents"]
    assert found.get("contact") == said
    assert found["scope"] == ["enrollment", "hours"]


# Enrollments


def enrolled(*, targets=(), entries=(), **facts):
    one = Enrollment(
        key="e-001",
        program=program(min_service_days=3),
        from_on=BEGIN,
        targets=[
            Target(from_on=on, min_minutes=least, max_minutes=730, min_service_days=days)
            for on, least, days in targets
        ],
        leaves=[Leave(from_on=BEGIN, until_on=BEGIN)],
        transition_weeks=[TransitionWeek(week=date(2026, 3, 2))],
        unavailabilities=[
            Unavailability(weekday=weekday, from_minute=480, until_minute=960) for weekday in (2, 0)
        ],
        **facts,
    )
    return content.enrollment(one, participant_key="p-001", continues=None, entries=entries)


def test_of_an_enrollment_what_differs_from_its_program_is_said():
    assert enrolled(targets=[(BEGIN, 540, 3)], until_on=END) == {
        "key": "e-001",
        "participant": "p-001",
        "program": "evening",
        "from": BEGIN,
        "until": END,
        "unavailable": [{"days": ["mon", "wed"], "start": "08:00", "end": "16:00"}],
        "leave": [{"from": BEGIN, "until": BEGIN}],
        "transition_weeks": [date(2026, 3, 2)],
    }


LATER = date(2026, 2, 16)


@pytest.mark.parametrize(
    ("targets", "hours", "dated"),
    [
        ([], None, []),
        ([(BEGIN, 540, 3)], None, []),
        ([(BEGIN, 480, 3)], 8, []),
        ([(BEGIN, 540, 3), (LATER, 480, 3)], None, [(LATER, 8, None)]),
        ([(BEGIN, 540, 2)], None, [(BEGIN, 9, 2)]),
        ([(BEGIN, 540, None), (LATER, 480, 3)], None, [(BEGIN, 9, 0), (LATER, 8, None)]),
        ([(date(2026, 1, 5), 480, 3)], 8, []),
        ([(date(2025, 1, 5), 60, 3), (date(2026, 1, 5), 480, 3)], 8, []),
        ([(LATER, 480, 3)], 8, [(LATER, 8, None)]),
    ],
)
def test_targets_are_said_from_the_first_day_on(targets, hours, dated):
    said = enrolled(targets=targets)
    assert said.get("weekly_hours", {}).get("min") == hours
    found = [
        (one["from"], one["weekly_hours"]["min"], one.get("service_days", {}).get("min"))
        for one in said.get("targets", [])
    ]
    assert found == dated


@pytest.mark.parametrize(
    ("from_on", "until_on", "said"),
    [
        (BEGIN, None, "skills"),
        (BEGIN, END, {"key": "skills", "until": END}),
        (
            date(2026, 1, 5),
            date(2026, 4, 1),
            {"key": "skills", "from": date(2026, 1, 5), "until": date(2026, 4, 1)},
        ),
        (LATER, None, {"key": "skills", "from": LATER}),
        (BEGIN, LATER, {"key": "skills", "until": LATER}),
        (date(2026, 3, 9), None, {"key": "skills", "from": date(2026, 3, 9)}),
    ],
)
def test_a_place_on_a_roster_says_the_days_that_are_its_own(from_on, until_on, said):
    entry = RosterEntry(series=Series(key="skills"), from_on=from_on, until_on=until_on)
    found = enrolled(entries=[entry], until_on=END).get("series")
    assert found == [said]


# One-off sessions


def held(people=(), **facts):
    one = Session(
        **{
            "key": "intake",
            "program": program(),
            "title": "Intake",
            "kind": Kind.INDIVIDUAL,
            "mode": Mode.VIRTUAL,
            "day": date(2026, 3, 2),
            "starts_at": make.instant("2026-03-02 10:00"),
            "ends_at": make.instant("2026-03-02 11:00"),
            "break_minutes": 0,
            "seats": 1,
            "site_id": 1,
            "is_cancelled": False,
            "leaders": [],
        }
        | facts
    )
    return content.one_off(one, people, zone(make.ZONE))


def test_a_one_off_session_is_at_its_local_time():
    assert held() == {
        "key": "intake",
        "program": "evening",
        "title": "Intake",
        "kind": "individual",
        "date": date(2026, 3, 2),
        "start": "10:00",
        "end": "11:00",
        "seats": 1,
        "mode": "virtual",
    }


def test_whoever_gave_a_seat_back_is_said_where_there_is_one_for_them():
    assert held([("e-001", False)])["enrollments"] == ["e-001"]
    assert held([("e-001", False), ("e-002", True)])["enrollments"] == ["e-002"]


def test_what_a_closure_cancelled_the_closure_says():
    off = {"is_cancelled": True}
    assert "cancelled" not in held(closure_id=1, cancel_reason="Holiday", **off)
    assert held(cancel_reason="Holiday", **off)["cancelled"] == "Holiday"
    assert held(cancel_reason=None, **off)["cancelled"] == "no reason given"


def met(people=(), **facts):
    """What is said of a meeting of a group of two in a room of three, with these people."""
    room = Room(key="garden", seats=3)
    planned = date(2026, 3, 2)
    usual = {"title": "Process", "kind": Kind.GROUP, "mode": Mode.IN_PERSON, "break_minutes": 0}
    usual |= {"seats": 2, "series": Series(key="process", title="Process"), "planned_on": planned}
    usual |= {"day": planned, "room": room, "site": Site(timezone="America/New_York")}
    usual |= {"starts_at": make.instant("2026-03-02 10:00")}
    usual |= {"ends_at": make.instant("2026-03-02 11:00"), "leaders": [], "is_cancelled": False}
    plan = SeriesPlan(kind=Kind.GROUP, break_minutes=0)
    return content.meeting(Session(**usual | facts), plan, people)


def test_a_meeting_is_whole_but_for_what_it_has_from_its_series():
    assert met() == {
        "series": "process",
        "planned": date(2026, 3, 2),
        "date": date(2026, 3, 2),
        "start": "10:00",
        "end": "11:00",
        "room": "garden",
        "seats": 2,
        "mode": "in_person",
    }
    other = met(title="Review", kind=Kind.EDUCATION, break_minutes=5)
    assert (other["title"], other["kind"], other["break_minutes"]) == ("Review", "education", 5)


def test_a_guest_on_the_seat_of_somebody_who_called_off_gets_one_more_if_the_room_has_it():
    on_it = [("e-1", True), ("e-2", True), ("e-3", False)]
    assert (met(on_it)["seats"], met(on_it)["guests"]) == (3, ["e-3"])
    small = met(on_it, room=Room(key="closet", seats=2))
    assert (small["seats"], "guests" in small) == (2, False)
    virtual = met(on_it, room=None, mode=Mode.VIRTUAL)
    assert (virtual["seats"], virtual["guests"]) == (3, ["e-3"])
