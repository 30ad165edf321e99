import json
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import uuid4

from sqlalchemy import Table, bindparam, inspect, update

from clinic import clock, trail
from clinic.attendance import queries
from clinic.attendance.rules.bookings import EARLIEST_DOORS, Booked, why_not_touch
from clinic.attendance.rules.check_ins import arrivals, seatless, why_not_arrive, why_not_at
from clinic.attendance.rules.marks import (
    NO_SEAT,
    given_back,
    is_marked,
    marked,
    needs_seat,
    why_not_mark,
    why_not_times,
)
from clinic.attendance.rules.undo import (
    CANCELLED_SINCE,
    SEAT_GONE,
    UNDONE_ALREADY,
    facts_of,
    put_back,
    undone,
    why_not_put_back,
    why_not_undone,
)
from clinic.attendance.rules.words import why_stale
from clinic.db import AnyRow, db
from clinic.errors import NotFound, Refused, refuse_if
from clinic.formats import short_name
from clinic.programs.models import Site
from clinic.schedule.actions import seats
from clinic.schedule.models import Booking, Method, Session, Status
from clinic.trail import Actor

_KEPT = (
    "status",
    "arrived_at",
    "left_at",
    "method",
    "reason",
    "recorded_at",
    "signed_at",
    "version",
)
_booking = cast(Table, Booking.__table__)

# Made once: it runs with every check-in.
_CHANGE = (
    update(_booking)
    .where(_booking.c.id == bindparam("booking_id"))
    .values({name: bindparam(name) for name in _KEPT})
)


class Place(NamedTuple):
    """A session that somebody is checked in to."""

    booking_id: int
    starts_at: datetime
    ends_at: datetime
    room: str
    arrived_at: datetime


class Arrival(NamedTuple):
    """Where a check-in leads, by start; new unless they were known to be at all of them."""

    is_new: bool
    places: list[Place]


class _Going(NamedTuple):
    """What the changes made in one go share in the trail."""

    by: Actor
    now: datetime
    chain: int
    act: str | None = None


def arrive(
    participant_id: int,
    site: Site | AnyRow,
    *,
    at: datetime,
    method: Method,
    by: Actor,
    now: datetime,
) -> Arrival:
    """Note that somebody came to a site, by when they did. Asking twice changes nothing.

    Of the site only id and time zone are read. Raises `Refused`, in words for staff, when the
    arrival leads to no session.
    """
    refuse_if(why_not_at(at, now=now))
    zone = clock.zone(site.timezone)
    # Doors may open before midnight for what begins after it.
    days = clock.day_of(at, zone), clock.day_of(at + EARLIEST_DOORS, zone)
    day = queries.booked_on(participant_id, site.id, *days)
    free = {booked.id: seats.find_free(booked.session_id) for booked in seatless(day, at=at)}
    full = {booking_id for booking_id, seat_no in free.items() if seat_no is None}
    arriving = arrivals(day, at=at, method=method, full=full)
    if not arriving:
        raise Refused(why_not_arrive(day, at=at, zone=zone))
    going = _Going(by, now, site.id)
    for before, after in arriving:
        if after is not before:
            seat_no = free.get(before.id, before.seat_no)
            arrived = after._replace(recorded_at=now, seat_no=seat_no)
            _change(before, arrived, "attendance.arrived", going)
    return Arrival(
        is_new=any(before.status is not Status.PRESENT for before, _ in arriving),
        places=[_place(after) for _, after in arriving],
    )


def _place(there: Booked) -> Place:
    return Place(
        there.id,
        there.starts_at,
        there.ends_at,
        there.room or "",
        there.arrived_at or there.starts_at,
    )


def mark(
    booking: Booking,
    *,
    status: Status,
    arrived_at: datetime | None = None,
    left_at: datetime | None = None,
    reason: str | None = None,
    version: int,
    by: Actor,
    now: datetime,
) -> Booking:
    """Set what staff know of somebody's attendance; `expected` takes back what was set.

    `version` is that of the booking they were looking at. Pressing twice changes nothing.
    """
    session, participant = booking.session, booking.enrollment.participant
    day = queries.booked_on(participant.id, session.site_id, session.day, session.day)
    before = next((booked for booked in day if booked.id == booking.id), None)
    if before is None:
        raise NotFound  # taken off the session a moment ago
    if is_marked(before, status, arrived_at=arrived_at, left_at=left_at, reason=reason):
        return booking
    if before.version != version:
        name = short_name(participant.name, participant.preferred_name)
        raise Refused(why_stale(name, before.status))
    refuse_if(why_not_mark(before, status, arrived_at=arrived_at, left_at=left_at, now=now))
    after = marked(before, status, arrived_at=arrived_at, left_at=left_at, reason=reason, now=now)
    going = _Going(by, now, session.site_id, uuid4().hex)
    _change(before, _seated(after), queries.MARKED, going)
    if after.left_at is not None and after.left_at != before.left_at:
        for booked in given_back(day, left=after):
            expected = marked(booked, Status.EXPECTED, now=now)
            _change(booked, expected, "attendance.given_back", going)
    return _afresh(booking)


