from datetime import date
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.intake.models import Part, Settings
from clinic.intake.rules import (
    SOMEBODY_ELSE,
    Directory,
    Standing,
    answers_to,
    counts_of,
    namesakes_in_question,
    plan_rows,
    same_name,
    why_not_bring_in,
)
from clinic.tables.rules import Style

TODAY = date(2026, 3, 4)


class Known(NamedTuple):
    """A participant, as the directory has them."""

    id: int
    key: str
    name: str
    preferred_name: str | None = None
    birth_on: date | None = None
    email: str | None = None
    phone: str | None = None
    pin_digest: str | None = None


EVERYTHING = (
    "name",
    "birth_on",
    "email",
    "phone",
    "pin",
    "key",
)
JORDAN = Known(
    id=1,
    key="p-001",
    name="Jordan Avery",
    birth_on=date(1990, 3, 9),
    email="jordan@example.org",
    phone="+12025550123",
    pin_digest="digest of 482913",
)


def digest_of(pin):
    return f"digest of {pin}"


def directory_of(*people, emails=(), keys=()):
    return Directory(
        people=people,
        emails=[*emails, *(known.email for known in people if known.email)],
        keys=[*keys, *(known.key for known in people)],
        pins={known.pin_digest: known.id for known in people if known.pin_digest},
        digest_of=digest_of,
    )


def planned(*cells, there=(), columns=EVERYTHING, **how):
    """The rows of a list below its header, with the columns of everything."""
    rows = [[""], *[[*row, *[""] * (len(columns) - len(row))] for row in cells]]
    settings = Settings((Part("", 0, len(rows), []),), header=0, columns=tuple(columns), **how)
    there = there if isinstance(there, Directory) else directory_of(*there)
    return plan_rows(rows, settings, there, today=TODAY)


def standings(*cells, **how):
    return [row.standing for row in planned(*cells, **how)]


def problems(*cells, **how):
    return [row.problems for row in planned(*cells, **how)]


# What a row says


def test_a_row_gives_its_facts():
    (row,) = planned(["Jo Avery", "1990-03-09", "Jo@Example.org", "202 555 0123", "482913", "x-1"])
    assert (row.standing, row.facts) == (
        Standing.ADD,
        {
            "name": "Jo Avery",
            "birth_on": date(1990, 3, 9),
            "email": "jo@example.org",
            "phone": "+12025550123",
            "pin": "482913",
            "key": "x-1",
        },
    )


def test_first_and_last_name_make_a_name():
    columns = ("first_name", "last_name", None)
    rows = planned(["Jo", "Avery", "note"], ["Cruz"], ["", "Diaz"], columns=columns)
    assert [row.facts for row in rows] == [
        {"name": "Jo Avery"},
        {"name": "Cruz"},
        {"name": "Diaz"},
    ]


def test_each_cell_that_cannot_be_read_says_so_at_its_place():
    assert problems(["Jo Avery", "yesterday", "jo@"]) == [
        {
            1: "This is not a date. Write it like 1990-03-09.",
            2: "This is not an e-mail address. Write it like name@example.org.",
        }
    ]


def test_days_are_read_in_the_style_of_their_column():
    (row,) = planned(["Jo Avery", "9/3/1990"], styles={1: Style.DAY_FIRST})
    assert row.facts["birth_on"] == date(1990, 3, 9)


def test_what_the_file_left_in_doubt_stands_at_its_cell_or_row():
    marks = {(1, 1): "A formula.", (1, None): "Too many fields.", (1, 9): "Elsewhere."}
    assert problems(["Jo Avery", "1990-03-09"], marks=marks) == [
        {None: "Too many fields.", 1: "A formula."}
    ]


def test_a_doubt_in_a_column_that_is_left_out_is_none():
    assert problems(["Jo Avery", "x"], columns=("name", None), marks={(1, 1): "No."}) == [{}]


def test_somebody_without_a_name_cannot_be_added():
    assert problems(["", "1990-03-09"]) == [{0: "The name is missing."}]
    assert problems(["x-1"], columns=("key",)) == [
        {None: "Nobody has this number or e-mail address, and there is no name to add."}
    ]


def test_a_row_that_is_left_out_is_not_looked_at():
    rows = planned(["Jo Avery"], ["Jo Avery", "rubbish"], left_out=frozenset([2]))
    assert [row.standing for row in rows] == [Standing.ADD, Standing.LEFT_OUT]


# Who a row is


