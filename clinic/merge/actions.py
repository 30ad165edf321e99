from collections.abc import Collection
from datetime import datetime

from clinic import trail
from clinic.db import db
from clinic.enrollment.queries import enrollments_of
from clinic.errors import NotFound, refuse_if
from clinic.feeds import actions as feeds
from clinic.merge import queries
from clinic.participants.actions import merge as participants
from clinic.participants.models import Participant
from clinic.participants.queries import hold
from clinic.participants.rules import merge as rules
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
    stays, hours = queries.stays_of(both), queries.hours_of(both)
    refuse_if(rules.why_not_both(stays[kept.id], stays[other.id]))
    refuse_if(rules.why_not_at_once(hours[kept.id], hours[other.id]))

    feeds.revoke(other, by=by, now=now)
    participants.merge(kept, other, taken=taken, by=by, now=now)
    for enrollment in enrollments_of([other.id]):
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
