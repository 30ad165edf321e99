from datetime import date

import pytest

from clinic.closures import rules

MONDAY = date(2026, 3, 2)


def test_the_past_is_not_closed():
    assert rules.why_not_closed_from(MONDAY, today=MONDAY) is None
    assert rules.why_not_closed_from(date(2026, 3, 1), today=MONDAY) == (
        "Start today or later: past sessions keep their attendance."
    )


def test_a_closure_may_end_yesterday_at_the_earliest():
    assert rules.why_not_closed_until(MONDAY, yesterday=MONDAY) is None
    assert rules.why_not_closed_until(date(2026, 3, 1), yesterday=MONDAY) == (
        "Mon, Mar 2 is the earliest last day: past days cannot change."
    )


def test_days_are_closed_once():
    assert rules.why_not_closed_twice(is_there=False) is None
    assert rules.why_not_closed_twice(is_there=True) == (
        "The site is already closed on exactly these days."
    )


def test_a_closure_that_is_over_stays():
    assert rules.why_not_change_closure(MONDAY, today=MONDAY) is None
    assert rules.why_not_change_closure(MONDAY, today=date(2026, 3, 3)) == (
        "This closure is over and can no longer be changed."
    )


@pytest.mark.parametrize(
    ("cancelled", "people", "brought_back", "sentence"),
    [
        (0, 0, 0, "No sessions on these days."),
        (1, 1, 0, "1 session is cancelled, with 1 person booked."),
        (3, 8, 0, "3 sessions are cancelled, with 8 people booked."),
        (0, 0, 1, "1 cancelled session comes back."),
        (
            2,
            0,
            4,
            "2 sessions are cancelled, with 0 people booked. 4 cancelled sessions come back.",
        ),
    ],
)
def test_a_closure_says_what_it_does(cancelled, people, brought_back, sentence):
    found = rules.closure_sentence(cancelled=cancelled, people=people, brought_back=brought_back)
    assert found == sentence
