from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.schedule import rules
from clinic.schedule.rules import Range

NEW_YORK = ZoneInfo("America/New_York")
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


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Days of a series


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
    found = rules.occurrences(
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
            rules.occurrences(
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


# Wall-clock times


def test_a_wall_time_is_an_instant_with_the_offset_of_its_day():
    winter, summer = (
        rules.instant_of(day(text), time(18), NEW_YORK) for text in ("2026-03-07", "2026-03-08")
    )
    assert (winter, summer) == (utc("2026-03-07 23:00"), utc("2026-03-08 22:00"))


def test_a_repeated_wall_time_is_the_first():
    assert rules.instant_of(day("2026-11-01"), time(1, 30), NEW_YORK) == utc("2026-11-01 05:30")


def test_a_wall_time_that_the_clocks_jump_over_is_refused_in_words():
    night = day("2026-03-08")
    assert rules.why_not_wall_time(night, time(2, 30), NEW_YORK) == (
        "02:30 does not exist on 2026-03-08: the clocks go forward, 02:30 becomes 03:30."
    )
    for wall in (time(1, 59), time(3), time(18)):
        assert rules.why_not_wall_time(night, wall, NEW_YORK) is None
    assert rules.why_not_wall_time(day("2026-11-01"), time(1, 30), NEW_YORK) is None


def times(text, starts, ends, zone=NEW_YORK):
    found = rules.times_of(day(text), time.fromisoformat(starts), time.fromisoformat(ends), zone)
    return [instant.astimezone(zone).strftime("%d %H:%M") for instant in found]


def minutes(text, starts, ends, zone=NEW_YORK):
    starts_at, ends_at = rules.times_of(
        day(text), time.fromisoformat(starts), time.fromisoformat(ends), zone
    )
    return rules.credit(starts_at, ends_at, break_minutes=0, breaks_count=False)


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


def test_credit_leaves_out_breaks_unless_they_count():
    starts_at, ends_at = utc("2026-03-02 23:00"), utc("2026-03-03 02:00")
    assert rules.credit(starts_at, ends_at, break_minutes=20, breaks_count=False) == 160
    assert rules.credit(starts_at, ends_at, break_minutes=20, breaks_count=True) == 180
    # On the night the clocks go forward the break may be all that is left.
    assert rules.credit(starts_at, starts_at, break_minutes=20, breaks_count=False) == 0


@pytest.mark.parametrize(
    ("starts", "ends", "break_minutes", "sentence"),
    [
        ("18:00", "21:00", 0, None),
        ("18:00", "21:00", 179, None),
        ("18:00", "18:00", 0, "The end, 18:00, is not after the start, 18:00."),
        ("18:00", "09:30", 0, "The end, 09:30, is not after the start, 18:00."),
        ("18:00", "18:45", 45, "A break of 45 minutes leaves nothing of 45."),
    ],
)
def test_a_session_needs_an_end_after_its_start_and_more_than_a_break(
    starts, ends, break_minutes, sentence
):
    walls = time.fromisoformat(starts), time.fromisoformat(ends)
    assert rules.why_not_times(*walls, break_minutes=break_minutes) == sentence


@pytest.mark.parametrize(
    ("minute", "part"),
    [
        (0, "morning"),
        (719, "morning"),
        (720, "afternoon"),
        (1019, "afternoon"),
        (1020, "evening"),
    ],
)
def test_the_day_has_three_parts(minute, part):
    assert rules.day_part(minute, afternoon_from=720, evening_from=1020) == part


# Ranges of days


@given(ranges, st.lists(ranges, max_size=5))
def test_days_without_absences_are_the_difference_of_sets(whole, absences):
    left = rules.days_without(whole, absences)
    assert days_in(*left) == days_in(whole) - days_in(*absences)
    assert left == sorted(left, key=lambda part: part.from_on)
    assert all(part.until_on is None or part.from_on <= part.until_on for part in left)


@given(ranges, ranges)
def test_common_days_are_the_intersection_of_sets(one, other):
    both = rules.common(one, other)
    assert (days_in(both) if both else set()) == days_in(one) & days_in(other)
    assert both == rules.common(other, one)


def test_an_endless_range_without_an_endless_absence_ends_the_day_before():
    whole, away = Range(day("2026-03-02"), None), Range(day("2026-03-10"), None)
    assert rules.days_without(whole, [away]) == [Range(day("2026-03-02"), day("2026-03-09"))]


# Seats and sentences


@given(st.sets(st.integers(1, 15)), st.integers(1, 15))
def test_free_seats_are_those_that_nobody_has_lowest_first(taken, seats):
    free = list(rules.free_seats(taken, seats))
    assert free == sorted(set(range(1, seats + 1)) - taken)


def test_too_few_seats_are_told_with_their_numbers():
    monday = day("2026-03-02")
    assert rules.why_too_few_seats("Skills", monday, booked=8, seats=8) is None
    assert rules.why_too_few_seats("Skills", monday, booked=9, seats=8) == (
        "Skills on Mon Mar 2 has 9 people on its roster, 8 seats."
    )


@pytest.mark.parametrize(
    ("number", "listed"),
    [
        (1, "Mon Mar 2"),
        (3, "Mon Mar 2, Tue Mar 3, Wed Mar 4"),
        (4, "Mon Mar 2, Tue Mar 3, Wed Mar 4 and 1 more day"),
        (6, "Mon Mar 2, Tue Mar 3, Wed Mar 4 and 3 more days"),
    ],
)
def test_full_days_are_named_the_first_three_of_them_in_order(number, listed):
    full = [day("2026-03-02") + n * DAY for n in reversed(range(number))]
    assert rules.why_full("Skills", full) == f"Skills has no free seat on {listed}."
    clash = rules.clash_sentence("Skills and Process", full)
    assert clash == f"Skills and Process are at the same time on {listed}."


def test_a_group_without_full_days_is_not_full():
    assert rules.why_full("Skills", []) is None


def test_nobody_is_put_on_in_the_past_or_taken_off_before_yesterday():
    today = day("2026-03-04")
    assert rules.why_not_from(today, today=today) is None
    assert rules.why_not_from(today - DAY, today=today) == (
        "Start today or later: what is past is settled by attendance, not by a roster."
    )
    assert rules.why_not_last_day(today - DAY, today=today, ends_on=None) is None
    assert rules.why_not_last_day(today - 2 * DAY, today=today, ends_on=None) == (
        "The last day cannot be earlier than yesterday: the past stays as it was."
    )


def test_a_last_day_is_not_put_off():
    today = day("2026-03-04")
    assert rules.why_not_last_day(today, today=today, ends_on=today) is None
    assert rules.why_not_last_day(today + DAY, today=today, ends_on=today) == (
        "Their place in this group ends before that day."
    )


def test_a_series_reaches_to_its_last_day_or_26_weeks_ahead():
    today = day("2026-03-02")
    assert rules.reach(day("2026-02-01"), today=today) == day("2026-02-01")
    assert rules.reach(None, today=today) == day("2026-08-31")


def put_on(from_on, **facts):
    facts = {
        "enrolled": Range(day("2026-01-12"), day("2026-03-08")),
        "runs": Range(day("2026-01-05"), day("2026-02-27")),
        "already": [],
    } | facts
    return rules.why_not_put_on(days=Range(day(from_on), None), **facts)


def test_somebody_is_put_on_within_their_enrollment_and_while_the_group_meets():
    assert put_on("2026-02-27") is None
    assert put_on("2026-02-28") == "The group does not meet in that time."
    assert put_on("2026-03-09") == "The enrollment ends before that day."


def test_somebody_is_put_on_once_at_a_time():
    before = Range(day("2026-01-12"), day("2026-02-01"))
    later = Range(day("2026-02-20"), None)
    assert put_on("2026-02-02", already=[before]) is None
    assert put_on("2026-02-01", already=[before]) == "They are on this group already."
    assert put_on("2026-02-02", already=[before, later]) == "They are on this group already."
