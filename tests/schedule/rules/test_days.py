from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clinic.schedule.rules.days import (
    Range,
    common,
    days_without,
    occurrences,
    why_too_far,
    why_too_long_ago,
)
from clinic.schedule.rules.series import why_not_end
from clinic.schedule.rules.sessions import why_not_plan

DAY = timedelta(days=1)
FIRST = date(2026, 1, 1)
HORIZON = 120  # days that the models below look at, one by one
days = st.integers(0, HORIZON).map(lambda number: FIRST + number * DAY)
ranges = st.builds(
    lambda one, other: Range(min(one, other), max(one, other)), days, days
) | st.builds(Range, days, st.none())


def all_days():
    return [FIRST + number * DAY for number in range(HORIZON + 1)]


def days_in(*these):
    return {day for day in all_days() if any(each.covers(day) for each in these)}


def day(text):
    return date.fromisoformat(text)


@given(
    plan=ranges,
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    every_weeks=st.integers(1, 5),
    week_starts=st.integers(0, 6),
    until=days,
)
def test_occurrences_are_what_counting_day_by_day_gives(
    plan, weekdays, every_weeks, week_starts, until
):
    expected = []
    weeks_begun = 0
    for each in all_days():
        if each > plan.from_on and each.weekday() == week_starts:
            weeks_begun += 1
        meets = each.weekday() in weekdays and weeks_begun % every_weeks == 0
        if plan.covers(each) and each <= until and meets:
            expected.append(each)
    found = occurrences(
        plan,
        weekdays=weekdays,
        every_weeks=every_weeks,
        week_starts=week_starts,
        until=until,
    )
    assert list(found) == expected


def test_every_second_week_counts_from_the_week_of_the_first_day():
    # From a Friday on: its week is the first, so the Monday after it is in a week left out.
    plan = Range(day("2026-01-09"), None)
    monday_first, sunday_first = (
        list(
            occurrences(
                plan,
                weekdays=[6, 0],
                every_weeks=2,
                week_starts=week_starts,
                until=day("2026-01-26"),
            )
        )
        for week_starts in (0, 6)
    )
    assert monday_first == [day("2026-01-11"), day("2026-01-19"), day("2026-01-25")]
    assert sunday_first == [day("2026-01-18"), day("2026-01-19")]


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


def test_slips_of_the_hand_in_a_year_are_refused():
    today = day("2026-03-09")
    far, old = "That day is more than five years ahead.", "That day is more than two years ago."
    assert why_too_far(None, today=today) is None
    assert why_too_far(day("2031-03-09"), today=today) is None
    assert why_too_far(day("2206-03-09"), today=today) == far
    assert why_not_plan(day("9999-12-31"), today=today) == far
    end = {"from_on": today, "ends_on": None, "today": today}
    assert why_not_end(day("9999-12-31"), **end) == far
    assert why_too_long_ago(day("2024-03-09"), today=today) is None
    assert why_too_long_ago(day("1926-03-09"), today=today) == old