@pytest.mark.parametrize(
    "cells",
    [
        ["", "", "", "", "", "p-001"],
        ["", "", "Jordan@example.org"],
        ["jordan  AVERY", "1990-03-09"],
        ["Jordan Avery", "", "", "202-555-0123"],
        ["Jordan Ávery", "", "jordan@example.org"],
        ["J. Avery", "1990-03-09", "jordan@example.org"],
    ],
)
def test_somebody_is_known_by_key_address_or_name_with_birth_date_or_phone(cells):
    (row,) = planned(cells, there=[JORDAN])
    assert row.match == JORDAN


def test_what_the_file_does_not_say_is_kept_and_what_it_says_again_is_no_change():
    same = ["Jordan Avery", "1990-03-09", "jordan@example.org", "2025550123", "482913", "p-001"]
    assert standings(same, there=[JORDAN]) == [Standing.SAME]
    assert standings(same[:2], there=[JORDAN]) == [Standing.SAME]


def test_what_is_another_is_changed():
    (row,) = planned(
        ["Jordan Avery-Cruz", "", "", "202-555-0177", "927364", "p-001"], there=[JORDAN]
    )
    assert (row.standing, row.changes) == (
        Standing.CHANGE,
        {
            "name": ("Jordan Avery", "Jordan Avery-Cruz"),
            "phone": ("+12025550123", "+12025550177"),
            "pin": ("", "927364"),
        },
    )


def test_a_namesake_born_on_another_day_is_somebody_else():
    assert standings(["Jordan Avery", "1991-04-10"], there=[JORDAN]) == [Standing.ADD]


QUESTION = {None: "Somebody here has this name: p-001. Say whether it is them."}


def test_a_name_alone_is_a_question():
    (row,) = planned(["Jordan Avery"], there=[JORDAN])
    assert (row.problems, row.candidates, row.match) == (QUESTION, [JORDAN], None)


def test_a_namesake_with_an_unknown_number_is_a_question_too():
    (row,) = planned(["Jordan Avery", "1990-03-09", "", "", "", "x-1"], there=[JORDAN])
    assert row.problems == QUESTION


def test_the_question_can_be_answered_either_way():
    for answer, standing in (("1", Standing.SAME), (SOMEBODY_ELSE, Standing.ADD)):
        assert standings(["Jordan Avery"], there=[JORDAN], answers={1: answer}) == [standing]


def test_an_answer_that_names_nobody_of_them_is_none():
    assert problems(["Jordan Avery"], there=[JORDAN], answers={1: "7"}) == [QUESTION]


def test_among_several_namesakes_it_is_asked_which():
    other = JORDAN._replace(id=2, key="p-002", email=None, pin_digest=None)
    (row,) = planned(["Jordan Avery", "1990-03-09"], there=[JORDAN, other])
    assert row.problems == {
        None: "2 people here may be this person. Say whether it is one of them."
    }
    (row,) = planned(["Jordan Avery"], there=[JORDAN, other], answers={1: "2"})
    assert row.match == other


def test_an_address_of_somebody_with_another_name_is_a_question():
    (row,) = planned(["Casey Avery", "", "jordan@example.org"], there=[JORDAN])
    assert row.problems == {
        None: "Jordan Avery, p-001, has the same e-mail address, but another name."
        " Say whether it is them."
    }


def test_somebody_else_needs_another_address():
    cells = ["Casey Avery", "", "jordan@example.org"]
    assert problems(cells, there=[JORDAN], answers={1: SOMEBODY_ELSE}) == [
        {2: "This e-mail address belongs to somebody else already."}
    ]


# What speaks against a row's being somebody is asked, whatever else says that it is


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (
            ["Jordan Avery", "2003-08-15", "", "202-555-0123"],
            "name and phone number, but another birth date",
        ),
        (
            ["Jordan Avery", "2003-08-15", "jordan@example.org"],
            "name and e-mail address, but another birth date",
        ),
        (
            ["Jordan Avery", "2003-08-15", "", "", "", "p-001"],
            "number and name, but another birth date",
        ),
        (["", "2003-08-15", "jordan@example.org"], "e-mail address, but another birth date"),
        (
            ["Casey Avery", "1990-03-09", "jordan@example.org"],
            "birth date and e-mail address, but another name",
        ),
        (
            ["Casey Cruz", "2003-08-15", "", "", "", "p-001"],
            "number, but another name and another birth date",
        ),
    ],
)
def test_another_birth_date_or_name_is_a_question(cells, words):
    (row,) = planned(cells, there=[JORDAN])
    sentence = f"Jordan Avery, p-001, has the same {words}. Say whether it is them."
    assert (row.match, row.changes, row.problems) == (None, {}, {None: sentence})


