from datetime import date, timedelta
from random import Random

from clinic.demo import people
from clinic.exchange.models.clinic_file import ParticipantShape

MONDAY = date(2026, 11, 16)
TEENS = {51, 52}


def everyone():
    return [
        ParticipantShape.model_validate(one)
        for one in people.participants(Random(1), MONDAY, TEENS)
    ]


def test_nobody_shares_an_address_a_pin_or_a_number():
    found = everyone()
    for fact in ("key", "email", "pin"):
        assert len({getattr(one, fact) for one in found}) == 68
    phones = [one.phone for one in found if one.phone]
    assert len(set(phones)) == len(phones) == 57


def test_people_differ():
    found = everyone()
    assert sum(one.preferred_name is not None for one in found) == 18
    assert sum(one.pronouns is not None for one in found) == len(people.PRONOUNS)
    assert len({one.language for one in found}) > 4


def test_the_young_are_young_and_have_a_parent_who_may_be_told():
    found = everyone()
    assert len(found) == 68
    for number, one in enumerate(found, start=1):
        age = (MONDAY - one.birth_on).days // 365
        assert (14 <= age <= 17) if number in TEENS else (20 <= age <= 62)
        if number in TEENS:
            (parent,) = one.contacts
            assert parent.relation in {"mother", "father"}
            assert one.consents[0].contact == parent.name


def test_of_the_consents_one_has_run_out_and_one_was_taken_back():
    consents = [consent for one in everyone() for consent in one.consents]
    assert sum(one.expires_on is not None and one.expires_on < MONDAY for one in consents) == 1
    assert [one.revoked_on for one in consents if one.revoked_on] == [MONDAY - timedelta(days=5)]
