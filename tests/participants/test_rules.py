from datetime import date

import pytest

from clinic.participants import rules

DIGITS = "A PIN is 4 to 10 digits."


@pytest.mark.parametrize(
    ("pin", "sentence"),
    [
        ("482913", None),
        ("0120", None),
        ("0123456789", None),
        ("123", DIGITS),
        ("01234567890", DIGITS),
        ("1234x", DIGITS),
        ("12 34", DIGITS),
        ("1234\n", DIGITS),
        ("١٢٣٤", DIGITS),  # digits, but of a keypad that we do not show
        ("", DIGITS),
        ("7777", "A PIN of one repeated digit is too easy to guess."),
    ],
)
def test_a_pin_is_four_to_ten_digits_and_not_one_repeated(pin, sentence):
    assert rules.why_not_pin(pin) == sentence


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("1990-02-03", None),
        ("2026-03-02", None),
        ("2026-03-03", "This day is in the future."),
        ("1906-01-01", None),
        ("1905-12-31", "This day is more than 120 years ago."),
    ],
)
def test_a_birth_date_is_in_the_past_and_within_a_lifetime(day, sentence):
    today = date(2026, 3, 2)
    assert rules.why_not_birth(date.fromisoformat(day), today=today) == sentence