SON = ["Jordan Avery", "2003-08-15", "", "202-555-0123"]


def test_whether_it_is_them_is_answered_with_what_is_right():
    (row,) = planned(SON, there=[JORDAN])
    same = "The same person: Jordan Avery, p-001, born Mar 9, 1990"
    assert answers_to(row) == [
        ("1:list", f"{same}. Take the birth date of the list"),
        ("1:record", f"{same}. Keep the birth date that we have"),
        ("else", "Somebody else"),
    ]
    assert standings(SON, there=[JORDAN], answers={1: "else"}) == [Standing.ADD]
    assert standings(SON, there=[JORDAN], answers={1: "1:record"}) == [Standing.SAME]
    (row,) = planned(SON, there=[JORDAN], answers={1: "1:list"})
    moved = {"birth_on": (date(1990, 3, 9), date(2003, 8, 15))}
    assert (row.standing, row.changes) == (Standing.CHANGE, moved)


def test_that_they_are_the_same_is_no_answer_to_what_is_right():
    for answer in ("1", "1:", "1:rubbish", "2:list"):
        assert standings(SON, there=[JORDAN], answers={1: answer}) == [Standing.PROBLEM]
    assert namesakes_in_question(planned(SON, there=[JORDAN])) == {}


def test_of_two_facts_the_list_can_be_right_in_both():
    cells = ["Casey Cruz", "2003-08-15", "", "", "", "p-001"]
    (row,) = planned(cells, there=[JORDAN], answers={1: "1:list"})
    assert set(row.changes) == {"name", "birth_on"}
    assert standings(cells, there=[JORDAN], answers={1: "1:record"}) == [Standing.SAME]


def test_somebody_new_needs_another_number_than_somebodys():
    cells = ["Casey Cruz", "2003-08-15", "", "", "", "p-001"]
    assert problems(cells, there=[JORDAN], answers={1: "else"}) == [
        {5: "This number is somebody else’s."}
    ]


def test_a_namesake_who_shares_the_phone_is_asked_about_beside_one_who_may_be_it():
    father, son = JORDAN, JORDAN._replace(id=2, key="p-002", birth_on=None, email=None, phone=None)
    (row,) = planned(SON, there=[father, son])
    assert [value for value, _ in answers_to(row)] == ["1:list", "1:record", "2", "else"]
    both = [father, JORDAN._replace(id=3, key="p-003", email=None)]
    (row,) = planned(SON, there=both)
    assert row.candidates == both


def test_who_goes_by_a_shorter_name_is_no_other():
    jo = JORDAN._replace(preferred_name="Jo")
    for name in ("Jo Avery", "J. Avery", "Avery Jordan", "Jordan Avery-Cruz"):
        assert standings([name, "", "", "", "", "p-001"], there=[jo])[0] is not Standing.PROBLEM


def test_one_namesake_can_be_said_to_be_the_same_but_not_one_of_several_or_another_name():
    sam = [Known(id=number, key=f"p-{number}", name="Sam Diaz") for number in (2, 3)]
    rows = planned(
        ["JORDAN AVERY"],
        ["Sam Diaz"],
        ["Casey Avery", "", "jordan@example.org"],
        ["Pia Park", "never"],
        there=[JORDAN, *sam],
    )
    assert namesakes_in_question(rows) == {1: "1"}
    rows = planned(["Jordan Avery", "", "jo@"], there=[JORDAN], answers={1: "1"})
    assert namesakes_in_question(rows) == {}


def test_what_belongs_to_somebody_else_is_refused_at_its_cell():
    there = directory_of(JORDAN, emails=["staff@example.org"], keys=["merged"])
    cells = ["Casey Cruz", "", "staff@example.org", "", "482913", "merged"]
    assert problems(cells, there=there) == [
        {
            2: "This e-mail address belongs to somebody else already.",
            4: "This PIN is someone else’s, or was. Choose another.",
            5: "This number was somebody else’s.",
        }
    ]


# Twins in the list


def test_the_same_address_pin_or_number_twice_is_said_at_the_second():
    first = ["Jo Avery", "", "jo@example.org", "", "482913", "x-1"]
    second = ["Casey Cruz", "", "jo@example.org", "", "482913", "x-1"]
    assert problems(first, second) == [
        {},
        {
            2: "Row 2 has the same e-mail address.",
            4: "Row 2 has the same PIN.",
            5: "Row 2 has the same number.",
        },
    ]


