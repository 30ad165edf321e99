from datetime import UTC, date, datetime, time

import pytest

from clinic.days import DAY, Range
from clinic.programs.models import Closure
from clinic.schedule.models import Mode
from clinic.schedule.rules.sessions import (
    clash_sentences,
    credit,
    day_part,
    why_changed_since,
    why_closed,
    why_not_leaders,
    why_not_place,
    why_not_plan,
    why_not_room,
    why_not_there,
    why_not_times,
)


def day(text):
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("mode", "room_seats", "seats", "sentence"),
    [
        (Mode.IN_PERSON, 12, 12, None),
        (Mode.IN_PERSON, 11, 12, "The room has 11 seats, not 12."),
        (Mode.HYBRID, 1, 12, None),
        (Mode.VIRTUAL, None, 12, None),
        (Mode.VIRTUAL, 1, 12, None),
        (Mode.HYBRID, None, 1, "Choose a room, or make it virtual."),
        (Mode.IN_PERSON, None, 1, "Choose a room, or make it virtual."),
    ],
)
def test_a_room_is_needed_and_must_be_large_enough_for_who_comes(mode, room_seats, seats, sentence):
    assert why_not_room(mode, room_seats, seats) == sentence


def test_a_room_is_at_the_site_of_its_program():
    assert why_not_place(1, None) is None
    assert why_not_place(1, 1) is None
    assert why_not_place(1, 2) == "This room is at a different site than the program."


def test_nobody_leads_twice():
    assert why_not_leaders([1, 2]) is None
    assert why_not_leaders([1, 2, 1]) == "The same person is chosen twice as a leader."


def test_nothing_is_planned_where_the_site_is_closed():
    days = {"from_on": day("2026-05-25"), "until_on": day("2026-05-26")}
    closures = [Closure(name="Memorial Day", **days)]
    assert why_closed(day("2026-05-24"), closures) is None
    sentence = "The site is closed on Tue, May 26: Memorial Day."
    assert why_closed(day("2026-05-26"), closures) == sentence


def test_nobody_comes_outside_their_enrollment_or_while_on_leave():
    there = {
        "enrolled": Range(day("2026-03-01"), day("2026-03-31")),
        "leaves": [Range(day("2026-03-09"), day("2026-03-13"))],
    }
    assert why_not_there("Jo", day("2026-03-08"), **there) is None
    assert why_not_there("Jo", day("2026-04-01"), **there) == ("Jo is not enrolled on Wed, Apr 1.")
    assert why_not_there("Jo", day("2026-03-09"), **there) == "Jo is on leave on Mon, Mar 9."


def test_a_session_is_planned_for_today_or_later():
    today = day("2026-03-09")
    assert why_not_plan(today, today=today) is None
    sentence = "That day is over. Plan the session for today or later."
    assert why_not_plan(today - DAY, today=today) == sentence


def test_a_session_that_somebody_else_has_changed_is_looked_at_again():
    assert why_changed_since(None, 3) is None
    assert why_changed_since(3, 3) is None
    sentence = "Somebody has changed this session since you opened it. Check it again."
    assert why_changed_since(2, 3) == sentence


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
        ("18:00", "18:00", 0, "The end, 6:00 pm, is not after the start, 6:00 pm."),
        ("18:00", "09:30", 0, "The end, 9:30 am, is not after the start, 6:00 pm."),
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


def test_clashes_are_told_one_by_one_with_their_days():
    first, second = day("2026-03-09"), day("2026-03-16")
    pair = ("Process group", "Intake")
    twice = "is wanted twice: Process group and Intake are at the same time on"
    assert clash_sentences(
        [("Room 2", pair, second), ("Ana Rivera", pair, first), ("Room 2", pair[::-1], first)]
    ) == [
        f"Room 2 {twice} Mon, Mar 9; Mon, Mar 16.",
        f"Ana Rivera {twice} Mon, Mar 9.",
    ]
