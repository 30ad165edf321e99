from datetime import date
from typing import NamedTuple

import pytest

from clinic.accounts.models import Account
from clinic.participants.models import Participant
from clinic.participants.rules import LABELS, RECOGNIZED_BY, alike, facts_of

BORN = date(1990, 2, 3)
PHONE = "+12025550123"


class Row(NamedTuple):
    id: int
    name: str
    preferred_name: str | None = None
    birth_on: date | None = None
    phone: str | None = None
    email: str | None = None


def person_of(*facts):
    return dict.fromkeys(RECOGNIZED_BY) | dict(zip(RECOGNIZED_BY, facts, strict=False))


def reason(person, row):
    found = alike(person_of(*person), [row])
    assert [each for each, _ in found] in ([], [row])
    return found[0][1] if found else None


@pytest.mark.parametrize(
    ("person", "row", "expected"),
    [
        (("Jordan Avery",), ("Jordan Avery",), "the same name"),
        (("avery jordán",), ("Jordan Avery",), "the same name"),
        (("Jordan Avery",), ("Jordan Averi",), None),
        (
            ("Jordan Avery", None, BORN),
            ("Jordan Averi", None, BORN),
            "a similar name and the same birth date",
        ),
        (
            ("Jordan Avery", None, BORN),
            ("Jordan Avery", None, BORN),
            "the same name and the same birth date",
        ),
        (("Jordan Avery", None, BORN), ("Jordan Avery", None, date(1980, 1, 1)), "the same name"),
        (("Jordan Avery", None, BORN), ("Jordan Averi", None, date(1980, 1, 1)), None),
        (("Jordan Avery", None, BORN), ("Priya Raman", None, BORN), None),
        (
            ("Jo Avery", None, BORN),
            ("Jordan Avery", "Jo", BORN),
            "a similar name and the same birth date",
        ),
        (
            ("Jordan Avery", "Jo", BORN),
            ("Jo Avery", None, BORN),
            "a similar name and the same birth date",
        ),
        (("A B", None, None, PHONE), ("C D", None, None, PHONE), "the same phone number"),
        (("A B", None, None, PHONE), ("C D", None, None, "+12025550124"), None),
        (
            ("A B", None, None, None, "Jo@Example.org"),
            ("C D", None, None, None, "jo@example.org"),
            "the same e-mail address",
        ),
        (
            ("Jordan Avery", None, BORN, PHONE, "jo@example.org"),
            ("Jordan Avery", None, BORN, PHONE, "jo@example.org"),
            "the same name, the same birth date, the same phone number and the same e-mail address",
        ),
        (("Jordan Avery", None, BORN, PHONE, "jo@example.org"), ("Priya Raman",), None),
        (("Jordan Avery", "Jo"), ("Priya Raman", "Jo"), None),
    ],
)
def test_somebody_may_be_on_the_list_already(person, row, expected):
    assert reason(person, Row(1, *row)) == expected


def test_the_likeliest_come_first_and_equals_by_name():
    rows = [
        Row(1, "Zoe Else", phone=PHONE),
        Row(2, "Ada Else", phone=PHONE),
        Row(3, "Jordan Avery", birth_on=BORN, phone=PHONE),
        Row(4, "Somebody New"),
    ]
    person = person_of("Jordan Avery", None, BORN, PHONE)
    assert [row.id for row, _ in alike(person, rows)] == [3, 2, 1]


def test_somebody_is_recognised_by_what_stands_in_their_record():
    jo = Participant(
        name="Jordan Avery",
        preferred_name="Jo",
        birth_on=BORN,
        phone=PHONE,
        account=Account(email="jo@example.org"),
    )
    known = person_of("Jordan Avery", "Jo", BORN, PHONE, "jo@example.org")
    assert facts_of(jo) == dict.fromkeys(LABELS) | known
