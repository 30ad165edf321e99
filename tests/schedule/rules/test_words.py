from datetime import date, datetime, time
from types import SimpleNamespace
from typing import Any

import pytest

from clinic import clock
from clinic.programs.models import Kind
from clinic.schedule.models import Method, SeriesPlan, Status
from clinic.schedule.rules.words import (
    KINDS,
    MARKS,
    METHODS,
    Punctuality,
    attendance_label,
    clocks_note,
    meets,
    period,
    punctuality,
    seats_words,
    standing,
    zone_note,
)
from tests import make

FIRST = date(2026, 1, 1)


def day(text):
    return date.fromisoformat(text)


def test_when_a_group_meets():
    plan = SimpleNamespace(weekdays="013", starts=time(18), ends=time(21), every_weeks=1)
    assert meets(plan) == "Mon, Tue, Thu 6:00 – 9:00 pm"
    plan.every_weeks = 2
    assert meets(plan) == "Mon, Tue, Thu 6:00 – 9:00 pm, every 2 weeks"


def test_the_days_of_a_group():
    assert period(day("2026-03-09"), None) == "from Mar 9, 2026"
    until = day("2026-05-03")
    assert period(day("2026-03-09"), until) == "Mar 9, 2026 – May 3, 2026"


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2026-03-08", "coming"),
        ("2026-03-09", "running"),
        ("2026-03-20", "running"),
        ("2026-03-21", "over"),
    ],
)
def test_a_group_is_coming_running_or_over(on, expected):
    plan = {"from_on": day("2026-03-09"), "until_on": day("2026-03-20")}
    assert standing(day(on), **plan) == expected


def test_a_group_without_a_last_day_runs_on():
    assert standing(day("2036-01-01"), from_on=FIRST, until_on=None) == "running"


def test_a_zone_is_named_by_its_city():
    assert zone_note("America/New_York") == "New York time"
    assert zone_note("UTC") == "UTC time"
    assert zone_note("America/New_York", "America/Chicago") == "Chicago and New York time"
    assert zone_note() == ""


def test_a_series_says_when_it_meets():
    series = SeriesPlan(weekdays="013", starts=time(18), ends=time(21), every_weeks=1)
    assert meets(series) == "Mon, Tue, Thu 6:00 – 9:00 pm"
    series.every_weeks = 2
    assert meets(series) == "Mon, Tue, Thu 6:00 – 9:00 pm, every 2 weeks"


def test_a_period_has_an_end_or_says_since_when():
    assert period(date(2026, 3, 9), None) == "from Mar 9, 2026"
    assert period(date(2026, 3, 9), date(2026, 5, 3)) == "Mar 9, 2026 – May 3, 2026"


def test_seats_are_told_as_taken_of_all():
    assert seats_words(9, 12) == "9 of 12"


def clocks(on, starts, ends, planned):
    session = SimpleNamespace(
        day=day(on),
        starts_at=make.instant(f"{on} {starts}"),
        ends_at=make.instant(f"{on} {ends}"),
        planned_start=planned and time.fromisoformat(planned[0]),
        planned_end=planned and time.fromisoformat(planned[1]),
    )
    return clocks_note(session, clock.zone(make.ZONE))


def test_an_occurrence_moved_by_the_change_of_clocks_says_so():
    assert clocks("2026-03-08", "03:30", "04:30", ("02:30", "03:30")) == (
        "Clocks change: moved from 2:30 am to 3:30 am"
    )
    assert clocks("2026-03-08", "01:30", "03:30", ("01:30", "02:30")) == (
        "Clocks change: ends at 3:30 am instead of 2:30 am"
    )


def test_an_occurrence_at_its_planned_time_or_moved_by_hand_says_nothing():
    assert clocks("2026-03-02", "18:00", "21:00", ("18:00", "21:00")) is None
    assert clocks("2026-03-02", "17:00", "20:00", ("18:00", "21:00")) is None
    assert clocks("2026-03-02", "17:00", "20:00", None) is None


def test_every_kind_has_words_that_name_no_topic():
    assert set(KINDS) == set(Kind)


def mark_and_session(
    status: Status, arrived: str = "", left: str = "", grace: int = 0
) -> tuple[Any, Any]:
    def at(wall: str) -> datetime:
        return make.instant(f"2026-03-02 {wall}")

    mark = SimpleNamespace(
        status=status,
        arrived_at=at(arrived) if arrived else None,
        left_at=at(left) if left else None,
    )
    session = SimpleNamespace(starts_at=at("10:00"), ends_at=at("11:00"), grace_minutes=grace)
    return mark, session


def label_of(status: Status, *facts: str, grace: int = 0) -> str:
    return attendance_label(*mark_and_session(status, *facts, grace=grace))


def test_a_mark_has_a_label():
    assert [label_of(status) for status in Status] == [
        "Expected",
        "Present",
        "Excused",
        "Late cancel",
        "No-show",
    ]
    assert label_of(Status.PRESENT, "09:50", "11:05") == "Present"
    assert label_of(Status.PRESENT, "10:12") == "Late, 12 min"
    assert label_of(Status.PRESENT, "10:12:50") == "Late, 12 min"
    assert label_of(Status.PRESENT, "10:00:50") == "Present"
    assert label_of(Status.PRESENT, "", "10:30") == "Left early"
    assert label_of(Status.PRESENT, "10:12", "10:30") == "Late, 12 min, left early"


def test_within_the_grace_nobody_is_late_or_early():
    assert label_of(Status.PRESENT, "10:05", "10:55", grace=5) == "Present"
    assert label_of(Status.PRESENT, "10:06", grace=5) == "Late, 6 min"
    assert label_of(Status.PRESENT, "", "10:54", grace=5) == "Left early"


@pytest.mark.parametrize(
    ("arrived", "left", "found"),
    [
        ("", "", Punctuality.ON_TIME),
        ("10:05:59", "10:55", Punctuality.ON_TIME),
        ("10:06", "", Punctuality.LATE),
        ("", "10:54", Punctuality.LEFT_EARLY),
        ("10:06", "10:54", Punctuality.LATE | Punctuality.LEFT_EARLY),
    ],
)
def test_being_late_and_leaving_early_are_told_apart_by_the_times(arrived, left, found):
    facts = mark_and_session(Status.PRESENT, arrived, left, grace=5)
    assert punctuality(*facts) == found


def test_every_status_and_method_has_a_word():
    assert set(MARKS) == set(Status)
    assert set(METHODS) == set(Method)
