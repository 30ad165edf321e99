from datetime import date

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.enrollment.queries import find_enrollment
from clinic.exchange.queries.names import find_program_whole, find_rule_set
from clinic.programs.models import Kind, Measure, Organization, Room, Site
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


def untouched(data):
    """Bring it a second time: nothing may change."""
    before = dump()
    bring(data, now=LATER)
    assert changed(before, dump()) == set()


def test_the_settings_of_the_organization(app):
    settings = {
        "organization.day_parts": {"afternoon": "11:30", "evening": "24:00"},
        "organization.doors_minutes": 20,
        "organization.policy": {
            "notice_hours": 48,
            "in_a_row": 2,
            "misses": 4,
            "days": 30,
            "in_episode": 8,
        },
    }
    bring(riverside(settings))
    one = db.scalars(select(Organization)).one()
    assert (one.afternoon_from, one.evening_from, one.doors_minutes) == (690, 1440, 20)
    assert (
        one.notice_hours,
        one.alert_in_a_row,
        one.alert_misses,
        one.alert_days,
        one.alert_in_episode,
    ) == (48, 2, 4, 30, 8)
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
