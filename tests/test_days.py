from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.days import (
    DAY,
    MIDNIGHT,
    WEEKDAYS,
    Range,
    Span,
    WeeklyTime,
    common,
    days_without,
    instant_of,
    minute_of,
    times_of,
    usual_periods,
    wall_at,
    week_of,
    why_not_range,
    why_not_wall_time,
)

NEW_YORK = ZoneInfo("America/New_York")
FIRST = date(2026, 1, 1)
HORIZON = 120  # days that the models below look at, one by one
days = st.integers(0, HORIZON).map(lambda number: FIRST + number * DAY)
ranges = st.builds(
    lambda one, other: Range(min(one, other), max(one, other)), days, days
) | st.builds(Range, days, st.none())


def days_in(*these):
    whole = (FIRST + number * DAY for number in range(HORIZON + 1))
    return {day for day in whole if any(each.covers(day) for each in these)}


def day(text):
    return date.fromisoformat(text)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(text, starts, ends, zone=NEW_YORK):
    found = times_of(day(text), time.fromisoformat(starts), time.fromisoformat(ends), zone)
    return [instant.astimezone(zone).strftime("%d %H:%M") for instant in found]


def minutes(text, starts, ends, zone=NEW_YORK):
    span = times_of(day(text), time.fromisoformat(starts), time.fromisoformat(ends), zone)
    return (span.ends_at - span.starts_at) // timedelta(minutes=1)


@pytest.mark.parametrize("minute", [0, 1, 59, 60, 12 * 60 + 30, MIDNIGHT - 1])
def test_a_minute_of_the_day_is_a_time_and_back(minute):
    assert minute_of(wall_at(minute)) == minute


def test_the_end_of_the_day_is_midnight_on_the_clock():
    assert wall_at(MIDNIGHT) == time(0)


def test_an_instant_has_the_minute_that_its_clock_shows():
    assert minute_of(datetime(2026, 3, 2, 18, 5, 59)) == 18 * 60 + 5  # noqa: DTZ001 - a wall clock


def test_weekly_times_sort_as_the_week_goes():
    late, early, next_day = WeeklyTime(0, 900, 960), WeeklyTime(0, 540, 600), WeeklyTime(1, 0, 60)
    assert sorted([next_day, late, early]) == [early, late, next_day]
    assert [WEEKDAYS[each.weekday][:3] for each in (early, next_day)] == ["Mon", "Tue"]


@given(ranges, st.lists(ranges, max_size=5))
def test_days_without_absences_are_the_difference_of_sets(whole, absences):
    left = days_without(whole, absences)
    assert days_in(*left) == days_in(whole) - days_in(*absences)
    assert left == sorted(left, key=lambda part: part.from_on)
    assert all(part.until_on is None or part.from_on <= part.until_on for part in left)


@given(ranges, ranges)
def test_common_days_are_the_intersection_of_sets(one, other):
    both = common(one, other)
    assert (days_in(both) if both else set()) == days_in(one) & days_in(other)
    assert both == common(other, one)


def test_an_endless_range_without_an_endless_absence_ends_the_day_before():
    whole, away = Range(day("2026-03-02"), None), Range(day("2026-03-10"), None)
    assert days_without(whole, [away]) == [Range(day("2026-03-02"), day("2026-03-09"))]


def test_a_wall_time_is_an_instant_with_the_offset_of_its_day():
    winter, summer = (
        instant_of(day(text), time(18), NEW_YORK) for text in ("2026-03-07", "2026-03-08")
    )
    assert (winter, summer) == (utc("2026-03-07 23:00"), utc("2026-03-08 22:00"))


def test_a_repeated_wall_time_is_the_first():
    assert instant_of(day("2026-11-01"), time(1, 30), NEW_YORK) == utc("2026-11-01 05:30")


def test_a_wall_time_that_the_clocks_jump_over_is_refused_in_words():
    night = day("2026-03-08")
    assert why_not_wall_time(night, time(2, 30), NEW_YORK) == (
        "02:30 does not exist on 2026-03-08: the clocks go forward, 02:30 becomes 03:30."
    )
    for wall in (time(1, 59), time(3), time(18)):
        assert why_not_wall_time(night, wall, NEW_YORK) is None
    assert why_not_wall_time(day("2026-11-01"), time(1, 30), NEW_YORK) is None


def test_an_occurrence_whose_start_is_jumped_over_moves_as_a_whole():
    assert times("2026-03-08", "02:30", "04:00") == ["08 03:30", "08 05:00"]
    assert minutes("2026-03-08", "02:30", "04:00") == 90
    assert times("2026-03-09", "02:30", "04:00") == ["09 02:30", "09 04:00"]


def test_an_end_that_is_jumped_over_moves_alone_and_the_length_stays():
    assert times("2026-03-08", "01:00", "02:30") == ["08 01:00", "08 03:30"]
    assert minutes("2026-03-08", "01:00", "02:30") == 90


def test_across_a_clock_change_a_session_has_its_real_length():
    assert minutes("2026-03-08", "01:00", "04:00") == 120
    assert minutes("2026-11-01", "01:00", "04:00") == 240
    assert minutes("2026-03-08", "18:00", "21:00") == 180


def test_an_occurrence_moved_late_at_night_still_ends_after_it_starts():
    # In Cairo the clocks went from 0:00 to 1:00 on 2026-04-24.
    cairo = ZoneInfo("Africa/Cairo")
    assert times("2026-04-24", "00:30", "23:30", cairo) == ["24 01:30", "25 00:30"]
    assert minutes("2026-04-24", "00:30", "23:30", cairo) == 23 * 60


@pytest.mark.parametrize("week_starts", range(7))
def test_a_week_begins_on_the_last_first_weekday_up_to_the_day(week_starts):
    for number in range(15):
        day = date(2026, 3, 1) + timedelta(days=number)
        first = day
        while first.weekday() != week_starts:
            first -= timedelta(days=1)
        assert week_of(day, week_starts) == first


@given(ranges, ranges)
def test_ranges_overlap_when_they_share_a_day(one, other):
    assert one.overlaps(other) is bool(days_in(one) & days_in(other))


def test_what_only_touches_does_not_overlap():
    ten, eleven, noon = (utc(f"2026-03-02 {hour}:00") for hour in (10, 11, 12))
    assert not Span(ten, eleven).overlaps(Span(eleven, noon))
    assert Span(ten, noon).overlaps(Span(eleven, noon))
    assert not WeeklyTime(0, 540, 600).overlaps(WeeklyTime(0, 600, 660))
    assert WeeklyTime(0, 540, 601).overlaps(WeeklyTime(0, 600, 660))
    assert not WeeklyTime(0, 540, 601).overlaps(WeeklyTime(1, 600, 660))


def test_days_do_not_end_before_they_begin():
    monday = date(2026, 3, 2)
    assert why_not_range(monday, None) is None
    assert why_not_range(monday, monday) is None
    assert why_not_range(monday, date(2026, 3, 1)) == "The last day is before the first."


def test_usual_periods_end_before_today_but_for_the_month_that_runs():
    assert dict(usual_periods(date(2026, 1, 7), date(2026, 1, 5))) == {
        "Last week": Range(date(2025, 12, 29), date(2026, 1, 4)),
        "Last two weeks": Range(date(2025, 12, 22), date(2026, 1, 4)),
        "This month": Range(date(2026, 1, 1), date(2026, 1, 7)),
        "Last month": Range(date(2025, 12, 1), date(2025, 12, 31)),
        "Last year": Range(date(2025, 1, 1), date(2025, 12, 31)),
    }
