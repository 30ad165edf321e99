from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from clinic.schedule.rules.times import (
    credit,
    day_part,
    instant_of,
    times_of,
    why_not_times,
    why_not_wall_time,
)

NEW_YORK = ZoneInfo("America/New_York")


def day(text):
    return date.fromisoformat(text)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


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


def times(text, starts, ends, zone=NEW_YORK):
    found = times_of(day(text), time.fromisoformat(starts), time.fromisoformat(ends), zone)
    return [instant.astimezone(zone).strftime("%d %H:%M") for instant in found]


def minutes(text, starts, ends, zone=NEW_YORK):
    starts_at, ends_at = times_of(
        day(text), time.fromisoformat(starts), time.fromisoformat(ends), zone
    )
    return credit(starts_at, ends_at, break_minutes=0, breaks_count=False)


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
    assert credit(starts_at, ends_at, break_minutes=20, breaks_count=False) == 160
    assert credit(starts_at, ends_at, break_minutes=20, breaks_count=True) == 180
    # On the night the clocks go forward the break may be all that is left.
    assert credit(starts_at, starts_at, break_minutes=20, breaks_count=False) == 0


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
    assert why_not_times(*walls, break_minutes=break_minutes) == sentence


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
    assert day_part(minute, afternoon_from=720, evening_from=1020) == part
