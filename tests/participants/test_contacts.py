import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.errors import Refused
from clinic.participants import actions
from clinic.participants.models import Contact
from clinic.trail import Actor, TrailEvent
from tests import make

DESK = Actor("account", 7)
NOW = make.instant("2026-03-02 10:00")
DANA = {
    "name": "Dana Avery",
    "relation": "mother",
    "phone": "202-555-0177",
    "email": "dana@example.org",
    "is_for_emergencies": True,
}


def add(participant, **facts):
    return actions.add_contact(participant, **facts, by=DESK, now=NOW)


def events():
    rows = db.execute(select(TrailEvent.verb, TrailEvent.facts).order_by(TrailEvent.id))
    return [tuple(row) for row in rows]


def facts_of(contact):
    return {fact: getattr(contact, fact) for fact in DANA}


def test_a_contact_is_noted_with_what_is_known(app):
    jo = make.participant()
    dana = add(jo, **DANA)
    assert db.scalars(select(Contact)).all() == [dana]
    assert facts_of(dana) == DANA | {"phone": "+12025550177"}
    assert (dana.participant_id, dana.ended_at) == (jo.id, None)
    assert events() == [("contact.added", f'{{"participant":{jo.id}}}')]


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
