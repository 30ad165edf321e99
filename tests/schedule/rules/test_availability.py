from datetime import date, time

import pytest

from clinic.days import DAY, Range, WeeklyTime
from clinic.schedule.rules.availability import (
    busy_warnings,
    is_within,
    leader_warnings,
    weekly,
    working_hours,
)


def day(text):
    return date.fromisoformat(text)


def test_leading_outside_of_working_hours_and_on_time_off_warns():
    monday, thursday = day("2026-03-09"), day("2026-03-12")
    when = ([monday, thursday], time(16), time(18))
    entered = [WeeklyTime(0, 9 * 60, 17 * 60), WeeklyTime(0, 17 * 60, 18 * 60)]
    off = [Range(thursday, thursday)]
    assert leader_warnings("Ana", *when, hours=[], off=[]) == []
    gone = leader_warnings("Ana", *when, hours=[], off=[], has_access=False)
    assert gone == ["Ana no longer has access."]
    late = (when[0], time(22), time(23))
    assert leader_warnings("Ana", *late, hours=[], off=[]) == []
    assert leader_warnings("Ana", *when, hours=entered, off=off) == [
        "Ana does not work at that time on Thu.",
        "Ana has time off on Thu, Mar 12.",
    ]


def test_working_hours_that_nobody_entered_are_those_of_most_offices():
    assert working_hours([]) == [WeeklyTime(n, 8 * 60, 18 * 60) for n in range(5)]
    own = [WeeklyTime(6, 0, 60)]
    assert working_hours(own) == own


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (WeeklyTime(0, 60, 120), True),
        (WeeklyTime(0, 60, 180), True),
        (WeeklyTime(0, 60, 181), False),
        (WeeklyTime(0, 59, 100), False),
        (WeeklyTime(1, 60, 120), False),
        (WeeklyTime(0, 170, 250), False),
    ],
)
def test_a_time_is_within_others_that_follow_one_another(wanted, expected):
    times = [WeeklyTime(0, 120, 180), WeeklyTime(0, 60, 120), WeeklyTime(0, 200, 300)]
    assert is_within(wanted, times) is expected


def test_a_time_at_which_somebody_cannot_come_warns():
    busy = [WeeklyTime(0, 8 * 60, 16 * 60)]
    monday = day("2026-03-09")
    said = ["Jo said they cannot come at that time on Mon."]
    touching = weekly(monday, time(16), time(17))
    assert busy_warnings("Jo", touching, busy) == []
    assert busy_warnings("Jo", weekly(monday, time(15, 59), time(17)), busy) == said
    assert busy_warnings("Jo", weekly(monday + DAY, time(9), time(10)), busy) == []