def mark_rest(session: Session, *, by: Actor, now: datetime) -> int:
    """Set as present from the start whoever nobody has marked yet; returns how many."""
    waiting = queries.still_expected(session.id)
    for booked in waiting[:1]:
        refuse_if(why_not_mark(booked, Status.PRESENT, now=now))
    going = _Going(by, now, session.site_id, uuid4().hex)
    for booked in waiting:
        _change(booked, marked(booked, Status.PRESENT, now=now), queries.MARKED, going)
    return len(waiting)


def undo(session: Session, *, change: str, by: Actor, now: datetime) -> str:
    """Put back what was done on a sheet in one go, where nobody has changed it since.

    Returns what became of it, in words; raises `Refused` when nothing could be put back.
    """
    events = queries.events_of(change)
    there = queries.booked_as({event.subject_id for event in events})
    if session.id not in {booked.session_id for booked in there.values()}:
        raise NotFound
    if any(event.verb == queries.UNDONE for event in events):
        raise Refused(UNDONE_ALREADY)
    going = _Going(by, now, session.site_id, change)
    stuck: dict[int, str] = {}
    for event in events:
        booked = there.get(event.subject_id)
        if booked is not None:  # else taken off the session since: nothing is left to put back
            why_not = _put_back(booked, json.loads(event.facts), going)
            if why_not is not None:
                stuck[booked.id] = why_not
    if not stuck:
        return undone([])
    names = queries.names_of(stuck)
    left_alone = [f"{names[booking_id]} ({why_not})" for booking_id, why_not in stuck.items()]
    refuse_if(why_not_undone(left_alone) if len(stuck) == len(there) else None)
    return undone(left_alone)


def _put_back(booked: Booked, facts: Any, going: _Going) -> str | None:
    """Undo one change; gives the reason where that cannot be."""
    if booked.is_cancelled:
        return CANCELLED_SINCE
    if why_not := why_not_put_back(booked, facts):
        return why_not
    before = _find_seated(put_back(booked, facts))
    if before is None:
        return SEAT_GONE
    _change(booked, before, queries.UNDONE, going)
    return None


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
    there = is_marked(before, status, arrived_at=arrived_at, left_at=left_at, reason=reason)
    if there and before.signed_at is not None:
        return False
    refuse_if(why_not_touch(before) or why_not_times(before, status, arrived_at, left_at))
    after = marked(
        before,
        status,
        arrived_at=arrived_at,
        left_at=left_at,
        reason=reason,
        method=Method.IMPORT,
        now=now,
    )._replace(signed_at=now)
    _change(before, _seated(after), "attendance.imported", _Going(by, now, booking.session.site_id))
    _afresh(booking)
    return True


def _change(before: Booked, after: Booked, verb: str, going: _Going) -> None:
    """Store what became of a booking and tell the trail."""
    after = after._replace(version=before.version + 1)
    values = {name: getattr(after, name) for name in _KEPT}
    if before.seat_no == after.seat_no:
        db.connection().execute(_CHANGE, {"booking_id": before.id, **values})
    else:
        seats.move(before.id, before.participant_id, seat_no=after.seat_no, mark=values)
    trail.record_row(
        verb,
        Booking.__tablename__,
        before.id,
        by=going.by,
        now=going.now,
        chain=going.chain,
        act=going.act,
        facts=facts_of(before, after),
    )


def _seated(booked: Booked) -> Booked:
    seated = _find_seated(booked)
    if seated is None:
        raise Refused(NO_SEAT)
    return seated


def _find_seated(booked: Booked) -> Booked | None:
    """The booking with a seat, if it needs one; None when all are taken."""
    if not needs_seat(booked):
        return booked
    seat_no = seats.find_free(booked.session_id)
    return None if seat_no is None else booked._replace(seat_no=seat_no)


def _afresh(booking: Booking) -> Booking:
    """The entity as it is stored now: it was changed behind its back."""
    columns = [column.key for column in inspect(Booking).column_attrs]
    db.refresh(booking, columns)
    return booking
