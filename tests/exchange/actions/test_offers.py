from datetime import date

import pytest
from sqlalchemy import select

from clinic.db import db, savepoint
from clinic.enrollment.queries import find_enrollment
from clinic.errors import BadInput
from clinic.exchange.queries.names import find_program_whole, find_rule_set
from clinic.programs.models import Closure, Kind, Measure, Organization, Room, Site
from clinic.schedule.models import Booking, Method, Session, Status
from clinic.schedule.queries.series import find_series
from tests import make
from tests.dump import changed, dump
from tests.exchange.files import LATER, NOW, bring, group, part, riverside

SMALL = {"key": "own", "name": "Ours", "jurisdiction": "Ohio", "citation": "Policy 7"}


def sessions_of(key):
    db.expire_all()
    return db.scalars(
        select(Session).where(Session.series_id == find_series(key).id).order_by(Session.day)
    ).all()


def problems(data):
    before = dump()
    with pytest.raises(BadInput) as bad, savepoint():
        bring(data)
    assert changed(before, dump()) == set()
    return list(bad.value.problems)


def untouched(data):
    """Bring it a second time: nothing may change."""
    before = dump()
    bring(data, now=LATER)
    assert changed(before, dump()) == set()


def test_the_settings_of_the_organization(app):
    settings = {
        "organization.day_parts": {"afternoon": "11:30", "evening": "24:00"},
        "organization.doors_minutes": 20,
        "organization.clinicians_manage_rosters": False,
        "organization.asks_identity": True,
        "organization.closing_email": "Records@example.org",
        "organization.phone_check_in": "button",
        "organization.amendment_minutes": 30,
        "organization.sends_digest": False,
        "organization.hold_hours": 6,
        "organization.excused_use_units": True,
        "organization.authorization_days": 7,
        "organization.authorization_percent": 0,
        "organization.policy": {
            "notice_hours": 48,
            "in_a_row": 2,
            "misses": 4,
            "days": 30,
            "in_episode": 8,
            "after_run": 6,
            "fall": 25,
        },
    }
    bring(riverside(settings))
    one = db.scalars(select(Organization)).one()
    assert (one.afternoon_from, one.evening_from, one.doors_minutes) == (690, 1440, 20)
    assert (one.clinicians_manage_rosters, one.asks_identity) == (False, True)
    assert one.closing_email == "records@example.org"
    assert one.phone_check_in == "button"
    assert (one.amendment_minutes, one.sends_digest) == (30, False)
    assert (one.amendment_minutes, one.hold_hours) == (30, 6)
    assert one.excused_use_units is True
    assert (one.authorization_days, one.authorization_percent) == (7, 0)
    assert (
        one.notice_hours,
        one.alert_in_a_row,
        one.alert_misses,
        one.alert_days,
        one.alert_in_episode,
        one.alert_after_run,
        one.alert_fall,
    ) == (48, 2, 4, 30, 8, 6, 25)
    untouched(riverside())


def test_sites_rooms_and_programs_can_be_out_of_use_and_in_again(app):
    places = ("sites[0].active", "sites[0].rooms[0].active", "programs[0].active")

    def active():
        db.expire_all()
        found = [db.scalars(select(model.is_active)).one() for model in (Site, Room)]
        return [*found, find_program_whole("evening").is_active]

    bring(riverside(dict.fromkeys(places, False)))
    assert active() == [False] * 3
    bring(riverside())
    assert active() == [False] * 3
    bring(riverside(dict.fromkeys(places, True)))
    assert active() == [True] * 3


