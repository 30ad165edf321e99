from datetime import date, timedelta

import pytest

from clinic.days import Range
from clinic.hours.queries import weeks_on
from clinic.onemore import queries, rules
from clinic.programs.models import Kind, Measure
from clinic.schedule.models import Status
from tests import make

WEEK = Range(date(2026, 3, 2), date(2026, 3, 8))


def best(program, now, chances=queries.new_sessions):
    people = queries.people_short(weeks_on(WEEK.from_on, now=now), WEEK, now=now)
    return rules.best(chances(program.site, WEEK, [program], now=now), people)


def names(found):
    return [each.name for each in found.people] if found else None


def closed(ana, program, room, short):
    make.closure("2026-03-05", name="Snow")


def time_off(ana, program, room, short):
    make.time_off(ana, "2026-03-05")


def leads(ana, program, room, short):
    make.session("2026-03-05", "13:00", "16:00", program=program, leaders=[ana], seats=1)


def leads_elsewhere_that_day(ana, program, room, short):
    north = make.program(make.site(name="North"), key="north")
    make.session("2026-03-05", "08:00", "09:00", program=north, leaders=[ana])


def no_access(ana, program, room, short):
    ana.account.is_active = False


def room_taken(ana, program, room, short):
    make.session("2026-03-05", "12:00", "16:00", program=program, room=room)


def room_not_used(ana, program, room, short):
    room.is_active = False


def on_leave(ana, program, room, short):
    for each in short.values():
        make.leave(each, "2026-03-05", "2026-03-05")


def elsewhere_then(ana, program, room, short):
    other = make.program(name="Aftercare", key="aftercare", min_minutes=0)
    there = make.session("2026-03-05", "14:00", "16:00", program=other)
    for each in short.values():
        make.booking(there, make.enrollment(each.participant, other))


def called_off_then(ana, program, room, short):
    there = make.session("2026-03-05", "14:00", "16:00", program=program)
    for each in short.values():
        make.booking(there, each, Status.EXCUSED)


def called_off_that_day(ana, program, room, short):
    there = make.session("2026-03-05", "08:00", "08:30", program=program)
    for each in short.values():
        make.booking(there, each, Status.LATE_CANCEL)


def called_off_elsewhere_that_day(ana, program, room, short):
    other = make.program(name="Aftercare", key="aftercare", min_minutes=0)
    there = make.session("2026-03-05", "08:00", "08:30", program=other)
    for each in short.values():
        make.booking(there, make.enrollment(each.participant, other), Status.EXCUSED)


def seat_held_then(ana, program, room, short):
    there = make.session("2026-03-05", "14:00", "16:00", program=program)
    for each in short.values():
        make.offer(each, there)


def not_counted(ana, program, room, short):
    program.counted_kinds = frozenset({Kind.INDIVIDUAL})


def no_longer_offered(ana, program, room, short):
    program.is_active = False


@pytest.mark.parametrize(
    "hinder",
    [
        closed, time_off, leads, leads_elsewhere_that_day, no_access, room_taken, room_not_used,
        on_leave, elsewhere_then, called_off_then, called_off_that_day,
        called_off_elsewhere_that_day, seat_held_then, not_counted, no_longer_offered,
    ],
)  # fmt: skip
def test_what_stands_in_the_way_of_a_session_is_heeded(hinder, short, ana, program, room, now):
    assert names(best(program, now)) == ["Avery", "Blake", "Casey", "Drew", "Ellis", "Gray"]
    hinder(ana, program, room, short)
    make.saved()
    assert best(program, now) is None


def test_no_more_come_than_the_room_has_seats_or_the_rule_set_allows(short, program, room, now):
    room.seats = 4
    assert names(best(program, now)) == ["Avery", "Blake", "Casey", "Drew"]
    program.rule_set = make.rule_set({Measure.SEATS_MAX: 3})
    make.saved()
    assert names(best(program, now)) == ["Avery", "Blake", "Casey"]


def test_nothing_begins_before_people_can_be_asked_and_be_there(short, program, at):
    assert best(program, at("2026-03-05 12:31")) is None
    later = best(program, at("2026-03-05 12:20"))
    assert later.chance.ends_at - later.chance.starts_at == timedelta(minutes=90)


def test_somebody_with_no_room_or_nobody_short_is_offered_nothing(program, ana, now):
    assert queries.new_sessions(program.site, WEEK, [program], now=now) == []
    assert queries.people_short([], WEEK, now=now) == []


@pytest.mark.parametrize(
    ("facts", "is_found"),
    [
        ({}, True),
        ({"seats": 2}, False),  # as many as the room has
        ({"kind": Kind.INDIVIDUAL}, False),
        ({"is_cancelled": True}, False),
        ({"is_counted": False}, False),
        ({"day": "2026-03-03"}, False),
        ({"room": None}, True),
    ],
)
def test_a_full_session_can_have_a_seat_more_where_its_room_does(
    facts, is_found, short, program, now
):
    facts = {"day": "2026-03-06", "seats": 1, "room": make.room(name="Hall", seats=2)} | facts
    full = make.session(start="09:00", end="10:30", program=program, **facts)
    for each in [*short.values()][-facts["seats"] :]:
        make.booking(full, each)
    found = best(program, now, queries.full_sessions)
    assert names(found) == (["Avery"] if is_found else None)


def test_a_seat_more_heeds_the_rule_set_with_as_many_leaders(short, program, now):
    full = make.session("2026-03-06", "09:00", "10:30", program=program, seats=1)
    make.booking(full, short["Finley"])
    program.rule_set = make.rule_set({Measure.SEATS_MAX: 2})
    make.saved()
    assert names(best(program, now, queries.full_sessions)) == ["Avery"]
    program.rule_set = make.rule_set({Measure.SEATS_MAX: 1})
    make.saved()
    assert best(program, now, queries.full_sessions) is None
