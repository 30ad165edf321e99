from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from clinic.hours.rules import State
from clinic.today import rules

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("listed", "marked", "signed", "is_cancelled", "state"),
    [
        (3, 0, 0, False, "not started"),
        (3, 1, 0, False, "partly"),
        (3, 3, 0, False, "complete"),
        (3, 3, 3, False, "signed"),
        (3, 3, 2, False, "complete"),
        (0, 0, 0, False, "not started"),
        (3, 3, 3, True, "cancelled"),
    ],
)
def test_a_sheet_says_how_far_it_is(listed, marked, signed, is_cancelled, state):
    row = SimpleNamespace(
        listed=listed,
        marked=marked,
        signed=signed,
        waits=False,
        is_cancelled=is_cancelled,
        starts_at=NOON,
    )
    assert rules.sheet_state(row, NOON) == state
    row.waits = True
    assert rules.sheet_state(row, NOON) == ("second signature" if state == "signed" else state)


def test_no_sheet_is_begun_before_its_session():
    row = SimpleNamespace(listed=3, marked=3, signed=0, is_cancelled=False, starts_at=NOON)
    assert rules.sheet_state(row, NOON - timedelta(seconds=1)) == "not started"


def session(number, starts=0, minutes=60, **facts):
    starts_at = NOON + timedelta(minutes=starts)
    facts = {
        "is_cancelled": False,
        "day": date(2026, 3, 2),
        "listed": 3,
        "marked": 1,
        "waits": False,
    } | facts
    ends_at = starts_at + timedelta(minutes=minutes)
    return SimpleNamespace(id=number, starts_at=starts_at, ends_at=ends_at, **facts)


def test_arrivals_are_counted_from_the_opening_of_the_doors():
    one = session(1, starts=15)
    assert rules.has_open_doors(one, 15, NOON)
    assert not rules.has_open_doors(one, 15, NOON - timedelta(seconds=1))


def test_next_is_what_is_on_or_comes_and_takes_place():
    over, off, on, later = (
        session(1, -60),
        session(2, is_cancelled=True),
        session(3),
        session(4, 60),
    )
    assert rules.next_of([over, off, on, later], NOON) is on
    assert rules.next_of([over, off], NOON) is None


@pytest.mark.parametrize(
    ("starts", "words"),
    [
        (25, "Begins in 25 min"),
        (125, "Begins in 2 h 5 min"),
        (0, "Begins now"),
        (-10, "Began 10 min ago"),
    ],
)
def test_the_next_session_says_how_far_it_is(starts, words):
    assert rules.until_words(session(1, starts), NOON) == words


def test_the_line_of_now_stands_before_what_has_not_begun():
    afternoon = [session(3, 5), session(4, 60)]
    assert rules.place_of_now(afternoon, NOON) == 0
    assert rules.place_of_now(afternoon, NOON + timedelta(minutes=5)) == 1
    assert rules.place_of_now(afternoon, NOON + timedelta(hours=3)) == 2
    assert rules.place_of_now([], NOON) == 0


def sheet_lines(sheets, own=(), *, signs=False):
    leaders = {1: [SimpleNamespace(name="Ben Okafor")], 3: [SimpleNamespace(name="Ana Rivera")]}
    today = date(2026, 3, 2)
    words = {"call": lambda one: f"S{one.id}", "time_of": lambda one: f"{one.id} pm"}
    return list(rules.sheet_lines(sheets, leaders, own, **words, signs=signs, today=today))


def test_a_few_sheets_are_lines_of_their_own():
    first, second = sheet_lines([session(1), session(2, day=date(2026, 2, 27), marked=2)])
    assert (first.text, first.detail) == ("S1, today at 1 pm", "2 people still unmarked")
    assert first.to == ("attendance.sheet", {"session_id": 1})
    assert (second.text, second.detail) == ("S2, Fri, Feb 27 at 2 pm", "1 person still unmarked")


def test_whoever_signs_sees_what_a_sheet_waits_for_and_goes_to_sign():
    first, second = sheet_lines(
        [session(1, marked=3), session(2, marked=3, waits=True)], signs=True
    )
    assert (first.detail, second.detail) == ("Complete, and not signed", "A second person signs")
    assert first.to == ("signing.sign", {"session_id": 1})
    (line,) = sheet_lines([session(number) for number in (1, 2, 3)], signs=True)
    assert line.text == "3 sheets to sign"


def test_many_sheets_are_one_line_by_leader_ones_own_first():
    (line,) = sheet_lines([session(number) for number in (1, 2, 3, 4)], own={4})
    assert line.text == "4 sheets to finish"
    assert line.detail == "You 1, Ana Rivera 1, Ben Okafor 1 and 1 more"
    assert [(pile.leader, [each.id for each in pile.sheets]) for pile in line.piles] == [
        ("You", [4]),
        ("Ana Rivera", [3]),
        ("Ben Okafor", [1]),
        ("Nobody leads these", [2]),
    ]


def test_weeks_in_danger_are_counted_the_worst_first():
    states = [State.NEEDS_MAKE_UP, State.ON_COURSE, State.OUT_OF_REACH, State.NEEDS_MAKE_UP]
    assert [line.text for line in rules.hours_lines(states, {"site": "east"})] == [
        "1 person cannot reach their hours",
        "2 people need a make-up",
    ]


@pytest.mark.parametrize(
    ("due", "said"),
    [
        ([], []),
        ([False], [("1 task due today", "warn")]),
        ([True, True], [("2 tasks overdue", "bad")]),
        ([True, False, False], [("3 tasks due, 1 of them overdue", "bad")]),
    ],
)
def test_tasks_that_are_due_are_one_line(due, said):
    assert [(line.text, line.tone) for line in rules.task_lines(due, {})] == said
