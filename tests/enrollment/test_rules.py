from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.enrollment import rules
from clinic.enrollment.models import Outcome

days = st.integers(1, 28).map(lambda number: date(2026, 3, number))
ranges = st.tuples(days, days | st.none()).filter(lambda r: r[1] is None or r[0] <= r[1])


def day(text):
    return date.fromisoformat(text)


def test_an_enrollment_does_not_end_before_it_begins():
    monday = day("2026-03-02")
    assert rules.why_not_range(monday, None) is None
    assert rules.why_not_range(monday, monday) is None
    assert rules.why_not_range(monday, day("2026-03-01")) == "The last day is before the first."


@pytest.mark.parametrize(
    ("least", "most", "sentence"),
    [
        (540, 720, None),
        (0, 0, None),
        (540, 540, None),
        (0, 10080, None),
        (-1, 720, "Weekly hours cannot be negative."),
        (720, 540, "The most hours a week are fewer than the least."),
        (0, 10081, "A week has 168 hours."),
    ],
)
def test_a_target_lies_within_a_week(least, most, sentence):
    assert rules.why_not_target(least, most) == sentence


@given(ranges, st.lists(ranges, max_size=3))
def test_somebody_is_in_a_program_once_at_a_time(wanted, others):
    def covered(a_range):
        return {
            number
            for number in range(1, 29)
            if a_range[0].day <= number and (a_range[1] is None or number <= a_range[1].day)
        }

    is_free = not any(covered(wanted) & covered(other) for other in others)
    sentence = rules.why_not_enroll(*wanted, others=others)
    assert sentence == (
        None if is_free else "They are enrolled in this program at that time already."
    )


def test_eight_weeks_end_on_the_day_before_the_ninth():
    assert rules.end_after(day("2026-01-12"), 8) == day("2026-03-08")
    assert rules.end_after(day("2026-01-12"), None) is None


def status(on, **facts):
    facts = {"until_on": day("2026-03-08"), "outcome": None} | facts
    return rules.status_on(day(on), from_on=day("2026-01-12"), **facts)


def test_the_status_follows_from_the_days():
    assert status("2026-01-11") == "planned"
    assert status("2026-01-12") == "active"
    assert status("2026-03-08") == "active"
    assert status("2026-03-09") == "completed"
    assert status("2030-01-01", until_on=None) == "active"


def test_an_outcome_shows_only_after_the_last_day():
    assert status("2026-03-08", outcome=Outcome.LEFT) == "active"
    assert status("2026-03-09", outcome=Outcome.LEFT) == "left"


def test_leave_shows_only_within_the_enrollment():
    assert status("2026-02-02", is_on_leave=True) == "on leave"
    assert status("2026-01-11", is_on_leave=True) == "planned"
    assert status("2026-03-09", is_on_leave=True) == "completed"
