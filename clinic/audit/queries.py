"""The bookings beside their events, a few thousand at a time: the trail may be long."""

import json
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Executable, and_, select

from clinic.audit.rules import is_told_whole, why_not_as_recorded
from clinic.db import AnyRow, db
from clinic.schedule.models import Booking
from clinic.trail import TrailEvent

_OF_ITS_ATTENDANCE = and_(
    TrailEvent.subject_kind == Booking.__tablename__,
    TrailEvent.subject_id == Booking.id,
    TrailEvent.verb.startswith("attendance."),
)
_IN_ORDER = (TrailEvent.chain, TrailEvent.number)
_STORED = (
    select(
        Booking.id,
        *(Booking.status, Booking.arrived_at, Booking.left_at, Booking.method),
        *(Booking.recorded_at, Booking.seat_no, Booking.signed_at, Booking.reason),
        TrailEvent.facts,
    )
    .outerjoin(TrailEvent, _OF_ITS_ATTENDANCE)
    .order_by(Booking.id, *_IN_ORDER)
)
_GONE = (
    select(TrailEvent.subject_id.label("id"), TrailEvent.facts)
    .where(
        TrailEvent.subject_kind == Booking.__tablename__,
        TrailEvent.verb.startswith("attendance."),
        ~select(Booking.id).where(Booking.id == TrailEvent.subject_id).exists(),
    )
    .order_by(TrailEvent.subject_id, *_IN_ORDER)
)


class Compared(NamedTuple):
    """A sentence for each booking that differs, and how many could be compared in part only."""

    sentences: list[str]
    in_part: int


def bookings_compared() -> Compared:
    """Compare the attendance of every booking with its events."""
    sentences: list[str] = []
    in_part = 0
    for booking_id, row, events in _beside_events():
        in_part += row is not None and not is_told_whole(events)
        if why_not := why_not_as_recorded(row, events):
            sentences.append(f"booking {booking_id}: {why_not}")
    return Compared(sentences, in_part)


def _beside_events() -> Iterator[tuple[int, AnyRow | None, list[dict[str, Any]]]]:
    for statement, is_stored in ((_STORED, True), (_GONE, False)):
        for booking_id, rows in groupby(_streamed(statement), key=attrgetter("id")):
            found = list(rows)
            events = [json.loads(row.facts) for row in found if row.facts is not None]
            yield booking_id, found[0] if is_stored else None, events


def _streamed(statement: Executable) -> Iterator[AnyRow]:
    yield from db.execute(statement, execution_options={"yield_per": 2000})