def test_two_rows_of_one_participant_are_said():
    assert problems(
        ["Jordan Avery", "1990-03-09"], ["", "", "jordan@example.org"], there=[JORDAN]
    ) == [{}, {None: "Row 2 is the same person. Leave one of them out."}]


TWO = "Leave one out, or say that they are two."


@pytest.mark.parametrize(
    ("births", "sentence"),
    [
        (("1990-03-09", "1990-03-09"), f"Row 2 has the same name and birth date. {TWO}"),
        (("", ""), f"Row 2 has the same name. {TWO}"),
        (("1990-03-09", ""), f"Row 2 has the same name. {TWO}"),
        (("", "1990-03-09"), f"Row 2 has the same name. {TWO}"),
        (("1990-03-09", "1991-04-10"), None),
    ],
)
def test_namesakes_in_the_list_are_said_unless_born_on_other_days(births, sentence):
    rows = [["Jo Avery", births[0]], ["jo avery", births[1]]]
    assert problems(*rows) == [{}, {None: sentence} if sentence else {}]
    assert standings(*rows, answers={2: SOMEBODY_ELSE}) == [Standing.ADD, Standing.ADD]


# All or nothing


def test_a_list_with_a_problem_is_not_brought_in():
    bad = ["Jo Avery", "yesterday"]
    assert why_not_bring_in(planned(bad)) == (
        "1 row has a problem. Correct it or leave it out: everyone is imported together."
    )
    assert why_not_bring_in(planned(bad, ["Casey Cruz", "never"])) == (
        "2 rows have a problem. Correct them or leave them out: everyone is imported together."
    )


def test_a_list_that_would_do_nothing_is_not_brought_in():
    assert why_not_bring_in(planned(["Jordan Avery", "1990-03-09"], there=[JORDAN])) == (
        "There is nobody to add and nothing to change."
    )


def test_a_list_of_newcomers_can_be_brought_in():
    rows = planned(["Jo Avery"], ["Casey Cruz"])
    assert (why_not_bring_in(rows), counts_of(rows)[Standing.ADD]) == (None, 2)


def test_a_name_is_the_same_in_other_letters():
    assert same_name("José  O'Neil") == same_name("JOSE ONEIL")
    assert same_name("!?") == "!?"


# Any table

WORDS = st.sampled_from(
    ["", "Jo Avery", "Avery, Jo", "jo avery", "Jordan Avery", "1990-03-09", "3/9/1990", "=1",
     "jo@example.org", "jordan@example.org", "2025550123", "482913", "p-001", "p-002", "x" * 130]
)  # fmt: skip
TABLES = st.lists(st.lists(WORDS | st.text(max_size=8), min_size=6, max_size=6), max_size=8)


@given(TABLES)
def test_every_row_has_problems_or_facts_that_can_be_brought_in(table):
    for row in planned(*table, there=[JORDAN]):
        if row.standing is Standing.PROBLEM:
            assert row.problems != {}
        else:
            assert row.problems == {}
            assert row.match is not None or row.facts["name"]


@given(TABLES)
def test_what_was_brought_in_is_there_and_changes_nothing_the_second_time(table):
    rows = [row for row in planned(*table, there=[JORDAN]) if row.standing is not Standing.PROBLEM]
    left_out = frozenset(range(1, len(table) + 1)) - {row.at for row in rows}
    there = after(rows)
    # A name alone stays a question: whoever brings it in again says who it is.
    again = planned(*table, there=there, left_out=left_out)
    for row in again:
        assert row.standing in {Standing.SAME, Standing.LEFT_OUT, Standing.PROBLEM}
        if row.standing is Standing.PROBLEM:
            assert list(row.problems) == [None]
            assert row.candidates != []


def after(rows):
    """The people there once these rows are in."""
    people = {JORDAN.id: JORDAN}
    for row in rows:
        said = {name: value for name, value in row.facts.items() if name != "pin"}
        if "pin" in row.facts:
            said["pin_digest"] = digest_of(row.facts["pin"])
        if row.match:
            said.pop("key", None)
            people[row.match.id] = people[row.match.id]._replace(**said)
        else:
            number = 10 + len(people)
            people[number] = Known(**{"id": number, "key": f"n-{number}"} | said)
    return list(people.values())
