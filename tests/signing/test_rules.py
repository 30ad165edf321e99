from datetime import date
from types import SimpleNamespace

import pytest

from clinic.permissions import Role
from clinic.programs.models import Kind, Measure, Population, Rule
from clinic.signing import rules
from tests.bookings.by_hand import NEW_YORK, at

MONDAY = date(2026, 3, 2)


def signature(staff_id=7, name="Ana Rivera", signatures_min=1):
    return SimpleNamespace(staff_id=staff_id, name=name, signatures_min=signatures_min)


def licensed(number="C.1234", expires_on=MONDAY):
    return SimpleNamespace(license_number=number, license_expires_on=expires_on)


@pytest.mark.parametrize(
    ("signer", "is_valid", "words"),
    [
        (licensed(), True, "License C.1234, valid until Mar 2, 2026."),
        (
            licensed(expires_on=date(2026, 3, 1)),
            False,
            "License C.1234 had expired on Mar 1, 2026.",
        ),
        (
            licensed(expires_on=None),
            False,
            "License C.1234: until when it is valid is not on record.",
        ),
        (licensed(number=None), False, "No license is on record."),
        (licensed(number=None, expires_on=None), False, "No license is on record."),
    ],
)
def test_a_license_is_judged_by_the_day_of_the_session(signer, is_valid, words):
    assert rules.is_license_valid(signer, MONDAY) is is_valid
    assert rules.license_words(signer, MONDAY) == words


@pytest.mark.parametrize(
    ("staff_id", "is_leader", "may_for_others", "signed", "why_not"),
    [
        (7, True, False, [], None),
        (7, False, True, [], None),
        (7, False, False, [], rules.NOT_YOURS),
        (None, False, True, [], rules.NO_STAFF),
        (7, True, False, [signature(8)], None),
        (7, True, False, [signature(7)], rules.ONCE_EACH),
    ],
)
def test_who_led_it_signs_or_a_coordinator_on_behalf(
    staff_id, is_leader, may_for_others, signed, why_not
):
    found = rules.why_not_by(
        staff_id, is_leader=is_leader, may_for_others=may_for_others, signed=signed
    )
    assert found == why_not


@pytest.mark.parametrize(
    ("figures", "kind", "number"),
    [
        ([], Kind.GROUP, 1),
        ([Rule(measure=Measure.SIGNATURES_MIN, value=2)], Kind.GROUP, 2),
        ([Rule(measure=Measure.SIGNATURES_MIN, value=5)], Kind.GROUP, 2),
        ([Rule(measure=Measure.SIGNATURES_MIN, value=0)], Kind.GROUP, 1),
        ([Rule(measure=Measure.SIGNATURES_MIN, kind=Kind.FAMILY, value=2)], Kind.GROUP, 1),
        ([Rule(measure=Measure.SIGNATURES_MIN, kind=Kind.FAMILY, value=2)], Kind.FAMILY, 2),
    ],
)
def test_a_rule_set_may_ask_for_two(figures, kind, number):
    assert rules.signatures_min(figures, kind, Population.ADULT) == number


def test_what_is_attested_says_whose_word_it_is():
    said = {
        rules.attested(1, is_second=is_second, is_on_behalf=is_on_behalf)
        for is_second in (False, True)
        for is_on_behalf in (False, True)
    }
    assert len(said) == 3
    assert rules.NOW_ATTESTED in rules.ATTESTED


def test_a_sheet_says_what_it_waits_for():
    sheet = SimpleNamespace(unmarked=2, waits=False)
    assert rules.state_of(sheet).word == "2 people unmarked"
    sheet.unmarked = 0
    assert rules.state_of(sheet).word == "Complete"
    sheet.waits = True
    assert rules.state_of(sheet).word == "Second signature"


def test_a_signature_reads_as_a_sentence():
    one = licensed()
    one.name, one.credentials, one.signed_at = "Ana Rivera", "LCSW", at("11:05")
    one.is_second, one.is_on_behalf = False, False
    told = "Ana Rivera, LCSW, Mon, Mar 2, 11:05 am. License C.1234, valid until Mar 2, 2026."
    assert rules.signature_words(one, MONDAY, NEW_YORK) == told
    one.credentials, one.is_on_behalf = None, True
    assert "Ana Rivera on behalf of whoever led it, Mon" in rules.signature_words(
        one, MONDAY, NEW_YORK
    )
    one.is_second = True
    assert "Ana Rivera as the second person, Mon" in rules.signature_words(one, MONDAY, NEW_YORK)


def test_who_led_is_whoever_nobody_said_did_not():
    leaders = [
        SimpleNamespace(staff_id=1, has_led=None),
        SimpleNamespace(staff_id=2, has_led=False),
        SimpleNamespace(staff_id=3, has_led=True),
    ]
    assert [each for each in (1, 2, 3, 4, None) if rules.has_led(leaders, each)] == [1, 3]


def test_it_says_how_many_are_signed():
    assert rules.signed_words(1) == "The sheet is signed."
    assert rules.signed_words(1, "Skills, Mon, Mar 2") == "Skills, Mon, Mar 2: the sheet is signed."
    assert rules.signed_words(3, "Skills, Mon, Mar 2") == "3 sheets are signed."
    assert rules.signed_words(3) == "3 sheets are signed."


@pytest.mark.parametrize(
    ("newest", "roles", "is_written_to"),
    [
        (date(2026, 3, 1), {Role.CLINICIAN}, True),
        (date(2026, 2, 23), {Role.COORDINATOR}, True),
        (date(2026, 2, 22), {Role.CLINICIAN}, False),
        (date(2026, 3, 1), {Role.BILLING}, False),
    ],
)
def test_who_has_a_sheet_of_the_last_days_is_written_to(newest, roles, is_written_to):
    row = SimpleNamespace(newest=newest, roles=frozenset(roles))
    assert rules.is_to_remind(row, MONDAY) is is_written_to


def test_the_message_names_nobody_and_no_group():
    told = rules.reminder(3, "https://clinic.example.org/sheets")
    assert "you have 3 sheets to sign.\n\nhttps://clinic.example.org/sheets\n" in told
    assert "you have 1 sheet to sign.\n\nThis message" in rules.reminder(1, "")


OPEN, CLOSED = SimpleNamespace(signed_at=None), SimpleNamespace(signed_at=at("12:00"))


@pytest.mark.parametrize(
    ("signed", "rows", "staff_id", "adds"),
    [
        ([], [OPEN], 7, False),
        ([signature(7)], [CLOSED], 7, False),
        ([signature(7)], [CLOSED, OPEN], 7, True),
        ([signature(7)], [CLOSED, OPEN], 8, True),
        ([signature(7, signatures_min=2)], [CLOSED, OPEN], 7, True),
        ([signature(7, signatures_min=2)], [CLOSED, OPEN], 8, False),
    ],
)
def test_who_came_onto_a_signed_sheet_is_signed_for_without_another_signature(
    signed, rows, staff_id, adds
):
    assert rules.signs_for_added(signed, rows, staff_id) is adds
