from datetime import date

import pytest

from clinic.participants import rules
from clinic.participants.models import Consent, Contact, Scope
from clinic.participants.rules import ConsentState

TODAY = date(2026, 3, 4)
MOTHER = Contact(id=7, name="Dana Avery")
DAY = date.fromisoformat


def consent(contact=MOTHER, **facts):
    defaults = {
        "contact_id": contact.id if contact else None,
        "recipient": contact.name if contact else "County court",
        "scope": frozenset({Scope.ATTENDANCE}),
        "given_on": DAY("2026-01-05"),
        "expires_on": None,
        "revoked_on": None,
    }
    return Consent(**defaults | facts)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({}, None),
        ({"given_on": TODAY, "expires_on": TODAY}, None),
        ({"scope": ()}, "Choose what may be told."),
        ({"given_on": DAY("2026-03-05")}, "A consent cannot be given on a future date."),
        (
            {"expires_on": DAY("2026-01-04")},
            "The last day is before the day it was given.",
        ),
    ],
)
def test_a_consent_says_what_and_since_when(facts, sentence):
    defaults = {"scope": [Scope.HOURS], "given_on": DAY("2026-01-05"), "expires_on": None}
    assert rules.why_not_give_consent(**defaults | facts, today=TODAY) == sentence


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2026-01-05", None),
        ("2026-03-04", None),
        ("2026-01-04", "It was given on Jan 5, 2026, after this day."),
        ("2026-03-05", "A consent cannot be revoked on a future date."),
    ],
)
def test_a_consent_is_taken_back_after_it_was_given_and_not_ahead(day, sentence):
    given_on = DAY("2026-01-05")
    assert (
        rules.why_not_revoke_consent(given_on=given_on, revoked_on=DAY(day), today=TODAY)
        == sentence
    )


@pytest.mark.parametrize(
    ("facts", "day", "expected"),
    [
        ({}, "2026-01-04", False),
        ({}, "2026-01-05", True),
        ({}, "2036-01-05", True),
        ({"expires_on": DAY("2026-03-04")}, "2026-03-04", True),
        ({"expires_on": DAY("2026-03-04")}, "2026-03-05", False),
        ({"revoked_on": DAY("2026-03-04")}, "2026-03-03", True),
        ({"revoked_on": DAY("2026-03-04")}, "2026-03-04", False),
        ({"revoked_on": DAY("2026-01-05")}, "2026-01-05", False),
    ],
)
def test_a_consent_is_in_force_from_its_day_to_its_last_or_until_it_is_taken_back(
    facts, day, expected
):
    assert rules.is_in_force(consent(**facts), DAY(day)) is expected


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, ConsentState.IN_FORCE),
        ({"expires_on": DAY("2026-04-04")}, ConsentState.IN_FORCE),
        ({"expires_on": DAY("2026-04-03")}, ConsentState.EXPIRES_SOON),
        ({"expires_on": TODAY}, ConsentState.EXPIRES_SOON),
        ({"expires_on": DAY("2026-03-03")}, ConsentState.EXPIRED),
        ({"revoked_on": TODAY}, ConsentState.REVOKED),
        ({"expires_on": DAY("2026-02-01"), "revoked_on": DAY("2026-01-20")}, ConsentState.REVOKED),
    ],
)
def test_a_consent_stands_somewhere_on_a_day(facts, state):
    assert rules.consent_state(consent(**facts), TODAY) is state
    assert state.is_over is (state in ("expired", "revoked"))


def test_a_consent_is_for_a_contact_or_for_whoever_is_written_the_same_way():
    assert rules.is_for(consent(), MOTHER)
    assert not rules.is_for(consent(), Contact(id=8, name="Dana Avery"))
    assert not rules.is_for(consent(None, recipient="Dana Avery"), MOTHER)
    court = consent(None)
    assert rules.is_for(court, " county  COURT")
    assert not rules.is_for(court, "Supreme court")


def test_what_may_be_told_is_all_that_consents_in_force_cover_together():
    given = [
        consent(scope=frozenset({Scope.HOURS})),
        consent(scope=frozenset({Scope.ENROLLMENT, Scope.HOURS})),
        consent(scope=frozenset({Scope.SCHEDULE}), revoked_on=TODAY),
        consent(None, scope=frozenset({Scope.ATTENDANCE})),
    ]
    assert rules.may_be_told(given, MOTHER, TODAY) == ["enrollment", "weekly hours"]
    assert rules.may_be_told([], MOTHER, TODAY) == []


def test_every_scope_has_its_words():
    assert set(rules.SCOPES) == set(rules.SHORT) == set(Scope)
