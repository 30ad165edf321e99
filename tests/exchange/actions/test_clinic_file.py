from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.accounts.models import Account, Staff
from clinic.db import db, savepoint
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import find_enrollment
from clinic.errors import BadInput
from clinic.exchange.actions import clinic_file
from clinic.participants.models import Participant
from clinic.participants.queries import pin_digest
from clinic.permissions import Role
from clinic.programs.models import Closure, Level, Organization, Population, Program, Room, Site
from clinic.programs.queries import find_program
from clinic.schedule.models import Booking, Series, Session, Status
from clinic.trail import TrailEvent, broken_chains
from tests import make
from tests.dump import changed, dump
from tests.exchange.files import (
    ABSENT,
    LATER,
    bring,
    enrolled,
    group,
    one_off,
    part,
    person,
    riverside,
)


def day(text):
    return date.fromisoformat(text)


def problems(data):
    """What stands against a file, which must leave everything as it was."""
    before = dump()
    with pytest.raises(BadInput) as bad, savepoint():
        bring(data)
    assert changed(before, dump()) == set()
    return list(bad.value.problems)


def sessions(key=None):
    found = db.scalars(
        select(Session)
        .outerjoin(Series, Series.id == Session.series_id)
        .where(func.coalesce(Series.key, Session.key) == key if key else True)
        .order_by(Session.starts_at, Session.id)
    ).all()
    for each in found:
        db.refresh(each)
    return found


def booked(enrollment, key):
    """The days for which somebody is booked in a series or one-off session."""
    return [
        str(on)
        for on in db.scalars(
            select(Session.day)
            .join(Booking, Booking.session_id == Session.id)
            .join(Enrollment, Enrollment.id == Booking.enrollment_id)
            .outerjoin(Series, Series.id == Session.series_id)
            .where(Enrollment.key == enrollment, func.coalesce(Series.key, Session.key) == key)
            .order_by(Session.day)
        )
    ]


def days_of(key):
    return [str(each.day) for each in sessions(key)]


def on(key, text):
    (found,) = [each for each in sessions(key) if each.day == day(text)]
    return found


# The contract's own example


def test_the_example_comes_in_whole(app):
    assert bring(riverside()) == {
        "organization": {"created": 1},
        "sites": {"created": 1},
        "rooms": {"created": 1},
        "staff": {"created": 1},
        "participants": {"created": 1},
        "programs": {"created": 1},
        "closures": {"created": 1},
        "series": {"created": 2},
        "enrollments": {"created": 1},
        "rosters": {"created": 2},
        "sessions": {"created": 75 + 34 + 1},
    }
    organization = db.scalars(select(Organization)).one()
    assert (organization.name, organization.week_starts) == ("Riverside Recovery", 0)
    site = db.scalars(select(Site)).one()
    assert (site.key, site.name, site.timezone) == ("main", "Main Street", "America/New_York")
    room = db.scalars(select(Room)).one()
    assert (room.site_id, room.key, room.name, room.seats) == (site.id, "room-1", "Room 1", 14)
    closure = db.scalars(select(Closure)).one()
    assert (closure.site_id, closure.from_on, closure.until_on, closure.name) == (
        site.id,
        day("2026-05-25"),
        day("2026-05-25"),
        "Memorial Day",
    )
    program = db.scalars(select(Program)).one()
    assert (program.level, program.population) == (Level("2.1"), Population.ADULT)
    assert (program.min_minutes, program.max_minutes, program.min_service_days) == (540, 720, 3)
    assert (program.weeks, program.breaks_count, program.grace_minutes, program.is_part2) == (
        8,
        False,
        0,
        True,
    )


def test_people_of_the_example_can_be_recognised(app):
    bring(riverside())
    ana = db.scalars(select(Staff)).one()
    assert (ana.key, ana.name, ana.credentials) == ("rivera", "Ana Rivera", "LCSW")
    jo = db.scalars(select(Participant)).one()
    assert (jo.key, jo.name, jo.preferred_name, jo.birth_on) == (
        "p-001",
        "Jordan Avery",
        "Jo",
        day("1990-02-03"),
    )
    assert jo.pin_digest == pin_digest("482913")
    accounts = {
        account.id: (account.email, account.roles, account.is_active)
        for account in db.scalars(select(Account))
    }
    assert accounts == {
        ana.account_id: ("rivera@example.org", {Role.CLINICIAN}, True),
        jo.account_id: ("jo@example.org", {Role.PARTICIPANT}, True),
    }


