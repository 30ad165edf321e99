"""Seats: how bookings take one, give it back and move to another. Nothing else writes them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Table,
    bindparam,
    delete,
    insert,
    select,
    union_all,
    update,
)

from clinic import trail
from clinic.db import AnyRow, db
from clinic.errors import refuse_if
from clinic.schedule.actions.calendars import raise_booked, raise_participant
from clinic.schedule.models import Booking, SeatHold, Session, Status
from clinic.schedule.queries.sessions import named
from clinic.schedule.rules.seats import free_seats, why_full, why_too_few_seats
from clinic.schedule.rules.words import led_name
from clinic.trail import Actor

TAKEN_OFF, PUT_BACK = "attendance.taken_off", "attendance.put_back"  # verbs of the trail
_booking, _hold = cast(Table, Booking.__table__), cast(Table, SeatHold.__table__)
_WHOSE = (
    Booking.id,
    Booking.session_id,
    Booking.enrollment_id,
    Booking.status,
    Booking.signed_at,
)
_MOVE = update(_booking).where(_booking.c.id == bindparam("booking_id"))


def lock(sessions: ColumnElement[bool]) -> Sequence[AnyRow]:
    """Lock sessions, in one order: on PostgreSQL two who want the last seat take turns here."""
    return db.execute(
        select(Session.id, Session.title, Session.day, Session.seats)
        .where(sessions)
        .order_by(Session.id)
        .with_for_update()
    ).all()


def take(wanted: Sequence[tuple[AnyRow, Mapping[int, int | None]]]) -> None:
    """Book enrollments, each with the roster entry it follows from, onto the lowest free seats.

    The sessions are locked. Raises `Refused` when one has too few.
    """
    release_held({session.id: entries for session, entries in wanted})
    taken = _taken([session.id for session, _ in wanted])
    rows: list[dict[str, Any]] = []
    short: list[tuple[AnyRow, int, int]] = []
    for session, entries in wanted:
        free = free_seats(taken[session.id], session.seats)
        seated = list(zip(sorted(entries), free, strict=False))
        if len(seated) < len(entries):
            short.append((session, len(seated), len(entries)))
        rows += [
            {
                "session_id": session.id,
                "seats": session.seats,
                "seat_no": seat_no,
                "enrollment_id": enrollment_id,
                "roster_entry_id": entries[enrollment_id],
                "status": Status.EXPECTED,
            }
            for enrollment_id, seat_no in seated
        ]
    _refuse_full(short)
    if rows:
        db.execute(insert(_booking), rows)
        raise_booked({row["enrollment_id"] for row in rows})


def _refuse_full(short: Sequence[tuple[AnyRow, int, int]]) -> None:
    """Raise `Refused` with the first group that has too few seats: of sessions the free ones and
    those wanted."""
    names = named([session.id for session, _, _ in short])
    full: dict[str, list[tuple[date, int, int]]] = defaultdict(list)
    for session, free, wanted in short:
        full[led_name(names[session.id])].append((session.day, free, wanted))
    for name, each in full.items():
        days, free_on, wanted_on = zip(*each, strict=True)
        refuse_if(why_full(name, days, free=min(free_on), wanted=max(wanted_on)))


def put_back(rows: Collection[Mapping[str, Any]], *, by: Actor, now: datetime) -> None:
    """Book people as they were before they were taken out, on a free seat where they had one.

    Whoever is booked again meanwhile, or whose session is no more, is left alone. Raises `Refused`
    when a seat was given away.
    """
    locked = {each.id: each for each in lock(Session.id.in_({row["session_id"] for row in rows}))}
    pairs = select(_booking.c.session_id, _booking.c.enrollment_id)
    there = {tuple(row) for row in db.execute(pairs.where(_booking.c.session_id.in_(locked)))}
    wanted = [row for row in rows if row["session_id"] in locked]
    for row in wanted:
        session = locked[row["session_id"]]
        if (session.id, row["enrollment_id"]) in there:
            continue
        seat_no = row["seat_no"] and free_of(session.id, session.seats)
        is_full = row["seat_no"] is not None and seat_no is None
        if is_full:
            _refuse_full([(session, 0, 1)])
        db.execute(insert(_booking), [{**row, "seats": session.seats, "seat_no": seat_no}])
        _tell(PUT_BACK, [SimpleNamespace(**row)], by=by, now=now)
    raise_booked({row["enrollment_id"] for row in wanted})


def release(bookings: ColumnElement[bool], *, by: Actor, now: datetime) -> Sequence[AnyRow]:
    """Take bookings out. Return those that went.

    Of whoever had announced an absence the trail tells it: what was recorded goes with the row.
    """
    gone = _delete(bookings)
    _tell(TAKEN_OFF, gone, by=by, now=now)
    return gone


def release_unmarked(bookings: ColumnElement[bool]) -> None:
    """Take those of these bookings out of which nothing is recorded."""
    _delete(bookings & (Booking.status == Status.EXPECTED))


def _delete(bookings: ColumnElement[bool]) -> Sequence[AnyRow]:
    gone = db.execute(
        delete(Booking).where(bookings).returning(*_WHOSE),
        execution_options={"synchronize_session": False},
    ).all()
    raise_booked({each.enrollment_id for each in gone})
    return gone


def _tell(verb: str, bookings: Collection[Any], *, by: Actor, now: datetime) -> None:
    """Record that bookings went, or came again, with what was recorded of them.

    Attendance that was signed goes by an amendment alone, which is told as one.
    """
    marked = [each for each in bookings if each.status != Status.EXPECTED and not each.signed_at]
    if not marked:
        return
    sessions = select(Session.id, Session.site_id).where(
        Session.id.in_({each.session_id for each in marked})
    )
    sites = {row.id: row.site_id for row in db.execute(sessions)}
    for each in marked:
        facts = {
            "is_taken_off": verb == TAKEN_OFF,
            "status": each.status,
            "enrollment": each.enrollment_id,
            "session": each.session_id,
        }
        chain = sites[each.session_id]
        trail.record_row(
            verb, Booking.__tablename__, each.id, by=by, now=now, chain=chain, facts=facts
        )


def hold(session_id: int, enrollment_id: int) -> bool:
    """Keep the lowest free seat of a session for somebody; whether there was one."""
    (session,) = lock(Session.id == session_id)
    seat_no = free_of(session_id, session.seats)
    if seat_no is None:
        return False
    values = {"session_id": session_id, "seats": session.seats, "seat_no": seat_no}
    db.execute(insert(SeatHold), [{**values, "enrollment_id": enrollment_id}])
    return True


def release_held(whose: Mapping[int, Collection[int]]) -> None:
    """Have the seats be free that sessions, by id, hold for these enrollments."""
    if not whose:
        return
    held = select(_hold.c.id, _hold.c.session_id, _hold.c.enrollment_id)
    rows = db.execute(held.where(_hold.c.session_id.in_(whose)))
    theirs = [row.id for row in rows if row.enrollment_id in whose[row.session_id]]
    if theirs:
        db.execute(delete(_hold).where(_hold.c.id.in_(theirs)))


def find_free(session_id: int) -> int | None:
    """Return the lowest free seat of a session, or None when it is full. It is locked for that."""
    (session,) = lock(Session.id == session_id)
    return free_of(session_id, session.seats)


def free_of(session_id: int, seats: int) -> int | None:
    """Return the lowest free one of so many seats of a session, or None when it is full."""
    return next(free_seats(_taken([session_id])[session_id], seats), None)


def _taken(session_ids: Sequence[int]) -> dict[int, set[int | None]]:
    found: dict[int, set[int | None]] = defaultdict(set)
    if session_ids:
        seated = select(_booking.c.session_id, _booking.c.seat_no)
        held = select(_hold.c.session_id, _hold.c.seat_no)
        both = union_all(
            seated.where(_booking.c.session_id.in_(session_ids)),
            held.where(_hold.c.session_id.in_(session_ids)),
        )
        for session_id, seat_no in db.execute(both):
            found[session_id].add(seat_no)
    return found


def move(
    booking_id: int, participant_id: int, *, seat_no: int | None, mark: Mapping[str, Any]
) -> None:
    """Give a booking another seat, or none, with the mark that makes it so.

    In one statement, for without a seat there are only those who announced their absence.
    """
    values = {**mark, "seat_no": seat_no}
    db.connection().execute(_MOVE.values(values), {"booking_id": booking_id})
    raise_participant(participant_id)


def lower(session_id: int, *, seats: int, title: str, day: date) -> None:
    """Move those beyond a lower limit onto the free seats below it, before it is set.

    Raises `Refused` when more people have a seat, or are offered one, than are left.
    """
    of_each = [
        (table, table.c.id, row.id, row.seat_no)
        for table in (_booking, _hold)
        for row in db.execute(
            select(table.c.id, table.c.seat_no).where(
                table.c.session_id == session_id, table.c.seat_no.is_not(None)
            )
        )
    ]
    refuse_if(why_too_few_seats(title, day, booked=len(of_each), seats=seats))
    free = free_seats({seat_no for *_, seat_no in of_each}, seats)
    beyond = [each for each in of_each if each[-1] > seats]
    for (table, key, row_id, _), seat_no in zip(beyond, free, strict=False):
        db.connection().execute(update(table).where(key == row_id).values(seat_no=seat_no))
