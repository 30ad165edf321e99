from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from clinic import trail
from clinic.db import db
from clinic.errors import refuse_if
from clinic.participants import rules
from clinic.participants.actions import dialable
from clinic.participants.models import Consent, Contact, Participant, Scope
from clinic.trail import Actor


def add_contact(
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
        phone=dialable(phone),
        email=email,
        is_for_emergencies=is_for_emergencies,
    )
    db.add(contact)
    db.flush()
    _record("contact.added", contact, by=by, now=now)
    return contact


def change_contact(
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
        "phone": dialable(phone),
        "email": email,
        "is_for_emergencies": is_for_emergencies,
    }
    if all(getattr(contact, fact) == value for fact, value in facts.items()):
        return False
    for fact, value in facts.items():
        setattr(contact, fact, value)
    db.flush()
    _record("contact.changed", contact, by=by, now=now)
    return True


def end_contact(contact: Contact, *, by: Actor, now: datetime) -> Contact:
    """Somebody is no contact any more; that they were is kept. Twice changes nothing."""
    if contact.ended_at is None:
        contact.ended_at = now
        db.flush()
        _record("contact.ended", contact, by=by, now=now)
    return contact


def resume_contact(contact: Contact, *, by: Actor, now: datetime) -> Contact:
    """Somebody is a contact all the same. Twice changes nothing."""
    if contact.ended_at is not None:
        contact.ended_at = None
        db.flush()
        _record("contact.resumed", contact, by=by, now=now)
    return contact


def give_consent(
    participant: Participant,
    to: Contact | str,
    *,
    recipient: str | None = None,
    purpose: str,
    scope: Collection[Scope],
    given_on: date,
    expires_on: date | None = None,
    today: date,
    by: Actor,
    now: datetime,
) -> Consent:
    """Write down what a participant allows us to tell a contact of theirs, or somebody by name.

    The consent calls a contact by their name, unless it had another one for them: `recipient`.
    """
    why_not = rules.why_not_give_consent(
        scope=scope, given_on=given_on, expires_on=expires_on, today=today
    )
    refuse_if(why_not, "given_on")
    consent = Consent(
        participant_id=participant.id,
        contact_id=to.id if isinstance(to, Contact) else None,
        recipient=recipient or (to.name if isinstance(to, Contact) else to),
        purpose=purpose,
        scope=frozenset(scope),
        given_on=given_on,
        expires_on=expires_on,
    )
    db.add(consent)
    db.flush()
    _record(
        "consent.given",
        consent,
        by=by,
        now=now,
        contact=consent.contact_id,
        scope=sorted(consent.scope),
        given_on=given_on,
        expires_on=expires_on,
    )
    return consent


def correct_consent(
    consent: Consent,
    *,
    contact_id: int | None,
    scope: Collection[Scope],
    expires_on: date | None,
    revoked_on: date | None,
    today: date,
    by: Actor,
    now: datetime,
) -> Consent:
    """Write down otherwise what a consent says; to whom, what for and since when stays."""
    dated: Any = {"given_on": consent.given_on, "today": today}
    why_not = rules.why_not_give_consent(scope=scope, expires_on=expires_on, **dated)
    refuse_if(why_not, "expires_on")
    if revoked_on is not None:
        why_not = rules.why_not_revoke_consent(revoked_on=revoked_on, **dated)
        refuse_if(why_not, "revoked_on")
    consent.contact_id, consent.scope = contact_id, frozenset(scope)
    consent.expires_on, consent.revoked_on = expires_on, revoked_on
    db.flush()
    _record(
        "consent.corrected",
        consent,
        by=by,
        now=now,
        contact=contact_id,
        scope=sorted(consent.scope),
        expires_on=expires_on,
        revoked_on=revoked_on,
    )
    return consent


def revoke_consent(
    consent: Consent, *, revoked_on: date, today: date, by: Actor, now: datetime
) -> Consent:
    """Take a consent back from a day on. It is kept; twice changes nothing."""
    if consent.revoked_on is not None:
        return consent
    why_not = rules.why_not_revoke_consent(
        given_on=consent.given_on, revoked_on=revoked_on, today=today
    )
    refuse_if(why_not, "revoked_on")
    consent.revoked_on = revoked_on
    db.flush()
    _record("consent.revoked", consent, by=by, now=now, revoked_on=revoked_on)
    return consent


def _record(verb: str, of: Contact | Consent, *, by: Actor, now: datetime, **facts: Any) -> None:
    trail.record(verb, of, by=by, now=now, participant=of.participant_id, **facts)