def test_the_enrollment_of_the_example_has_its_dated_facts(app):
    bring(riverside())
    enrollment = find_enrollment("e-001")
    assert (enrollment.from_on, enrollment.until_on, enrollment.outcome) == (
        day("2026-01-12"),
        day("2026-03-08"),
        None,
    )
    assert enrollment.clinician.key == "rivera"
    assert [
        (each.from_on, each.min_minutes, each.max_minutes, each.min_service_days)
        for each in enrollment.targets
    ] == [(day("2026-01-12"), 540, 720, 3), (day("2026-02-16"), 360, 540, 3)]
    assert [(each.from_on, each.until_on, each.reason) for each in enrollment.leaves] == [
        (day("2026-02-02"), day("2026-02-06"), "travel")
    ]
    assert [each.week for each in enrollment.transition_weeks] == [day("2026-03-02")]
    assert [
        (each.weekday, each.from_minute, each.until_minute) for each in enrollment.unavailabilities
    ] == [(0, 480, 960), (2, 480, 960)]


def test_the_rosters_of_the_example_are_booked_without_the_leave(app):
    bring(riverside())
    groups = booked("e-001", "evening-process")
    assert (len(groups), groups[0], groups[-1]) == (21, "2026-01-12", "2026-03-05")
    assert not {"2026-02-02", "2026-02-03", "2026-02-05"} & set(groups)
    assert booked("e-001", "individual-jo") == [
        "2026-01-21",
        "2026-01-28",
        "2026-02-11",
        "2026-02-18",
        "2026-02-25",
        "2026-03-04",
    ]
    assert booked("e-001", "intake-jo") == ["2026-01-12"]


def test_the_closure_of_the_example_cancels_its_session(app):
    bring(riverside())
    cancelled = [each for each in sessions() if each.is_cancelled]
    assert [(str(each.day), each.cancel_reason) for each in cancelled] == [
        ("2026-05-25", "Memorial Day")
    ]


def test_a_second_time_changes_nothing(app):
    bring(riverside())
    before = dump()
    assert bring(riverside(), now=LATER) == {
        "organization": {"unchanged": 1},
        "sites": {"unchanged": 1},
        "rooms": {"unchanged": 1},
        "staff": {"unchanged": 1},
        "participants": {"unchanged": 1},
        "programs": {"unchanged": 1},
        "closures": {"unchanged": 1},
        "series": {"unchanged": 2},
        "enrollments": {"unchanged": 1},
        "rosters": {"unchanged": 2},
        "sessions": {"unchanged": 1},
    }
    assert changed(before, dump()) == set()


def test_the_trail_holds_what_came_in_and_no_word_of_anybodys(app):
    bring(riverside())
    events = db.scalars(select(TrailEvent)).all()
    assert {(event.actor_kind, event.actor_id) for event in events} == {("system", None)}
    verbs = sorted({event.verb for event in events})
    assert verbs == [
        "account.added",
        "closure.added",
        "enrollment.began",
        "enrollment.leave_granted",
        "enrollment.target_changed",
        "enrollment.transition_weeks_set",
        "organization.set_up",
        "participant.added",
        "program.added",
        "room.added",
        "roster.put_on",
        "rule_set.provided",
        "series.laid_out",
        "series.set_up",
        "session.planned",
        "site.added",
        "staff.added",
    ]
    facts = " ".join(event.facts for event in events)
    assert [word for word in ("Avery", "jo@", "travel", "482913") if word in facts] == []
    assert broken_chains() == []


def test_a_clinic_may_begin_with_nothing_but_a_site(app):
    assert bring(part(riverside())) == {
        "organization": {"created": 1},
        "sites": {"created": 1},
        "rooms": {"created": 1},
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("programs[0].service_days", (None, 8, False, 0, True)),
        ("programs[0].weeks", (3, None, False, 0, True)),
        ("programs[0].breaks_count", (3, 8, False, 0, True)),
        ("programs[0].grace_minutes", (3, 8, False, 0, True)),
        ("programs[0].part2", (3, 8, False, 0, True)),
    ],
)
def test_a_program_has_defaults(app, path, expected):
    bring(riverside({path: ABSENT}))
    program = db.scalars(select(Program)).one()
    assert (
        program.min_service_days,
        program.weeks,
        program.breaks_count,
        program.grace_minutes,
        program.is_part2,
    ) == expected


def test_a_program_may_count_breaks(app):
    bring(riverside({"programs[0].breaks_count": True, "series[0].break_minutes": 20}))
    assert on("evening-process", "2026-03-02").credit_minutes == 180


