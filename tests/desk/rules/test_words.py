from datetime import date, time

import pytest

from clinic.desk.rules import words as rules
from clinic.enrollment.models import EndReason, Leave, Outcome
from clinic.enrollment.rules import REASONS
from clinic.schedule.models import Series
from clinic.schedule.rules.words import meets, period


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
    assert (
        rules.sheet_state(listed=listed, marked=marked, signed=signed, is_cancelled=is_cancelled)
        == state
    )


def test_a_series_says_when_it_meets():
    series = Series(weekdays="013", starts=time(18), ends=time(21), every_weeks=1)
    assert meets(series) == "Mon, Tue, Thu 6:00 – 9:00 pm"
    series.every_weeks = 2
    assert meets(series) == "Mon, Tue, Thu 6:00 – 9:00 pm, every 2 weeks"


def test_a_period_has_an_end_or_says_since_when():
    assert period(date(2026, 3, 9), None) == "from Mar 9, 2026"
    assert period(date(2026, 3, 9), date(2026, 5, 3)) == "Mar 9, 2026 – May 3, 2026"


def test_a_target_is_a_range_or_one_number():
    assert rules.target_words(540, 720) == "9 – 12 hours a week"
    assert rules.target_words(570, 570) == "9.5 hours a week"


def test_leave_is_from_its_first_to_its_last_day():
    leaves = [Leave(from_on=date(2026, 3, 9), until_on=date(2026, 3, 11))]
    days = [date(2026, 3, day) for day in (8, 9, 11, 12)]
    assert [rules.is_away(leaves, day) for day in days] == [False, True, True, False]


def test_seats_are_told_as_taken_of_all():
    assert rules.seats_words(9, 12) == "9 of 12"


def test_every_ending_that_may_be_has_its_words():
    assert set(rules.ENDINGS) == {
        (outcome, reason) for outcome, reasons in REASONS.items() for reason in reasons
    }
    assert rules.ending_words(Outcome.LEFT, EndReason.DROPPED_OUT) == "Left: dropped out"
    assert rules.ending_words(Outcome.LEFT, None) == "Left"
    assert rules.ending_words(Outcome.LEFT, EndReason.COMPLETED) == "Left"
