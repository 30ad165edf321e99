from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.days import DAY, WEEK, Range
from clinic.schedule.models import SeriesPlan
from clinic.schedule.rules.series import (
    Attended,
    occurrences,
    plan_on,
    plans_since,
    reach,
    share_lately,
    why_never,
    why_not_after,
    why_not_end,
    why_not_other_site,
)
from clinic.schedule.rules.sessions import why_not_plan, why_too_far, why_too_long_ago

FIRST = date(2026, 1, 1)


def day(text):
    return date.fromisoformat(text)


def test_a_series_reaches_to_its_last_day_or_26_weeks_ahead():
    today = day("2026-03-02")
    assert reach(day("2026-02-01"), today=today) == day("2026-02-01")
    assert reach(None, today=today) == day("2026-08-31")


def test_the_plans_since_a_day_begin_with_the_one_that_held_then():
    plans = [SeriesPlan(from_on=FIRST + n * DAY) for n in (0, 10, 20)]
    assert plans_since(plans, FIRST - DAY) == plans
    assert plans_since(plans, FIRST + 9 * DAY) == plans
    assert plans_since(plans, FIRST + 10 * DAY) == plans[1:]
    assert plans_since(plans, FIRST + 30 * DAY) == plans[2:]
    assert plan_on(plans, FIRST + 10 * DAY) is plans[1]


def test_a_plan_begins_after_the_one_before_it():
    assert why_not_after(FIRST, []) is None
    assert why_not_after(FIRST + DAY, [FIRST]) is None
    no_later = "Begins no later than the plan before it, on Jan 1, 2026."
    assert why_not_after(FIRST, [FIRST - DAY, FIRST]) == no_later


def test_a_group_stays_at_its_site():
    assert why_not_other_site(1, 1) is None
    sentence = "A group stays at its site. End it and set up a new one at the other site."
    assert why_not_other_site(1, 2) == sentence


def test_a_group_must_meet_at_least_once():
    assert why_never(FIRST) is None
    assert why_never(None) == "The group would never meet between these days."


@pytest.mark.parametrize(
    ("last_on", "sentence"),
    [
        ("2026-03-10", None),
        ("2026-03-09", None),
        (
            "2026-03-08",
            "The last day cannot be earlier than yesterday: past sessions cannot change.",
        ),
        ("2026-02-28", "The last day is before the first."),
        ("2026-05-01", "It already ends before that day. To extend it, change the group."),
    ],
)
def test_a_group_ends_yesterday_at_the_earliest(last_on, sentence):
    facts = {"from_on": day("2026-03-01"), "ends_on": day("2026-04-30")}
    facts |= {"today": day("2026-03-10")}
    assert why_not_end(day(last_on), **facts) == sentence


HORIZON = 120  # days that the models below look at, one by one
days = st.integers(0, HORIZON).map(lambda number: FIRST + number * DAY)
ranges = st.builds(
    lambda one, other: Range(min(one, other), max(one, other)), days, days
) | st.builds(Range, days, st.none())


def all_days():
    return [FIRST + number * DAY for number in range(HORIZON + 1)]


def days_in(*these):
    return {day for day in all_days() if any(each.covers(day) for each in these)}


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


def test_the_share_who_came_lately_stands_beside_that_of_the_weeks_before():
    monday = date(2026, 3, 2)

    def weeks(**came):
        return [Attended(monday - int(back[1:]) * WEEK, *found) for back, found in came.items()]

    assert share_lately([], this=monday) == (None, None)
    assert share_lately(weeks(w0=(3, 4), w3=(1, 1)), this=monday) == (80, None)
    assert share_lately(weeks(w4=(1, 2), w7=(0, 1), w8=(9, 9)), this=monday) == (None, 33)
