from datetime import date
from types import SimpleNamespace

import pytest

from clinic.told.models import State
from clinic.told.rules import Foreseen, Said, foreseen, known_words, news, since

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, SUNDAY = (date(2026, 3, day) for day in (2, 3, 4, 5, 8))
STATES = {
    "!": State.NEEDS_MAKE_UP,
    "x": State.OUT_OF_REACH,
    "s": State.SHORT,
    "?": State.UNCONFIRMED,
    "c": State.ON_COURSE,
    "r": State.REACHED,
    "p": State.PARTIAL,
}


def said(states):
    return [
        SimpleNamespace(number=number, state=STATES[each])
        for number, each in enumerate(states, start=1)
    ]


@pytest.mark.parametrize(
    ("told", "now", "number"),
    [
        ("", "!", None),  # nobody was told yet
        ("c", "!", None),  # it has only just become so
        ("!", "!", 1),
        ("c!", "!", 2),
        ("c!x", "x", 2),  # worse, but the same danger
        ("c!x", "!", 2),
        ("!c!", "!", 3),  # it was over in between
        ("!?!", "!", 3),
        ("!p!", "x", 3),
        ("!c", "!", None),
        ("c!", "c", None),
        ("c!", "r", None),
        ("c!", "s", 2),  # once it is over
        ("c", "s", None),
        ("!", "?", None),
    ],
)
def test_what_is_known_since_when(told, now, number):
    assert getattr(since(said(told), STATES[now]), "number", None) == number


@pytest.mark.parametrize(
    ("told", "now", "numbers"),
    [("", "c", [1]), ("c", "c", []), ("c", "!", [2]), ("c!", "c", [3]), ("c!c", "c", [])],
)
def test_news_is_what_was_not_said_last(told, now, numbers):
    one = Said(7, MONDAY, TUESDAY, STATES[now], 60, 480)
    found = news([one], {(7, MONDAY): said(told), (8, MONDAY): said("r")})
    assert found == [(number, one) for number in numbers]


def test_how_it_is_said():
    assert known_words(TUESDAY, WEDNESDAY) == "Known since Tue"
    assert known_words(TUESDAY, TUESDAY) == "Known since today"


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ([], Foreseen(0, 0, 0, None)),
        ([None], Foreseen(1, 0, 0, None)),
        ([MONDAY], Foreseen(1, 1, 0, 6)),
        ([WEDNESDAY, THURSDAY], Foreseen(2, 1, 1, 3)),
        ([TUESDAY, WEDNESDAY, SUNDAY, None], Foreseen(4, 2, 1, 4)),
    ],
)
def test_how_early_short_weeks_were_foreseen(days, found):
    assert foreseen([(MONDAY, day) for day in days]) == found


def test_those_of_which_nothing_was_said_are_the_rest():
    assert Foreseen(11, 7, 2, 3).unsaid == 2
