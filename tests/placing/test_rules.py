from datetime import time

import pytest

from clinic.days import WeeklyTime
from clinic.placing.rules import Block, Goal, minutes_of, week_from, why_doubt
from clinic.programs.models import DayPart, Kind, Program
from clinic.schedule.models import SeriesPlan

GOAL = Goal(540, 720, 3, ((Kind.INDIVIDUAL, 1, 50), (Kind.FAMILY, 1, 0)))


def block(number, title="Process", **facts):
    known = {
        "kind": Kind.GROUP,
        "leader": "Ana Rivera",
        "weekdays": "03",
        "starts": time(10),
        "ends": time(11, 30),
        "every_weeks": 1,
        "part": DayPart.MORNING,
        "minutes": 90,
        "free": 3,
    }
    return Block(number, title, **known | facts)


def alone(number, leader, hour=14):
    times = {"starts": time(hour), "ends": time(hour, 50), "part": DayPart.AFTERNOON}
    return block(number, "Individual session", kind=Kind.INDIVIDUAL, leader=leader, **times)


def test_a_block_says_what_it_is_when_and_how_many_seats_are_free():
    one = block(1, every_weeks=2)
    assert (one.name, one.when, one.times, one.seats) == (
        "Process",
        "Mon, Thu 10:00 – 11:30 am, every 2 weeks",
        "10:00 – 11:30 am",
        "3 seats free",
    )
    assert block(1, free=1).seats == "1 seat free"
    single = alone(2, "Ana Rivera")
    assert (single.name, single.seats) == ("Individual with Ana Rivera", "")
    assert alone(2, "").name == "Individual session"


def test_a_week_begins_with_its_first_day_and_has_the_parts_that_are_used():
    later = block(2, "Later", part=DayPart.EVENING, starts=time(18), ends=time(19))
    week = week_from([later, block(1)], GOAL, week_starts=6)
    assert [day.name for day in week.days][:2] == ["Sunday", "Monday"]
    monday = week.days[1]
    assert [(part, [one.id for one in found]) for part, found in monday.parts] == [
        (DayPart.MORNING, [1]),
        (DayPart.EVENING, [2]),
    ]
    assert (week.days[2].blocks, week.is_empty) == ([], False)


def test_individual_sessions_stand_by_leader_the_own_clinician_first():
    found = [alone(1, "Bo Lund"), alone(2, "Ana Rivera"), alone(3, "Zoe Park"), alone(4, "Bo Lund")]
    week = week_from(found, GOAL, week_starts=0, first_leader="Zoe Park")
    assert [(leader, [one.id for one in times]) for leader, times in week.single] == [
        ("Zoe Park", [3]),
        ("Ana Rivera", [2]),
        ("Bo Lund", [1, 4]),
    ]


def test_what_cannot_be_chosen_is_apart_and_what_they_are_on_is_in_the_week():
    theirs = block(1, why_not="On it.", doubt="Busy.", is_theirs=True)
    full, doubted = block(2, why_not="Full.", doubt="Busy."), block(3, doubt="Busy.")
    other = block(4, program="Day IOP")
    week = week_from([theirs, full, doubted, other], GOAL, week_starts=0)
    folded = (week.closed, week.doubted, week.elsewhere)
    assert [[one.id for one in found] for found in folded] == [[2], [3], [4]]
    assert {one.id for one in week.days[0].blocks} == {1, 3, 4}
    assert [one.is_folded for one in (block(5), doubted, other, alone(6, "Bo"))] == [
        False,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize("found", [[block(1)], [block(1, why_not="Full.")], [alone(1, "Bo")]])
def test_a_week_is_empty_where_there_is_nothing_to_show_at_all(found):
    assert week_from([], GOAL, week_starts=0).is_empty
    assert not week_from(found, GOAL, week_starts=0).is_empty


def test_a_group_at_a_time_when_they_cannot_come_says_on_which_days():
    busy = [WeeklyTime(0, 600, 660), WeeklyTime(3, 689, 700), WeeklyTime(1, 0, 1440)]
    assert why_doubt(block(1), busy) == "They cannot come at that time on Mon and Thu."
    assert why_doubt(block(1), [WeeklyTime(0, 690, 720)]) is None


def test_the_mix_is_carried_as_words():
    assert GOAL.mix_words == "individual:1:50 family:1:0"


@pytest.mark.parametrize(
    ("facts", "minutes"),
    [
        ({}, 75),
        ({"breaks_count": True}, 90),
        ({"counted_kinds": frozenset({Kind.FAMILY})}, 0),
    ],
)
def test_a_session_counts_what_its_program_says(facts, minutes):
    kinds = {"counted_kinds": frozenset({Kind.GROUP}), "breaks_count": False}
    plan = SeriesPlan(kind=Kind.GROUP, starts=time(10), ends=time(11, 30), break_minutes=15)
    assert minutes_of(plan, Program(**kinds | facts)) == minutes
