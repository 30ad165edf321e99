from datetime import datetime

from clinic import trail
from clinic.db import db
from clinic.errors import refuse_if
from clinic.participants.models import Contact, Participant
from clinic.participants.rules.people import phone_number, why_not_phone
from clinic.trail import Actor


def add(
    participant: Participant,
    *,
    name: str,
    relation: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    is_for_emergencies: bool = False,
    by: Actor,
    now: datetime,
) -> Contact:
    """Note somebody around a participant. What may be told to them, a consent says."""
    contact = Contact(
        participant_id=participant.id,
        name=name,
        relation=relation,
        phone=_proper(phone),
        email=email,
        is_for_emergencies=is_for_emergencies,
    )
    db.add(contact)
    db.flush()
    trail.record("contact.added", contact, by=by, now=now, participant=participant.id)
    return contact


def change(
    contact: Contact,
    *,
    name: str,
    relation: str | None,
    phone: str | None,
    email: str | None,
    is_for_emergencies: bool,
    by: Actor,
    now: datetime,
) -> bool:
    """Bring a contact up to date; returns whether anything changed."""
    facts = {
        "name": name,
        "relation": relation,
        "phone": _proper(phone),
        "email": email,
        "is_for_emergencies": is_for_emergencies,
    }
    if all(getattr(contact, fact) == value for fact, value in facts.items()):
        return False
    for fact, value in facts.items():
        setattr(contact, fact, value)
    db.flush()
    trail.record("contact.changed", contact, by=by, now=now, participant=contact.participant_id)
    return True


def end(contact: Contact, *, by: Actor, now: datetime) -> Contact:
    """Somebody is no contact any more; that they were is kept. Twice changes nothing."""
    if contact.ended_at is None:
        contact.ended_at = now
        db.flush()
        trail.record("contact.ended", contact, by=by, now=now, participant=contact.participant_id)
    return contact


def resume(contact: Contact, *, by: Actor, now: datetime) -> Contact:
    """Somebody is a contact all the same. Twice changes nothing."""
    if contact.ended_at is not None:
        contact.ended_at = None
        db.flush()
        trail.record("contact.resumed", contact, by=by, now=now, participant=contact.participant_id)
    return contact


def _proper(phone: str | None) -> str | None:
    if not phone:
        return None
    refuse_if(why_not_phone(phone))
    return phone_number(phone)
