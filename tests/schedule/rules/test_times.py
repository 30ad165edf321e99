from datetime import UTC, datetime, time

import pytest

from clinic.schedule.rules.times import credit, day_part, why_not_times


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


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