def test_a_rule_set_of_the_clinics_own(app):
    seats = {"measure": "seats_max", "value": 12, "kind": "group", "leaders": 2}
    own = SMALL | {"valid_from": date(2026, 1, 1), "copied_from": "asam-2-1", "rules": [seats]}
    data = riverside({"rule_sets": [own], "programs[0].rule_set": "own"})
    assert bring(data)["rule_sets"] == {"created": 1}
    found = find_rule_set("own")
    assert (found.name, found.valid_from, found.is_provided) == ("Ours", date(2026, 1, 1), False)
    assert found.copied_from_id == find_rule_set("asam-2-1").id
    assert find_program_whole("evening").rule_set_id == found.id
    untouched(data)
    hours = {"measure": "week_minutes_min", "value": 540, "population": "adult"}
    other = SMALL | {"rules": [hours, seats], "active": False}
    assert bring(riverside({"rule_sets": [other]}))["rule_sets"] == {"changed": 1}
    found = find_rule_set("own")
    assert [(rule.measure, rule.value) for rule in found.rules] == [
        (Measure.WEEK_MINUTES_MIN, 540),
        (Measure.SEATS_MAX, 12),
    ]
    assert (found.is_active, found.copied_from_id) == (False, find_rule_set("asam-2-1").id)
    moved = SMALL | {"copied_from": "h0015"}
    assert bring(riverside({"rule_sets": [moved]}))["rule_sets"] == {"changed": 1}
    assert len(find_rule_set("own").rules) == 2


def test_what_a_program_asks_of_a_week(app):
    mix = [{"kind": "individual", "sessions": 1, "minutes": 50}, {"kind": "group", "sessions": 2}]
    program = {
        "programs[0].service_days": {"min": 3, "max": 5},
        "programs[0].counts": ["group", "other"],
        "programs[0].mix": mix,
    }
    bring(riverside(program))
    found = find_program_whole("evening")
    assert (found.min_service_days, found.max_service_days) == (3, 5)
    assert found.counted_kinds == {Kind.GROUP, Kind.OTHER}
    assert [(item.kind, item.sessions, item.minutes) for item in found.mix] == [
        (Kind.GROUP, 2, 0),
        (Kind.INDIVIDUAL, 1, 50),
    ]
    untouched(riverside(program))
    assert bring(riverside({"programs[0].mix": mix[:1]}))["programs"] == {"changed": 1}
    assert [item.kind for item in find_program_whole("evening").mix] == [Kind.INDIVIDUAL]
    untouched(riverside())


def counted(key):
    return {(each.credit_minutes, each.grace_minutes, each.is_counted) for each in sessions_of(key)}


def test_a_changed_program_reaches_the_coming_sessions_of_groups_not_in_the_file(app):
    bring(riverside({"series[0].break_minutes": 30}))
    begun = {each.id for each in sessions_of("evening-process") if each.starts_at <= NOW}
    changes = {
        "programs[0].breaks_count": True,
        "programs[0].grace_minutes": 5,
        "programs[0].counts": ["individual"],
    }
    done = bring(part(riverside(changes), "programs"))
    both = (*sessions_of("evening-process"), *sessions_of("individual-jo"))
    coming = {each.id for each in both if each.starts_at > NOW}
    assert done["sessions"] == {"changed": len(coming)}
    assert {
        (each.credit_minutes, each.grace_minutes, each.is_counted)
        for each in sessions_of("evening-process")
        if each.id in begun
    } == {(150, 0, True)}
    assert {
        (each.credit_minutes, each.grace_minutes, each.is_counted)
        for each in sessions_of("evening-process")
        if each.id not in begun
    } == {(180, 5, False)}
    untouched(part(riverside(changes), "programs"))


def test_another_time_zone_moves_what_is_to_come(app):
    bring(riverside())
    bring(part(riverside({"sites[0].timezone": "America/Chicago"})))
    zones = {make.ZONE: set(), "America/Chicago": set()}
    for each in sessions_of("evening-process"):
        for zone, starts in zones.items():
            if each.starts_at == make.instant(f"{each.day} 18:00", zone):
                starts.add(each.starts_at > NOW)
    assert zones == {make.ZONE: {False}, "America/Chicago": {True}}