def test_a_room_without_a_name_is_called_by_its_key(app):
    bring(riverside({"sites[0].rooms[0].name": ABSENT}))
    assert db.scalars(select(Room.name)).one() == "room-1"
    bring(riverside())
    bring(riverside({"sites[0].rooms[0].name": ABSENT}))
    assert db.scalars(select(Room.name)).one() == "Room 1"


# Nothing by halves


def test_problems_in_the_file_leave_nothing(app):
    assert problems(riverside({"series[1].leaders[0]": "nobody"})) == [
        "series[1].leaders[0]: there is no staff member nobody"
    ]


def test_what_an_action_refuses_is_told_with_what_the_file_gets_wrong(app):
    make.staff(email="taken@example.org")
    both = {"series[1].leaders[0]": "nobody", "enrollments[0].weekly_hours.max": 8}
    other = {"key": "b", "name": "B", "email": "taken@example.org"}
    assert problems(riverside(both, staff=[other])) == [
        "series[1].leaders[0]: there is no staff member nobody",
        "staff[1].email: This e-mail address belongs to somebody else already.",
        "enrollments[0].weekly_hours: The most hours a week are fewer than the least.",
    ]


def test_what_refers_to_a_line_that_is_wrong_is_not_held_against_it(app):
    parts = {"afternoon": "12:00", "evening": "11:59"}
    wrong = {
        "organization.day_parts": parts,
        "programs[0].weekly_hours.max": 8,
        "enrollments[0].weekly_hours.max": 8,
    }
    assert problems(riverside(wrong)) == [
        "organization.day_parts: evening is before afternoon",
        "programs[0].weekly_hours: The most hours a week are fewer than the least.",
    ]


def test_a_key_that_is_missing_without_a_problem_is_a_bug(app, monkeypatch):
    monkeypatch.setattr(clinic_file, "programs_by_name", list)
    with pytest.raises(KeyError), savepoint():
        bring(riverside())


def test_problems_that_only_the_database_knows_are_told_all_at_once(app):
    make.staff(email="taken@example.org")
    make.participant(email="also@example.org", pin="1357")
    people = [
        person(2, email="Taken@example.org"),
        person(3, pin="1357"),
        person(4, birth_date=day("2031-01-01")),
    ]
    data = riverside(
        participants=people, staff=[{"key": "b", "name": "B", "email": "also@example.org"}]
    )
    taken = "This e-mail address belongs to somebody else already."
    assert problems(data) == [
        f"staff[1].email: {taken}",
        f"participants[1].email: {taken}",
        "participants[2].pin: This PIN is someone else’s, or was. Choose another.",
        "participants[3].birth_date: This day is in the future.",
    ]


def test_too_few_seats_within_the_file_are_bad_input(app):
    people = [person(number) for number in (2, 3)]
    enrollments = [enrolled(number, "evening-process") for number in (2, 3)]
    data = riverside(
        {"series[0].seats": 2, "enrollments[0].leave": []},
        participants=people,
        enrollments=enrollments,
    )
    assert problems(data) == [
        (
            "series[0]: Process group has 2 free seats on Mon, Jan 12; Tue, Jan 13; Thu, Jan 15"
            " and 21 more days, not 3."
        )
    ]


# Two things at a time within the file

AT_ONCE = "are at the same time on"


def test_a_room_is_in_one_session_at_a_time(app):
    other = group("yoga", days=["tue"], start="19:00", end="20:00")
    assert problems(riverside(series=[other])) == [
        (
            f"series[2]: Room 1 is wanted twice: evening-process and yoga {AT_ONCE}"
            " Tue, Jan 6; Tue, Jan 13; Tue, Jan 20 and 22 more days."
        )
    ]


def test_a_leader_is_in_one_session_at_a_time(app):
    other = one_off(
        "intake", leaders=["rivera"], date=day("2026-03-03"), start="20:00", end="22:00"
    )
    assert problems(riverside(sessions=[other])) == [
        f"sessions[1]: Ana Rivera is wanted twice: evening-process and intake {AT_ONCE} Tue, Mar 3."
    ]


def test_a_participant_is_in_one_session_at_a_time(app):
    other = one_off(
        "intake", enrollments=["e-001"], date=day("2026-03-03"), start="20:00", end="22:00"
    )
    assert problems(riverside(sessions=[other])) == [
        f"sessions[1]: p-001 is wanted twice: evening-process and intake {AT_ONCE} Tue, Mar 3."
    ]


