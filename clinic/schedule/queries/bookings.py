from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, true
from sqlalchemy.orm import aliased

from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.programs.models import Organization, Room, Site
from clinic.schedule.models import ABSENT, Booking, Method, SeatHold, Session, Status

STANDS = (  # what is known of an attendance, and how
    Booking.status,
    Booking.arrived_at,
    Booking.left_at,
    Booking.method,
    Booking.reason,
    Booking.reason_for,
    Booking.recorded_at,
    Booking.signed_at,
)
HOLDS_A_SEAT = Booking.seat_no.is_not(None)
# What nobody can take of a session any more, for somebody has it or is offered it: whoever counts
# free seats does it by this.
_HAVE = select(func.count(Booking.seat_no)).where(Booking.session_id == Session.id)
_HELD = select(func.count(SeatHold.id)).where(SeatHold.session_id == Session.id)
SEATS_BOOKED = _HAVE.correlate(Session).scalar_subquery()
SEATS_TAKEN = SEATS_BOOKED + _HELD.correlate(Session).scalar_subquery()
HAS_ATTENDANCE = exists().where(Booking.session_id == Session.id, Booking.status != Status.EXPECTED)


def reached(*, by_file: bool) -> ColumnElement[bool]:
    """The sessions that a change of the clinic reaches: a file leaves alone what has attendance
    or was changed by hand."""
    return ~HAS_ATTENDANCE & ~Session.is_changed_by_hand if by_file else true()


_BOOKED = (
    select(
        Booking.id.label("booking_id"),
        Session.id.label("session_id"),
        Session.program_id,
        Session.site_id,
        Session.title,
        Session.kind,
        Session.mode,
        Session.day,
        Session.starts_at,
        Session.ends_at,
        Session.credit_minutes,
        Session.is_cancelled,
        Site.timezone,
        Room.name.label("room"),
        Session.grace_minutes,
        Session.is_counted,
        Session.held_from,
        Session.held_until,
        Session.topic,
        Booking.enrollment_id,
        *STANDS,
        Booking.seat_no,
        Booking.took_part,
        Booking.identified_by,
        func.coalesce(Organization.doors_minutes, 0).label("doors_minutes"),
    )
    .join(Session, Session.id == Booking.session_id)
    .join(Site, Site.id == Session.site_id)
    .outerjoin(Room, Room.id == Session.room_id)
    .outerjoin(Organization, Organization.id == 1)
    .order_by(Session.starts_at, Session.id)
)


def bookings_of(
    enrollment_ids: Collection[int],
    first: date,
    last: date,
    *,
    more: Collection[ColumnElement[Any]] = (),
) -> Sequence[AnyRow]:
    """What these enrollments are booked for on the local days from first to last, by start; `more`
    are columns that are wanted besides."""
    theirs = Booking.enrollment_id.in_(enrollment_ids), Session.day.between(first, last)
    return db.execute(_BOOKED.add_columns(*more).where(*theirs)).all()


def single_bookings(enrollment_id: int, last: date, *, now: datetime) -> Sequence[AnyRow]:
    """What an enrollment is booked for by itself, in no group, until a local day, by start."""
    theirs = _BOOKED.where(
        Booking.enrollment_id == enrollment_id, Booking.roster_entry_id.is_(None)
    )
    is_due = (Session.ends_at > now) & ~Session.is_cancelled & Booking.status.not_in(ABSENT)
    return db.execute(theirs.where(is_due, Session.day <= last)).all()


def bookings_until(
    enrollment_ids: Collection[int],
    until: datetime,
    only: Iterable[ColumnElement[bool]],
    *,
    more: Collection[ColumnElement[Any]] = (),
    first: int,
    most: int,
) -> Sequence[AnyRow]:
    """A part of what these enrollments were booked for and has begun by then, the latest first;
    `more` are columns that are wanted besides."""
    begun = Session.starts_at <= until
    statement = _BOOKED.add_columns(*more).where(
        Booking.enrollment_id.in_(enrollment_ids), begun, *only
    )
    latest_first = statement.order_by(None).order_by(Session.starts_at.desc(), Session.id.desc())
    return db.execute(latest_first.offset(first).limit(most)).all()


def numbers_until(
    enrollment_ids: Collection[int], until: datetime, only: Iterable[ColumnElement[bool]]
) -> Counter[Status | None]:
    """How many of these there are of each status; None stands for what was cancelled."""
    found: Counter[Status | None] = Counter()
    for status, is_cancelled, number in db.execute(
        select(Booking.status, Session.is_cancelled, func.count())
        .join(Session, Session.id == Booking.session_id)
        .where(Booking.enrollment_id.in_(enrollment_ids), Session.starts_at <= until, *only)
        .group_by(Booking.status, Session.is_cancelled)
    ):
        found[None if is_cancelled else status] += number
    return found


def next_of(participant_ids: Collection[int], *, now: datetime) -> dict[int, AnyRow]:
    """Participant id to where they are to be next, or now: not cancelled, nor called off."""
    if not participant_ids:
        return {}
    place = func.row_number().over(
        partition_by=Enrollment.participant_id, order_by=(Session.starts_at, Session.id)
    )
    due = (
        select(Booking.id, Enrollment.participant_id, place.label("place"))
        .join(Session, Session.id == Booking.session_id)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .where(
            Enrollment.participant_id.in_(participant_ids),
            Session.ends_at > now,
            ~Session.is_cancelled,
            Booking.status.not_in(ABSENT),
            Booking.left_at.is_(None),
        )
        .subquery()
    )
    first = _BOOKED.add_columns(due.c.participant_id).join(due, due.c.id == Booking.id)
    return {row.participant_id: row for row in db.execute(first.where(due.c.place == 1))}


def came_in(visits: Iterable[AnyRow], *, now: datetime) -> dict[int, datetime]:
    """Booking id to when they came, of arrivals carried on to sessions that have not begun."""
    return carried_from(
        [
            each.booking_id
            for each in visits
            if each.method is Method.CARRIED and each.starts_at > now
        ]
    )


def carried_from(booking_ids: Collection[int]) -> dict[int, datetime]:
    """Booking id to when they came to a session before it, at the same place on the same day."""
    if not booking_ids:
        return {}
    its, theirs = aliased(Enrollment), aliased(Enrollment)
    day, earlier, first = aliased(Session), aliased(Session), aliased(Booking)
    came_at = func.min(func.coalesce(first.arrived_at, first.recorded_at))
    rows = db.execute(
        select(Booking.id, came_at.label("came_at"))
        .join(day, day.id == Booking.session_id)
        .join(its, its.id == Booking.enrollment_id)
        .join(theirs, theirs.participant_id == its.participant_id)
        .join(first, first.enrollment_id == theirs.id)
        .join(earlier, earlier.id == first.session_id)
        .where(
            Booking.id.in_(booking_ids),
            first.status == Status.PRESENT,
            first.method != Method.CARRIED,
            earlier.site_id == day.site_id,
            earlier.day == day.day,
            earlier.starts_at < day.starts_at,
        )
        .group_by(Booking.id)
    )
    return {row.id: row.came_at for row in rows}


def who_is_on(session_id: int) -> list[int]:
    """The enrollments booked for a session, in order of their seats."""
    return list(
        db.scalars(
            select(Booking.enrollment_id)
            .where(Booking.session_id == session_id)
            .order_by(Booking.seat_no, Booking.id)
        )
    )


def has_attendance(session_id: int) -> bool:
    return bool(db.scalar(select(HAS_ATTENDANCE).where(Session.id == session_id)))
