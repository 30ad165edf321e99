from collections.abc import Collection
from datetime import datetime

from sqlalchemy import update

from clinic import trail
from clinic.accounts.actions import change_email, deactivate
from clinic.codes.models import PhoneEvent
from clinic.db import db
from clinic.errors import NotFound, refuse_if
from clinic.feeds import actions as feeds
from clinic.merge import queries, rules
from clinic.participants.actions import retire_pin
from clinic.participants.models import Consent, Contact, Participant, RetiredPin
from clinic.participants.queries import hold
from clinic.participants.rules import column_of, value_of
from clinic.tasks import actions as tasks
from clinic.trail import Actor


def merge(
    kept_id: int, other_id: int, *, taken: Collection[str], by: Actor, now: datetime
) -> Participant:
    """Make two records of one person one: all that is the other's becomes the kept one's.

    `taken` are the fields in which the other record is right. Kiosk taps and looks stay with the
    record that they were made with. Raises `Refused` where one person cannot have done both.
    """
    both = {each.id: each for each in hold({kept_id, other_id})}
    if not {kept_id, other_id} <= both.keys():
        raise NotFound
    kept, other = both[kept_id], both[other_id]
    refuse_if(rules.why_not_merge(kept, other))
    enrolled, sessions = queries.enrolled(both), queries.sessions_of(both)
    refuse_if(rules.why_not_both(enrolled[kept.id], enrolled[other.id]))
    refuse_if(rules.why_not_at_once(sessions[kept.id], sessions[other.id]))

    feeds.revoke(other, by=by, now=now)
    _merge_person(kept, other, taken=taken, by=by, now=now)
    for enrollment in reversed(enrolled[other.id]):
        enrollment.participant_id = kept.id
        db.flush()
        trail.record(
            "enrollment.moved",
            enrollment,
            by=by,
            now=now,
            site_id=enrollment.program.site_id,
            participant=kept.id,
            before=other.id,
        )
    for each in (kept, other):
        each.calendar_version += 1
    db.flush()
    return kept


def _merge_person(
    kept: Participant, other: Participant, *, taken: Collection[str], by: Actor, now: datetime
) -> None:
    """The other's contacts and consents become the kept one's; its sign-in ends, its PIN goes.

    What was merged into it before leads to the kept one, too.
    """
    email, pins = other.account.email, {each.pin_digest: each.pin_since for each in (kept, other)}
    values = {column_of(field): value_of(other, field) for field in taken if field != "email"}
    # Of what only one person can have, the other lets go first.
    deactivate(other.account, by=by, now=now)
    change_email(other.account, None, by=by, now=now)
    other.pin_digest = other.pin_since = None
    other.merged_into_id = kept.id
    db.flush()
    if "email" in taken:
        change_email(kept.account, email, by=by, now=now)
    for column, value in values.items():
        setattr(kept, column, value)
    kept.pin_since = pins.get(kept.pin_digest)
    for pin, since in pins.items():
        if pin and pin != kept.pin_digest:
            retire_pin(pin, of=kept.id, since=since, now=now)
    for model in (Contact, Consent, RetiredPin, PhoneEvent):
        db.execute(
            update(model).where(model.participant_id == other.id).values(participant_id=kept.id)
        )
    tasks.move(other.id, kept.id)
    db.execute(
        update(Participant)
        .where(Participant.merged_into_id == other.id)
        .values(merged_into_id=kept.id)
    )
    db.flush()
    trail.record("participant.merged", other, by=by, now=now, into=kept.id, taken=sorted(taken))
