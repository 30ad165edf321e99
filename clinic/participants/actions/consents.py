from collections.abc import Collection
from datetime import date, datetime

from clinic import trail
from clinic.db import db
from clinic.errors import refuse_if
from clinic.participants.models import Consent, Contact, Participant, Scope
from clinic.participants.rules import consents as rules
from clinic.trail import Actor


def give(
    participant: Participant,
    to: Contact | str,
    *,
    purpose: str,
    scope: Collection[Scope],
    given_on: date,
    expires_on: date | None = None,
    today: date,
    by: Actor,
    now: datetime,
) -> Consent:
    """Write down what a participant allows us to tell a contact of theirs, or somebody by name."""
    refuse_if(
        rules.why_not_give(scope=scope, given_on=given_on, expires_on=expires_on, today=today)
    )
    consent = Consent(
        participant_id=participant.id,
        contact_id=to.id if isinstance(to, Contact) else None,
        recipient=to.name if isinstance(to, Contact) else to,
        purpose=purpose,
        scope=frozenset(scope),
        given_on=given_on,
        expires_on=expires_on,
    )
    db.add(consent)
    db.flush()
    trail.record(
        "consent.given",
        consent,
        by=by,
        now=now,
        participant=participant.id,
        contact=consent.contact_id,
        scope=sorted(consent.scope),
        given_on=given_on,
        expires_on=expires_on,
    )
    return consent


def revoke(consent: Consent, *, revoked_on: date, today: date, by: Actor, now: datetime) -> Consent:
    """Take a consent back from a day on. It is kept; twice changes nothing."""
    if consent.revoked_on is not None:
        return consent
    refuse_if(rules.why_not_revoke(given_on=consent.given_on, revoked_on=revoked_on, today=today))
    consent.revoked_on = revoked_on
    db.flush()
    trail.record(
        "consent.revoked",
        consent,
        by=by,
        now=now,
        participant=consent.participant_id,
        revoked_on=revoked_on,
    )
    return consent