def test_weeks_that_begin_otherwise_move_transition_weeks_and_alternate_groups(app):
    yoga = group("yoga", every_weeks=2, days=["sun"], **{"from": date(2026, 1, 5)})
    bring(riverside(series=[yoga]))
    before = [each.day for each in sessions_of("yoga") if each.starts_at > NOW]
    bring(part(riverside({"organization.week_starts": "sunday"})))
    db.expire_all()
    assert [each.week for each in find_enrollment("e-001").transition_weeks] == [date(2026, 3, 1)]
    after = [each.day for each in sessions_of("yoga") if each.starts_at > NOW]
    assert before[:2] == [date(2026, 3, 8), date(2026, 3, 22)]
    assert after[:2] == [date(2026, 3, 15), date(2026, 3, 29)]


def test_a_session_that_somebody_is_marked_at_beforehand_is_left_alone(app):
    bring(riverside())
    session = next(each for each in sessions_of("individual-jo") if each.starts_at > NOW)
    jo = db.scalars(select(Booking).where(Booking.session_id == session.id)).one()
    assert jo.status is Status.EXPECTED
    jo.status, jo.method = Status.PRESENT, Method.STAFF
    db.flush()
    bring(part(riverside({"programs[0].grace_minutes": 7}), "programs"))
    db.refresh(session)
    assert session.grace_minutes == 0


@pytest.mark.parametrize("what", ["sites", "programs"])
def test_what_is_there_stays_without_a_word_of_it(app, what):
    bring(riverside({"programs[0].rule_set": "asam-2-1"}))
    untouched(part(riverside({"programs[0].rule_set": "asam-2-1"}), what))
    untouched(part(riverside(), what))


def test_a_changed_program_reaches_a_group_of_the_file_once(app):
    bring(riverside())
    done = bring(riverside({"programs[0].grace_minutes": 5}))
    assert done["series"] == {"unchanged": 2}
    assert counted("evening-process") == {(180, 5, True)}  # of the file: the past, too


def test_what_was_changed_by_hand_stays_whatever_a_program_or_a_clock_says(app):
    bring(riverside({"series[0].break_minutes": 30}))
    session = sessions_of("evening-process")[-1]
    session.is_changed_by_hand = True
    db.flush()
    before = (session.starts_at, session.credit_minutes)
    data = riverside({"programs[0].breaks_count": True, "sites[0].timezone": "America/Chicago"})
    bring(part(data, "programs"))
    db.refresh(session)
    assert (session.starts_at, session.credit_minutes) == before
    other = sessions_of("evening-process")[-2]
    assert other.starts_at == make.instant(f"{other.day} 18:00", "America/Chicago")
    assert other.credit_minutes == 180


def test_what_a_program_asks_of_a_week_is_not_more_than_it_allows(app):
    bring(riverside())
    few = "a week are fewer than the least."
    hours = {"programs[0].weekly_hours": {"min": 9, "max": 8}}
    assert problems(riverside(hours)) == [f"programs[0].weekly_hours: The most hours {few}"]
    days = {"programs[0].service_days": {"min": 4, "max": 3}}
    new = {"programs[0].key": "another", "enrollments": [], "sessions": [], "series": []}
    assert problems(riverside(days | new)) == [f"programs[0].service_days: The most days {few}"]
    bring(riverside({"programs[0].service_days": {"min": 4, "max": 4}}))


def test_a_key_tells_apart_what_has_one_name_and_nothing_is_renamed_to_another(app):
    twin = {"key": "twin", "name": "Main Street", "timezone": make.ZONE}
    assert bring(riverside(sites=[twin]))["sites"] == {"created": 2}
    untouched(riverside(sites=[twin]))
    other = {"key": "west", "name": "West", "timezone": make.ZONE}
    bring(riverside(sites=[twin, other]))
    assert problems(riverside(sites=[twin, other | {"name": "Main Street"}])) == [
        "sites[2].name: There is a site of this name already."
    ]


def test_a_room_holds_the_groups_that_the_file_leaves_in_it(app):
    bring(riverside())
    smaller = {"sites[0].rooms[0].seats": 11}
    assert problems(part(riverside(smaller))) == [
        (
            "sites[0].rooms[0].seats: Process group meets there with 12 seats."
            " Give it fewer seats first."
        )
    ]
    assert bring(riverside(smaller | {"series[0].seats": 11}))["rooms"] == {"changed": 1}
    assert db.scalars(select(Room.seats)).one() == 11
    assert {each.seats for each in sessions_of("evening-process")} == {11}


