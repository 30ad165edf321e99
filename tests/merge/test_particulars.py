import json
from datetime import date

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.errors import Refused
from clinic.merge.actions import merge
from clinic.participants.queries import is_pin_taken, pin_digest
from clinic.participants.rules import LABELS
from clinic.trail import Actor, TrailEvent
from tests import make

DESK = Actor("account", 7)
NOW = make.instant("2026-03-02 10:00")
BORN = date(1990, 2, 3)


def two_records():
    jo = make.participant(name="Jordan Avery", pin="482913", email="jo@example.org")
    again = make.participant(
        name="Jordon Avery",
        preferred_name="Jo",
        pronouns="they/them",
        language="es",
        phone="+12025550123",
        birth_on=BORN,
        pin="775533",
        email="jordon@example.org",
    )
    return jo, again


def become_one(kept, other, *, taken=()):
    return merge(kept.id, other.id, taken=taken, by=DESK, now=NOW)


def test_the_kept_record_stays_as_it_is_where_it_is_right(app):
    jo, again = two_records()
    assert become_one(jo, again) is jo
    assert (jo.name, jo.preferred_name, jo.phone) == ("Jordan Avery", None, None)
    assert (jo.pin_digest, jo.account.email) == (pin_digest("482913"), "jo@example.org")
    assert (again.merged_into_id, again.pin_digest, again.account.email) == (jo.id, None, None)
    assert (jo.account.is_active, again.account.is_active) == (True, False)
    assert jo.merged_into_id is None


def test_it_takes_over_what_is_right_in_the_other_one(app):
    jo, again = two_records()
    become_one(jo, again, taken=list(LABELS))
    assert (jo.name, jo.preferred_name, jo.pronouns) == ("Jordon Avery", "Jo", "they/them")
    assert (jo.language, jo.phone, jo.birth_on) == ("es", "+12025550123", BORN)
    assert (jo.pin_digest, jo.account.email) == (pin_digest("775533"), "jordon@example.org")
    assert (again.pin_digest, again.account.email) == (None, None)


@pytest.mark.parametrize(("taken", "ended"), [([], "775533"), (["pin"], "482913")])
def test_the_pin_that_ends_is_given_to_nobody_else(app, taken, ended):
    jo, again = two_records()
    make.retired_pin(again, "1357")
    become_one(jo, again, taken=taken)
    assert all(is_pin_taken(pin) for pin in (ended, "1357"))
    assert not any(is_pin_taken(pin, but=jo) for pin in (ended, "1357"))


def test_contacts_and_consents_come_along(app):
    jo, again = two_records()
    dana = make.contact(again)
    consent = make.consent(again, dana)
    others = make.contact(make.participant())
    become_one(jo, again)
    db.expire_all()
    assert (dana.participant_id, consent.participant_id) == (jo.id, jo.id)
    assert others.participant_id not in {jo.id, again.id}


def test_what_was_merged_before_leads_on(app):
    jo, again = two_records()
    first = make.participant(merged_into_id=again.id, is_active=False)
    become_one(jo, again)
    db.expire_all()
    assert first.merged_into_id == jo.id


def test_the_trail_tells_of_it_without_a_word_of_theirs(app):
    jo, again = two_records()
    become_one(jo, again, taken=["phone", "email"])
    rows = db.execute(
        select(TrailEvent.verb, TrailEvent.subject_id, TrailEvent.facts).order_by(TrailEvent.id)
    ).all()
    assert [row.verb for row in rows] == [
        "account.deactivated",
        "account.email_changed",
        "account.email_changed",
        "participant.merged",
    ]
    assert rows[-1].subject_id == again.id
    assert json.loads(rows[-1].facts) == {"into": jo.id, "taken": ["email", "phone"]}


def test_a_record_does_not_become_one_with_itself_or_with_one_that_has_gone(app):
    jo, again = two_records()
    with pytest.raises(Refused):
        become_one(jo, jo)
    become_one(jo, again)
    third = make.participant()
    for kept, other in ((third, again), (again, third), (again, jo)):
        with pytest.raises(Refused):
            become_one(kept, other)