def test_sessions_one_after_the_other_are_no_clash(app):
    after = one_off(
        "debrief",
        room="room-1",
        leaders=["rivera"],
        enrollments=["e-001"],
        date=day("2026-03-03"),
        start="21:00",
        end="21:30",
    )
    assert bring(riverside(sessions=[after]))["sessions"] == {"created": 111}


def test_a_cancelled_session_is_in_nobodys_way(app):
    other = one_off(
        "picnic", leaders=["rivera"], date=day("2026-05-25"), start="18:00", end="20:00"
    )
    assert bring(riverside(sessions=[other]))["sessions"] == {"created": 111}


def test_a_clash_with_what_is_there_already_is_told_at_the_newcomer(app):
    bring(riverside())
    other = group("yoga", days=["tue"], start="20:30", end="21:30", **{"from": day("2026-06-01")})
    assert problems(part(riverside(), series=[other])) == [
        (
            f"series[0]: Room 1 is wanted twice: evening-process and yoga {AT_ONCE}"
            " Tue, Jun 2; Tue, Jun 9; Tue, Jun 16 and 1 more day."
        )
    ]


def test_a_participant_put_on_two_groups_at_once_is_told_at_the_enrollment(app):
    other = group("yoga", days=["tue"], room=ABSENT, mode="virtual", start="18:00", end="19:00")
    del other["room"]
    bring(riverside(series=[other]))
    both = enrolled(2, "yoga", "evening-process", until=day("2026-01-18"))
    assert problems(part(riverside(), participants=[person(2)], enrollments=[both])) == [
        f"enrollments[0]: p-002 is wanted twice: evening-process and yoga {AT_ONCE} Tue, Jan 13."
    ]


def test_a_meeting_is_changed_by_its_line_and_a_clash_is_told_there(app):
    bring(riverside())
    meeting = {"series": "evening-process", "planned": date(2026, 3, 5), "date": date(2026, 3, 4)}
    meeting |= {"start": "17:30", "end": "20:30", "room": "room-1", "seats": 12, "kind": "group"}
    found = problems(part(riverside(), meetings=[meeting]))
    both = f"individual-jo and evening-process {AT_ONCE} Wed, Mar 4."
    assert found == [f"meetings[0]: {who} is wanted twice: {both}" for who in ("Room 1", "p-001")]
    later = part(riverside(), meetings=[meeting | {"start": "18:00"}])
    assert bring(later)["meetings"] == {"changed": 1}
    assert bring(later)["meetings"] == {"unchanged": 1}
    unknown = part(riverside(), meetings=[meeting | {"series": "yoga", "room": "attic"}])
    assert problems(unknown) == ["meetings[0].series: there is no series yoga"]
    attic = part(riverside(), meetings=[meeting | {"planned": date(2026, 3, 9), "room": "attic"}])
    assert problems(attic) == ["meetings[0].room: there is no room attic at site main"]


def test_a_clash_made_elsewhere_is_not_held_against_the_file(app):
    bring(riverside())
    room = db.scalars(select(Room)).one()
    make.session("2026-03-06", "10:00", "12:00", room=room)
    make.session("2026-03-06", "11:00", "13:00", room=room)
    newcomer = part(riverside(), participants=[person(2)], enrollments=[enrolled(2)])
    assert bring(newcomer)["participants"] == {"created": 1}


# Extending


def test_a_file_with_only_new_people_adds_them(app):
    bring(riverside())
    before = dump()
    newcomer = part(
        riverside(), participants=[person(2)], enrollments=[enrolled(2, "evening-process")]
    )
    assert bring(newcomer, now=LATER) == {
        "organization": {"unchanged": 1},
        "sites": {"unchanged": 1},
        "rooms": {"unchanged": 1},
        "participants": {"created": 1},
        "enrollments": {"created": 1},
        "rosters": {"created": 1},
    }
    after = dump()
    assert changed(before, after) == {
        "account",
        "participant",
        "enrollment",
        "target",
        "roster_entry",
        "booking",
        "trail_event",
    }
    assert after["participant"][0] == before["participant"][0]
    assert len(booked("e-002", "evening-process")) == 72  # to the end, closed days too


def test_the_organization_may_change_its_name_alone(app):
    bring(riverside())
    before = dump()
    assert bring(part(riverside({"organization.name": "Riverside"})))["organization"] == {
        "changed": 1
    }
    assert changed(before, dump()) == {"organization", "trail_event"}


