from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from clinic.days import DAY, Range
from clinic.schedule.rules.days import why_too_far, why_too_long_ago
from clinic.schedule.rules.series import occurrences, why_not_end
from clinic.schedule.rules.sessions import why_not_plan

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
