import pytest

from clinic.tables import rules
from clinic.tables.rules import Style, guess_columns, guess_header, guess_style


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        ("Full Name", "name"),
        ("CLIENT NAME:", "name"),
        ("First_Name", "first_name"),
        ("Apellidos", "last_name"),
        ("Goes by", "preferred_name"),
        ("D.O.B.", "birth_on"),
        ("Date of Birth", "birth_on"),
        ("E-Mail Address", "email"),
        ("Correo electrónico", "email"),
        ("Cell #", "phone"),
        ("Teléfono", "phone"),
        ("cell phone", "phone"),
        ("Pronouns", "pronouns"),
        ("Primary language", "language"),
        ("PIN", "pin"),
        ("MRN", "key"),
        ("Favourite colour", None),
        ("", None),
    ],
)
def test_a_column_is_known_by_many_names(heading, meaning):
    assert rules.meaning_of(heading) is meaning


def test_no_meaning_is_guessed_twice():
    assert guess_columns(["Phone", "Cell phone", "Notes"]) == ["phone", None, None]


def test_a_whole_name_beside_its_parts_is_left_out():
    assert guess_columns(["Name", "First name", "Last name"]) == [
        None,
        "first_name",
        "last_name",
    ]


def test_a_name_beside_a_last_name_is_the_first():
    assert guess_columns(["Name", "Surname"]) == ["first_name", "last_name"]


def test_the_row_with_most_names_of_columns_is_the_header():
    rows = [["Participants", ""], ["", ""], ["Name", "DOB"], ["Jo Avery", "1990-03-09"]]
    assert guess_header(rows) == 2


def test_a_list_that_begins_with_facts_has_no_header():
    assert guess_header([["Jo Avery", "1990-03-09"], ["Sam Cruz", "1991-04-10"]]) is None


def test_unknown_words_above_facts_are_a_header():
    assert guess_header([["", ""], ["Quién", "Cuándo"], ["Jo Avery", "1990-03-09"]]) == 1


def test_words_alone_are_people_rather_than_a_header():
    assert guess_header([["Jo Avery"], ["Sam Cruz"]]) is None


def test_a_list_of_nothing_has_no_header():
    assert guess_header([[""]]) is None


@pytest.mark.parametrize(
    ("values", "style", "is_sure"),
    [
        (["1990-03-09", "1991-04-10"], Style.YEAR_FIRST, True),
        (["yesterday"], Style.YEAR_FIRST, True),
        (["3/9/1990", "3/25/1990"], Style.MONTH_FIRST, True),
        (["9/3/1990", "25/3/1990"], Style.DAY_FIRST, True),
        (["9.3.1990", "4.5.1991"], Style.DAY_FIRST, True),
        (["3/9/1990", "4/5/1991"], Style.MONTH_FIRST, False),
        (["25/3/1990", "3/25/1990"], Style.MONTH_FIRST, False),
        (["25/3/1990", "24/3/1990", "3/25/1990"], Style.DAY_FIRST, False),
        (["3/25/1990", "3/24/1990", "25/3/1990"], Style.MONTH_FIRST, False),
        (["3/9/1990", "9.3.1990", "1990-03-09"], Style.MONTH_FIRST, False),
    ],
)
def test_how_days_are_written_is_told_from_all_of_them(values, style, is_sure):
    assert guess_style(values) == (style, is_sure)


def test_a_name_in_parts_a_key_or_an_address_is_enough():
    for chosen in (
        ["name", None],
        ["first_name", "last_name"],
        ["last_name"],
        ["key", "phone"],
        ["email", "phone"],
    ):
        assert rules.why_not_columns(chosen) is None


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (
            ["name", "phone", "phone"],
            "Two columns are chosen as “Phone”. Leave one of them out.",
        ),
        (
            ["name", "last_name"],
            "Choose either the whole name, or the first and the last name.",
        ),
        (["phone", None], "Say which column holds the name."),
        ([], "Say which column holds the name."),
    ],
)
def test_columns_that_make_no_people_are_refused(chosen, sentence):
    assert rules.why_not_columns(chosen) == sentence


def test_everything_has_a_label():
    assert set(rules.STYLES) == set(Style)


@pytest.mark.parametrize(
    "row",
    [
        ["Total: 1"],
        ["", "TOTAL", "", "12"],
        ["Grand total of clients", "12"],
        ["Total participants: 7"],
        ["Number of records: 3"],
        ["Patients 12"],
        ["12 records found"],
        ["Count = 4"],
        ["Printed by Kim Lee", "11/28/2026"],
        ["Generated on 2026-11-28 10:14 by the front desk"],
        ["Page 1 of 3"],
        ["End of report"],
        ["-----", "-----"],
    ],
)
def test_a_row_that_counts_the_others_or_says_who_printed_them_is_about_nobody(row):
    assert rules.is_footer(row)


@pytest.mark.parametrize(
    "row",
    [
        ["Jo Avery", "1990-03-09"],
        ["Total", "Recall"],
        ["Page Turner"],
        ["Page", "1990-03-09"],
        ["Count Basie"],
        ["Patience Totals"],
        ["Total: 1", "jo@example.org"],
        ["", ""],
        [],
    ],
)
def test_a_row_with_a_name_is_about_somebody(row):
    assert not rules.is_footer(row)
