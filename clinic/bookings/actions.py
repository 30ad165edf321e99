import json
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any, cast

from sqlalchemy import Table, bindparam, update

from clinic import trail
from clinic.bookings import queries, rules
from clinic.bookings.rules import Booked
from clinic.db import db
from clinic.errors import Refused, refuse_if
from clinic.schedule.actions import seats
from clinic.schedule.models import Booking, Method, Status
from clinic.trail import Actor

_KEPT = (
    "status",
    "arrived_at",
    "left_at",
    "method",
    "reason",
    "reason_for",
    "took_part",
    "identified_by",
    "recorded_at",
    "signed_at",
    "version",
)
_booking = cast(Table, Booking.__table__)
_COLUMNS = _booking.columns.keys()

# Made once: it runs with every check-in.
_CHANGE = (
    update(_booking)
    .where(_booking.c.id == bindparam("booking_id"))
    .values({name: bindparam(name) for name in _KEPT})
)


def put_back_all(
    events: Collection[Any], *, act: str, by: Actor, now: datetime, **why: Any
) -> dict[Booked, str]:
    """Put back what these events did, of whatever sheets; a row of subject_id and facts each.

    Return the bookings that stay as they are, each with the reason; `why` is for the trail.
    """
    bookings = queries.booked_as({event.subject_id for event in events})
    return put_back(events, bookings, change=act, by=by, now=now, **why)


def put_back(
    events: Collection[Any],
    bookings: Mapping[int, Booked],
    *,
    change: str,
    by: Actor,
    now: datetime,
    **why: Any,
) -> dict[Booked, str]:
    """Put back what these events did. Return the bookings that cannot be, each with the reason."""
    stuck = {}
    chains = queries.sites_of({booked.session_id for booked in bookings.values()})
    for event in events:
        booked = bookings.get(event.subject_id)
        if booked is None:
            continue  # taken off the session since: nothing is left to put back
        before, why_not = as_before(booked, json.loads(event.facts))
        if before is None:
            stuck[booked] = why_not
        else:
            chain = chains[booked.session_id]
            put_back = partial(store, booked, before, queries.UNDONE, act=change, **why)
            put_back(by=by, now=now, chain=chain)
    return stuck


def as_before(booked: Booked, facts: Any) -> tuple[Booked | None, str]:
    """The booking as it was before a change, or why it cannot be so again."""
    if booked.is_cancelled:
        return None, rules.CANCELLED_SINCE
    if why_not := rules.why_not_put_back(booked, facts):
        return None, why_not
    return find_seated(rules.put_back(booked, facts)), rules.SEAT_GONE


def record_history(
    booking: Booking,
    *,
    status: Status,
    arrived_at: datetime | None,
    left_at: datetime | None,
    reason: str | None,
    by: Actor,
    now: datetime,
) -> bool:
    """Set what an older record says of somebody's attendance; it counts as signed.

    Returns whether that changed anything.
    """
    before = queries.booked_as([booking.id])[booking.id]
    after = rules.marked(
        before,
        status,
        arrived_at=arrived_at,
        left_at=left_at,
        reason=reason,
        method=Method.IMPORT,
        now=now,
    )._replace(signed_at=now)
    if rules.is_same_mark(before, after) and before.signed_at is not None:
        return False
    refuse_if(rules.why_not_touch(before) or rules.why_not_times(after))
    site_id = booking.session.site_id
    store(before, seated(after), "attendance.imported", by=by, now=now, chain=site_id)
    db.expire(booking, _COLUMNS)  # thousands are recorded, and few of them looked at again
    return True


def amend(
    before: Booked, after: Booked | None, *, by: Actor, now: datetime, chain: int, **why: Any
) -> None:
    """Store what an amendment makes of an attendance that was signed; `why` is for the trail.

    None takes somebody off the session who was not to be on it.
    """
    if after is not None:
        store(before, seated(after), queries.AMENDED, by=by, now=now, chain=chain, **why)
        return
    gone = rules.marked(before, Status.EXPECTED, now=now)
    why["is_taken_off"] = True
    record(queries.AMENDED, before, gone, why, by=by, now=now, chain=chain)
    seats.release(Booking.id == before.id, by=by, now=now)


def store(
    before: Booked,
    after: Booked,
    verb: str,
    *,
    by: Actor,
    now: datetime,
    at: datetime | None = None,
    chain: int,
    act: str | None = None,
    **why: Any,
) -> None:
    """Store what became of a booking and record it; `act` names what was done in one go, and `at`
    is when, if that was earlier."""
    after = after._replace(version=before.version + 1)
    values = {name: getattr(after, name) for name in _KEPT}
    if before.seat_no == after.seat_no:
        db.connection().execute(_CHANGE, {"booking_id": before.id, **values})
    else:
        seats.move(before.id, before.participant_id, seat_no=after.seat_no, mark=values)
    record(verb, before, after, why, by=by, now=now, at=at, chain=chain, act=act)


def record(
    verb: str, before: Booked, after: Booked, why: dict[str, Any], **circumstances: Any
) -> None:
    facts = rules.facts_of(before, after) | why
    facts["reason"] = trail.digest_of_words(after.reason, Booking.__tablename__, before.id)
    trail.record_row(verb, Booking.__tablename__, before.id, facts=facts, **circumstances)


def seated(booked: Booked) -> Booked:
    seated = find_seated(booked)
    if seated is None:
        raise Refused(rules.NO_SEAT)
    return seated


def find_seated(booked: Booked) -> Booked | None:
    """The booking with a seat, if it needs one; None when all are taken."""
    if not rules.needs_seat(booked):
        return booked
    seat_no = seats.find_free(booked.session_id)
    return None if seat_no is None else booked._replace(seat_no=seat_no)


def reloaded(booking: Booking) -> Booking:
    """The entity as it is stored now: statements changed its row, not the entity."""
    db.refresh(booking, _COLUMNS)
    return booking
