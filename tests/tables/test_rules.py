from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.errors import Refused
from clinic.participants.rules import why_not_phone
from clinic.tables.rules import LABELS, Style, fact_of

TODAY = date(2026, 3, 4)


def fact(column, text, style=Style.MONTH_FIRST):
    return fact_of(column, text, style=style, today=TODAY)


def sentence(column, text, style=Style.MONTH_FIRST):
    with pytest.raises(Refused) as refused:
        fact(column, text, style)
    return refused.value.sentence


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("name", "  Jo \n Avery ", "Jo Avery"),
        ("name", "Avery, Jo", "Jo Avery"),
        ("name", "Jo Avery, Jr.", "Jo Avery, Jr."),
        ("name", "Avery, Jo, III", "Avery, Jo, III"),
        ("name", "Avery,", "Avery,"),
        ("name", ", Jo", ", Jo"),
        ("name", "Jose\u0301 O’Neil-Ruiz", "José O’Neil-Ruiz"),
        ("name", "\ufeffJo\x07 \u202aAv\xader\u200by\u202c", "Jo Avery"),
        ("preferred_name", "", None),
        ("preferred_name", "\u200b", None),
        ("email", " Jo@Example.ORG ", "jo@example.org"),
        ("phone", "(202) 555-0123", "+12025550123"),
        ("phone", "2025550123.0", "+12025550123"),
        ("phone", "+44 20 7946 0958", "+442079460958"),
        ("pin", "482913", "482913"),
        ("pin", "482913.0", "482913"),
        ("key", "p-012", "p-012"),
        ("key", "12.0", "12"),
        ("language", "Spanish", "es"),
        ("language", "ESPAÑOL", "es"),
        ("language", "sw", "sw"),
        ("pronouns", "she/they", "she/they"),
    ],
)
def test_what_a_cell_says(column, text, expected):
    assert fact(column, text) == expected


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("name", "=1+1", "No name begins with =. Spreadsheets take this for a formula."),
        ("name", "@SUM(A1)", "No name begins with @. Spreadsheets take this for a formula."),
        ("last_name", "-", "No name begins with -. Spreadsheets take this for a formula."),
        ("name", "12345", "This is not a name."),
        ("name", "x" * 121, "This is too long: at most 120 characters."),
        ("phone", "9" * 255, "This is too long: at most 254 characters."),
        (
            "pronouns",
            '=HYPERLINK("x")',
            "This begins with =. Spreadsheets take it for a formula.",
        ),
        (
            "email",
            "jo@example",
            "This is not an e-mail address. Write it like name@example.org.",
        ),
        (
            "phone",
            "12",
            why_not_phone("12"),
        ),
        ("pin", "abcd", "A PIN is 4 to 10 digits."),
        ("pin", "1111", "A PIN of one repeated digit is too easy to guess."),
        (
            "pin",
            "123",
            (
                "A PIN is 4 to 10 digits. Spreadsheets drop zeros at the beginning: if there were"
                " some, type them here."
            ),
        ),
        ("key", "a b", "A number here is made of letters, digits, dots and dashes."),
        (
            "language",
            "Klingonese",
            "This language is not known here. Write its name in English, or its code: “es”.",
        ),
    ],
)
def test_what_is_wrong_with_a_cell(column, text, expected):
    assert sentence(column, text) == expected


@pytest.mark.parametrize(
    ("text", "style", "expected"),
    [
        ("1990-03-09", Style.MONTH_FIRST, date(1990, 3, 9)),
        ("1990/3/9", Style.DAY_FIRST, date(1990, 3, 9)),
        ("1990-03-09 00:00:00", Style.DAY_FIRST, date(1990, 3, 9)),
        ("1990-03-09T00:00:00.000", Style.DAY_FIRST, date(1990, 3, 9)),
        ("3/9/1990 12:00:00 AM", Style.MONTH_FIRST, date(1990, 3, 9)),
        ("3/9/1990", Style.MONTH_FIRST, date(1990, 3, 9)),
        ("3/9/1990", Style.DAY_FIRST, date(1990, 9, 3)),
        ("9.3.1990", Style.DAY_FIRST, date(1990, 3, 9)),
        ("3/4/26", Style.MONTH_FIRST, date(2026, 3, 4)),
        ("3/5/26", Style.MONTH_FIRST, date(1926, 3, 5)),
        ("3/9/90", Style.MONTH_FIRST, date(1990, 3, 9)),
        ("March 9, 1990", Style.YEAR_FIRST, date(1990, 3, 9)),
        ("Sept. 9th 1990", Style.YEAR_FIRST, date(1990, 9, 9)),
        ("9 mar 1990", Style.MONTH_FIRST, date(1990, 3, 9)),
        ("9-Mar-1990", Style.MONTH_FIRST, date(1990, 3, 9)),
    ],
)
def test_days_are_read_in_many_styles(text, style, expected):
    assert fact("birth_on", text, style) == expected


NOT_A_DAY = "This is not a date. Write it like 1990-03-09."
NO_SUCH_DAY = "This date does not exist. Write it like 1990-03-09."


@pytest.mark.parametrize(
    ("text", "style", "expected"),
    [
        ("yesterday", Style.MONTH_FIRST, NOT_A_DAY),
        ("1990-02-30", Style.MONTH_FIRST, NO_SUCH_DAY),
        ("13/4/1990", Style.MONTH_FIRST, NO_SUCH_DAY),
        ("9 mop 1990", Style.MONTH_FIRST, NO_SUCH_DAY),
        ("0000-01-01", Style.MONTH_FIRST, NO_SUCH_DAY),
        ("32940", Style.MONTH_FIRST, "This is a number, not a date. Write it like 1990-03-09."),
        ("2026-03-05", Style.MONTH_FIRST, "This day is in the future."),
        ("1890-03-05", Style.MONTH_FIRST, "This day is more than 120 years ago."),
        (
            "3/9/1990",
            Style.YEAR_FIRST,
            "This is not written year first. Write it like 1990-03-09.",
        ),
        (
            "9.3.1990",
            Style.MONTH_FIRST,
            (
                "With dots the day mostly comes first, elsewhere in this column the month does."
                " Write it like 1990-03-09."
            ),
        ),
    ],
)
def test_what_is_no_day_gets_a_sentence(text, style, expected):
    assert sentence("birth_on", text, style) == expected


@given(st.sampled_from(sorted(LABELS)), st.text(max_size=60), st.sampled_from(Style))
def test_any_text_is_a_fact_or_a_sentence_and_a_fact_is_read_as_itself(column, text, style):
    said = fact_or_sentence(column, text, style)
    if isinstance(said, Refused):
        assert said.sentence.endswith((".", "…."))
    elif said is not None and "," not in str(said):
        assert fact(column, str(said), style) == said


def fact_or_sentence(column, text, style):
    try:
        return fact(column, text, style)
    except Refused as refused:
        return refused


@given(st.dates(date(1910, 1, 1), TODAY), st.sampled_from(Style))
def test_a_day_is_read_back_from_each_style(day, style):
    written = {
        Style.YEAR_FIRST: day.isoformat(),
        Style.MONTH_FIRST: f"{day.month}/{day.day}/{day.year}",
        Style.DAY_FIRST: f"{day.day}.{day.month}.{day.year}",
    }
    assert fact("birth_on", written[style], style) == day
