from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from clinic.hours.rules import Balance, State, Target, WeekOf
from clinic.portal import rules

MONDAY = date(2026, 3, 2)
NINE_TO_TWELVE = Target(MONDAY, 540, 720, 3)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.REACHED, "You have reached your hours for this week."),
        (State.ON_COURSE, "You are on course: what is booked reaches your hours."),
        (
            State.NEEDS_MAKE_UP,
            "1 h 30 min are missing. Ask about a session to make up for it.",
        ),
        (
            State.OUT_OF_REACH,
            "1 h 30 min are missing. Ask about a session to make up for it.",
        ),
        (State.SHORT, "1 h 30 min were missing in this week."),
        (State.UNCONFIRMED, "45 min are still to be confirmed by staff."),
        (State.PARTIAL, "This week is not a whole one for you, so it is not judged."),
    ],
)
def test_each_state_of_a_week_has_its_sentence(state, words):
    week = WeekOf(MONDAY, NINE_TO_TWELVE, Balance(0, 0, 45, 0, 0, 0), state, 90, ())
    assert rules.sentence(week) == words


NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "label", "starts_in", "words"),
    [
        ("present", "Present", timedelta(minutes=1), "Checked in"),
        ("present", "Present", timedelta(0), "Present"),
        ("present", "Late, 12 min", timedelta(minutes=-12), "Late, 12 min"),
        ("excused", "Excused", timedelta(days=1), "Excused"),
    ],
)
def test_nobody_is_present_at_what_has_not_begun(status, label, starts_in, words):
    visit = SimpleNamespace(status=status, label=label, starts_at=NOON + starts_in)
    assert rules.attendance(visit, now=NOON) == words
