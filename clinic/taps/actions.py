import json
from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from uuid import uuid4

from clinic import trail
from clinic.bookings.actions import put_back_all
from clinic.bookings.queries import UNDONE, events_of
from clinic.bookings.rules import CHANGED_SINCE, UNDONE_ALREADY, undo_words
from clinic.errors import refuse_if
from clinic.kiosk.models import KioskDevice
from clinic.taps.rules import UNDONE_BACK, Arrival
from clinic.trail import Actor


def undo(
    device: KioskDevice, arrivals: Sequence[Arrival], *, by: Actor, now: datetime
) -> tuple[str, dict[int, str]]:
    """Put back what taps of a kiosk did, where nothing changed since.

    Return the name of the act, and the bookings that stay as they are, each with the reason.
    """
    act = uuid4().hex
    events = [
        SimpleNamespace(subject_id=each.subject_id, facts=json.dumps(each.facts))
        for each in arrivals
        if each.facts is not None
    ]
    stuck = put_back_all(events, act=act, by=by, now=now, taps_of=device.id)
    left_alone = {booked.id: why_not for booked, why_not in stuck.items()}
    left_alone |= {each.subject_id: CHANGED_SINCE for each in arrivals if each.facts is None}
    number = len(arrivals) - len(left_alone)
    trail.record("kiosk.taps_undone", device, by=by, now=now, act=act, number=number)
    return act, left_alone


def undo_back(act: str, *, by: Actor, now: datetime) -> str:
    """Have check-ins that were undone in one go be as they were before that; in words."""
    events = [event for event in events_of(act) if event.verb == UNDONE]
    refuse_if(None if events else UNDONE_ALREADY)
    stuck = put_back_all(events, act=uuid4().hex, by=by, now=now)
    refuse_if(UNDONE_ALREADY if len(stuck) == len(events) else None)
    if not stuck:
        return UNDONE_BACK
    return undo_words([f"one check-in ({why_not})" for why_not in stuck.values()])