def test_sites_rooms_and_programs_may_change(app):
    bring(riverside())
    done = bring(
        part(
            riverside(
                {
                    "sites[0].name": "Main St",
                    "sites[0].rooms[0].seats": 16,
                    "programs[0].weekly_hours.max": 15,
                }
            ),
            "programs",
        )
    )
    assert {what: outcomes for what, outcomes in done.items() if "changed" in outcomes} == {
        "sites": {"changed": 1},
        "rooms": {"changed": 1},
        "programs": {"changed": 1},
    }
    assert db.scalars(select(Room.seats)).one() == 16
    enrollment = find_enrollment("e-001")
    assert [each.max_minutes for each in enrollment.targets] == [720, 540]


def test_a_closure_added_later_cancels_what_is_planned_and_counts_it(app):
    bring(riverside())
    retreat = {
        "site": "main",
        "from": day("2026-03-02"),
        "until": day("2026-03-04"),
        "name": "Staff retreat",
    }
    done = bring(part(riverside(), closures=[retreat]), now=LATER)
    assert (done["closures"], done["sessions"]) == ({"created": 1}, {"changed": 3})
    closed = [each for each in sessions() if day("2026-03-02") <= each.day <= day("2026-03-04")]
    assert [(each.is_cancelled, each.cancel_reason, each.sequence) for each in closed] == [
        (True, "Staff retreat", 1)
    ] * 3
    assert "2026-03-02" in booked("e-001", "evening-process")
    before = dump()
    bring(part(riverside(), closures=[retreat]), now=LATER)
    bring(riverside(closures=[retreat]), now=LATER)
    assert changed(before, dump()) == set()


def test_weeks_that_begin_on_sunday_regroup_all_sessions(app):
    bring(riverside())
    session = on("evening-process", "2026-03-02")
    assert session.week == day("2026-03-02")
    bring(part(riverside({"organization.week_starts": "sunday"})), now=LATER)
    db.refresh(session)
    assert (session.week, session.sequence) == (day("2026-03-01"), 0)
    assert {each.week.weekday() for each in sessions()} == {6}
    bring(part(riverside({"organization.week_starts": ABSENT})))
    assert db.scalars(select(Organization.week_starts)).one() == 6


def test_a_program_may_move_to_another_site_with_its_groups(app):
    bring(riverside())
    west = {
        "key": "west",
        "name": "West",
        "timezone": "America/Los_Angeles",
        "rooms": [{"key": "room-1", "seats": 12}],
    }
    kept = find_program("evening")
    bring(riverside({"programs[0].site": "west"}, sites=[west]), now=LATER)
    assert kept.site.key == "west"
    session = on("evening-process", "2026-03-03")
    assert session.starts_at == make.instant("2026-03-03 18:00", "America/Los_Angeles")
    assert (session.site_id, session.room_id) == (2, 2)


def test_a_clinic_may_have_sites_in_several_zones(app):
    west = {
        "key": "west",
        "name": "West",
        "timezone": "America/Los_Angeles",
        "rooms": [{"key": "room-1", "seats": 8}],
    }
    program = riverside()["programs"][0] | {"key": "west-evening", "site": "west"}
    series = group("west-group", program="west-evening", seats=8)
    bring(riverside(sites=[west], programs=[program], series=[series]))
    session = on("west-group", "2026-03-04")
    assert session.starts_at == make.instant("2026-03-04 20:00", "America/Los_Angeles")
    assert session.room_id == db.scalars(select(Room.id).where(Room.seats == 8)).one()


def test_attendance_stays_whatever_the_file_says(app):
    bring(riverside())
    session = on("evening-process", "2026-03-02")
    booking = db.scalars(select(Booking).where(Booking.session_id == session.id)).one()
    booking.status, booking.method = Status.PRESENT, "staff"
    db.flush()
    bring(
        riverside(
            {
                "series[0].days": ["fri"],
                "series[0].start": "09:00",
                "enrollments[0].until": day("2026-02-01"),
                "enrollments[0].targets": ABSENT,
                "enrollments[0].transition_weeks": ABSENT,
            }
        ),
        reason="The sheets say so.",
    )
    db.refresh(session)
    assert session.starts_at == make.instant("2026-03-02 18:00")
    kept = db.scalars(select(Booking).where(Booking.session_id == session.id)).one()
    assert (kept.id, kept.status) == (booking.id, Status.PRESENT)
    assert booked("e-001", "evening-process")[-2:] == ["2026-01-30", "2026-03-02"]
