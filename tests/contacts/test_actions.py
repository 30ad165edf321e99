import json
from datetime import date

import pytest
from sqlalchemy import select

from clinic.contacts import actions
from clinic.db import db
from clinic.errors import Refused
from clinic.participants.models import Consent, Contact, Scope
from clinic.trail import Actor, TrailEvent
from tests import make

DESK = Actor("account", 7)
NOW = make.instant("2026-03-02 10:00")
TODAY = date(2026, 3, 2)
DANA = {
    "name": "Dana Avery",
    "relation": "mother",
    "phone": "202-555-0177",
    "email": "dana@example.org",
    "is_for_emergencies": True,
}


def add(participant, **facts):
    return actions.add_contact(participant, **facts, by=DESK, now=NOW)


def give(participant, to="County court", **facts):
    defaults = {
        "purpose": "report to the court",
        "scope": [Scope.HOURS, Scope.ATTENDANCE],
        "given_on": date(2026, 1, 5),
    }
    return actions.give_consent(participant, to, **defaults | facts, today=TODAY, by=DESK, now=NOW)


def revoke(consent, day):
    return actions.revoke_consent(
        consent, revoked_on=date.fromisoformat(day), today=TODAY, by=DESK, now=NOW
    )


def events():
    rows = db.execute(select(TrailEvent.verb, TrailEvent.facts).order_by(TrailEvent.id))
    return [(verb, json.loads(facts)) for verb, facts in rows]


def facts_of(contact):
    return {fact: getattr(contact, fact) for fact in DANA}


def test_a_contact_is_noted_with_what_is_known(app):
    jo = make.participant()
    dana = add(jo, **DANA)
    assert db.scalars(select(Contact)).all() == [dana]
    assert facts_of(dana) == DANA | {"phone": "+12025550177"}
    assert (dana.participant_id, dana.ended_at) == (jo.id, None)
    assert events() == [("contact.added", {"participant": jo.id})]


def test_a_name_is_enough(app):
    dana = add(make.participant(), name="Dana")
    assert facts_of(dana) == {
        "name": "Dana",
        "relation": None,
        "phone": None,
        "email": None,
        "is_for_emergencies": False,
    }


def test_a_number_that_cannot_be_dialed_is_refused(app):
    jo = make.participant()
    with pytest.raises(Refused):
        add(jo, name="Dana", phone="12")
    dana = add(jo, **DANA)
    with pytest.raises(Refused):
        actions.change_contact(dana, **DANA | {"phone": "12"}, by=DESK, now=NOW)
    assert dana.phone == "+12025550177"


def test_changing_says_whether_anything_changed(app):
    dana = add(make.participant(), **DANA)
    assert actions.change_contact(dana, **DANA, by=DESK, now=NOW) is False
    assert actions.change_contact(dana, **DANA | {"relation": None}, by=DESK, now=NOW) is True
    assert dana.relation is None
    assert [verb for verb, _ in events()] == ["contact.added", "contact.changed"]


def test_a_contact_ends_once_and_is_kept(app):
    dana = add(make.participant(), **DANA)
    for now in (NOW, make.instant("2026-03-09 10:00")):
        actions.end_contact(dana, by=DESK, now=now)
    assert db.scalars(select(Contact)).all() == [dana]
    assert dana.ended_at == NOW
    assert [verb for verb, _ in events()] == ["contact.added", "contact.ended"]


def test_an_end_is_taken_back_once(app):
    dana = add(make.participant(), **DANA)
    actions.end_contact(dana, by=DESK, now=NOW)
    for _ in range(2):
        actions.resume_contact(dana, by=DESK, now=NOW)
    assert dana.ended_at is None
    assert [verb for verb, _ in events()][1:] == ["contact.ended", "contact.resumed"]


def test_a_consent_for_a_contact_keeps_the_name_of_the_time(app):
    jo = make.participant()
    dana = make.contact(jo, name="Dana Avery")
    consent = give(jo, dana, expires_on=date(2026, 6, 30))
    dana.name = "Dana Lee"
    db.flush()
    assert db.scalars(select(Consent)).all() == [consent]
    assert (consent.participant_id, consent.contact_id, consent.recipient) == (
        jo.id,
        dana.id,
        "Dana Avery",
    )
    assert consent.scope == {Scope.HOURS, Scope.ATTENDANCE}
    assert events() == [
        (
            "consent.given",
            {
                "participant": jo.id,
                "contact": dana.id,
                "scope": ["attendance", "hours"],
                "given_on": "2026-01-05",
                "expires_on": "2026-06-30",
            },
        )
    ]


def test_the_trail_holds_no_name_and_no_purpose_of_whoever_is_no_contact(app):
    consent = give(make.participant(), "County court")
    assert (consent.contact_id, consent.recipient) == (None, "County court")
    told = json.dumps(events())
    assert ("court" in told.lower(), "report" in told) == (False, False)


def test_a_consent_that_cannot_be_is_refused(app):
    jo = make.participant()
    for facts in ({"scope": []}, {"given_on": date(2026, 3, 3)}):
        with pytest.raises(Refused):
            give(jo, **facts)
    assert db.scalars(select(Consent)).all() == []


def test_a_consent_is_taken_back_once_and_kept(app):
    consent = give(make.participant())
    with pytest.raises(Refused):
        revoke(consent, "2026-01-04")
    for day in ("2026-02-01", "2026-02-02"):
        revoke(consent, day)
    assert consent.revoked_on == date(2026, 2, 1)
    assert [verb for verb, _ in events()] == ["consent.given", "consent.revoked"]
    assert events()[-1][1] == {"participant": consent.participant_id, "revoked_on": "2026-02-01"}


def test_a_consent_is_corrected(app):
    jo = make.participant()
    dana = make.contact(jo, name="Dana Avery")
    consent = give(jo, "Ms. Avery")

    def correct(**others):
        facts = {"contact_id": dana.id, "scope": [Scope.HOURS], "expires_on": None}
        facts |= {"revoked_on": None, "today": TODAY, "by": DESK, "now": NOW}
        return actions.correct_consent(consent, **facts | others)

    assert correct() is consent
    assert (consent.recipient, consent.contact_id, consent.scope) == (
        "Ms. Avery",
        dana.id,
        {Scope.HOURS},
    )
    assert events()[-1] == (
        "consent.corrected",
        {
            "participant": jo.id,
            "contact": dana.id,
            "scope": ["hours"],
            "expires_on": None,
            "revoked_on": None,
        },
    )
    for day in ("2026-01-04", "2026-03-03"):
        with pytest.raises(Refused) as refused:
            correct(revoked_on=date.fromisoformat(day))
        assert refused.value.field == "revoked_on"
    with pytest.raises(Refused, match="before the day it was given"):
        correct(expires_on=date(2026, 1, 4))
