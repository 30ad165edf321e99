from datetime import date
from types import SimpleNamespace

import pytest

from clinic.programs.models import Kind, Measure, Population, Rule
from clinic.signing import rules
from tests.attendance.bookings import at

MONDAY = date(2026, 3, 2)
GROUP = SimpleNamespace(is_cancelled=False, ends_at=at("11:00"))


def signature(staff_id=7, name="Ana Rivera", signatures_min=1):
    return SimpleNamespace(staff_id=staff_id, name=name, signatures_min=signatures_min)


def licensed(number="C.1234", expires_on=MONDAY):
    return SimpleNamespace(license_number=number, license_expires_on=expires_on)


@pytest.mark.parametrize(
    ("signer", "is_valid", "words"),
    [
        (licensed(), True, "License C.1234 was valid, Mon, Mar 2, 2026."),
        (
            licensed(expires_on=date(2026, 3, 1)),
            False,
            "License C.1234 expired, Sun, Mar 1, 2026.",
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
    ("session", "listed", "now", "why_not"),
    [
        (GROUP, 3, "11:00", None),
        (GROUP, 3, "10:59", rules.NOT_ENDED),
        (GROUP, 0, "11:00", rules.NOBODY),
        (SimpleNamespace(is_cancelled=True, ends_at=at("11:00")), 3, "11:00", rules.CANCELLED),
    ],
)
def test_a_sheet_is_signed_when_its_session_has_ended(session, listed, now, why_not):
    assert rules.why_not_now(session, listed=listed, now=at(now)) == why_not


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
    ("signed", "is_all_signed", "why_not"),
    [
        ([], False, None),
        ([], True, rules.BY_IMPORT),
        ([signature()], True, "Ana Rivera signed this sheet already."),
        ([signature(signatures_min=2)], True, None),
        (
            [signature(signatures_min=2), signature(8, "Sam Cole", 2)],
            True,
            "Ana Rivera and Sam Cole signed this sheet already.",
        ),
    ],
)
def test_a_sheet_has_as_many_signatures_as_were_asked_for(signed, is_all_signed, why_not):
    assert rules.why_not_again(signed, is_all_signed=is_all_signed) == why_not


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
