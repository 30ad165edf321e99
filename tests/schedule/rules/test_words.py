from datetime import date, time
from types import SimpleNamespace

import pytest

from clinic import clock
from clinic.programs.models import Kind
from clinic.schedule.models import SeriesPlan
from clinic.schedule.rules.words import (
    KINDS,
    clocks_note,
    meets,
    period,
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
