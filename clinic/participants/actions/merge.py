from collections.abc import Collection
from datetime import datetime

from sqlalchemy import update

from clinic import trail
from clinic.accounts.actions import change_email, deactivate
from clinic.db import db
from clinic.errors import refuse_if
from clinic.participants.models import Consent, Contact, Participant
from clinic.participants.rules import merge as rules
from clinic.trail import Actor


def merge(
    kept: Participant, other: Participant, *, taken: Collection[str], by: Actor, now: datetime
) -> Participant:
    """Make two records of one person one: the other's contacts and consents become the kept one's.

    `taken` are the fields in which the other record is right. Its sign-in ends, its PIN goes, and
    what was merged into it before leads to the kept one too. Both come locked and with accounts.
    """
    refuse_if(rules.why_not_merge(kept, other))
    email = other.account.email
    columns = [rules.COLUMNS[field] for field in taken if field in rules.COLUMNS]
    values = {column: getattr(other, column) for column in columns}
    # Of what only one person can have, the other lets go first.
    deactivate(other.account, by=by, now=now)
    change_email(other.account, None, by=by, now=now)
    other.pin_digest = None
    other.merged_into_id = kept.id
    db.flush()
    if "email" in taken:
        change_email(kept.account, email, by=by, now=now)
    for column, value in values.items():
        setattr(kept, column, value)
    for model in (Contact, Consent):
        db.execute(
            update(model).where(model.participant_id == other.id).values(participant_id=kept.id)
        )
    db.execute(
        update(Participant)
        .where(Participant.merged_into_id == other.id)
        .values(merged_into_id=kept.id)
    )
    db.flush()
    trail.record("participant.merged", other, by=by, now=now, into=kept.id, taken=sorted(taken))
    return kept