def test_what_is_in_use_goes_out_of_use_with_all_that_needs_it(app):
    bring(riverside())
    out = dict.fromkeys(
        ("sites[0].active", "sites[0].rooms[0].active", "programs[0].active"), False
    )
    assert [problem.partition(":")[0] for problem in problems(riverside(out))] == [
        "sites[0].active",
        "sites[0].rooms[0].active",
        "programs[0].active",
    ]
    assert problems(riverside({"sites[0].active": False}))[0] == (
        "sites[0].active: Main Street is the only site. A clinic needs at least one."
    )
    west = {"key": "west", "name": "West", "timezone": make.ZONE}
    ended = {f"series[{n}].until": date(2026, 3, 1) for n in (0, 1)}
    done = bring(riverside(out | ended, sites=[west]), now=make.instant("2026-07-01 10:00"))
    assert (done["rooms"], done["programs"]) == ({"changed": 1}, {"changed": 1})
    assert done["sites"] == {"created": 1, "changed": 1}
    db.expire_all()
    assert [each.is_active for each in db.scalars(select(Site).order_by(Site.id))] == [False, True]


def test_a_program_does_not_leave_a_group_behind_at_its_old_site(app):
    bring(riverside())
    west = {"key": "west", "name": "West", "timezone": make.ZONE}
    rooms = [{"key": "room-1", "seats": 14}]
    data = riverside({"programs[0].site": "west"}, sites=[west | {"rooms": rooms}])
    left = part(data, "programs", series=data["series"][1:])
    (problem,) = problems(left)
    assert problem.startswith("programs[0].site: Process group of Evening IOP meets at its site.")


def test_a_rule_set_that_comes_with_the_product_is_not_the_clinics(app):
    bring(riverside())
    (problem,) = problems(riverside({"rule_sets": [SMALL | {"key": "asam-2-1"}]}))
    assert problem == (
        "rule_sets[0]: This rule set is provided for everyone and cannot be changed."
        " Copy it instead."
    )


def test_a_rule_set_may_be_a_copy_of_a_later_one_but_not_of_itself(app):
    copy = SMALL | {"key": "copy", "copied_from": "own"}
    assert bring(riverside({"rule_sets": [copy, SMALL]}))["rule_sets"] == {"created": 2}
    assert find_rule_set("copy").copied_from_id == find_rule_set("own").id
    assert problems(riverside({"rule_sets": [SMALL | {"copied_from": "own"}]})) == [
        "rule_sets[0].copied_from: there is no other rule set own"
    ]


def test_a_closure_may_lie_in_the_past_and_have_another_name(app):
    bring(riverside())
    storm = {"site": "main", "name": "Storm", "from": date(2026, 2, 3), "until": date(2026, 3, 3)}
    by_hand = [each for each in sessions_of("evening-process") if each.day == date(2026, 2, 5)]
    by_hand[0].is_changed_by_hand = True
    db.flush()
    done = bring(part(riverside(), closures=[storm]))
    assert (done["closures"], done["sessions"]) == ({"created": 1}, {"changed": 16})
    untouched(part(riverside(), closures=[storm]))
    renamed = storm | {"name": "Blizzard"}
    assert bring(part(riverside(), closures=[renamed]))["closures"] == {"changed": 1}
    assert db.scalars(select(Closure.name).order_by(Closure.id)).all()[-1] == "Blizzard"
    reasons = {each.day: each.cancel_reason for each in sessions_of("evening-process")}
    assert reasons[date(2026, 3, 3)] == "Blizzard"
    assert reasons[date(2026, 2, 5)] is None
    backwards = storm | {"from": date(2026, 4, 2), "until": date(2026, 4, 1)}
    assert problems(part(riverside(), closures=[backwards])) == [
        "closures[0].until: The last day is before the first."
    ]
