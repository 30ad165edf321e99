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


NO_NUMBER = (
    "This is no phone number. Write it like 202-555-0123, or with its country: +44 20 7946 0958."
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("202-555-0123", "+12025550123"),
        (" (202) 555 0123", "+12025550123"),
        ("1 202.555.0123", "+12025550123"),
        ("+12025550123", "+12025550123"),
        ("+44 20 7946 0958", "+442079460958"),
        ("1-800-FLOWERS", "+18003569377"),
    ],
)
def test_a_phone_number_is_kept_in_one_way_however_it_is_written(typed, kept):
    assert (rules.why_not_phone(typed), rules.phone_number(typed)) == (None, kept)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("555-0123", NO_NUMBER),
        ("12", NO_NUMBER),
        ("call me", NO_NUMBER),
        ("+999 1", NO_NUMBER),
        ("202-555-0123 ext. 4", "Leave out the extension: only the number is kept."),
    ],
)
def test_what_cannot_be_dialed_is_no_phone_number(typed, sentence):
    assert rules.why_not_phone(typed) == sentence


@pytest.mark.parametrize("code", ["en", "ase", "zh-Hant", "pt-BR"])
def test_a_language_has_a_code(code):
    assert rules.why_not_language(code) is None


@pytest.mark.parametrize("code", ["", "e", "English", "engl", "en_US", "en\n"])
def test_what_is_no_code_of_a_language_is_refused(code):
    assert rules.why_not_language(code) == (
        "Write the language as its code of two or three letters: “sw” for Swahili."
    )


def test_languages_are_called_by_name_where_we_have_one():
    codes = ("es", "ase", "sw", None, "")
    assert [rules.language_name(code) for code in codes] == [
        "Spanish",
        "American Sign Language",
        "sw",
        "",
        "",
    ]
    assert all(rules.why_not_language(code) is None for code in rules.LANGUAGES)
