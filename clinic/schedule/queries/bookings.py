from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, exists, select, true

from clinic.db import AnyRow, db
from clinic.programs.models import Room, Site
from clinic.schedule.models import Booking, Session, Status

HOLDS_A_SEAT = Booking.seat_no.is_not(None)
HAS_ATTENDANCE = exists().where(Booking.session_id == Session.id, Booking.status != Status.EXPECTED)


def reached(*, by_file: bool) -> ColumnElement[bool]:
    """The sessions that a change of the clinic reaches: a file leaves alone what has attendance
    or was changed by hand."""
    return ~HAS_ATTENDANCE & ~Session.is_changed_by_hand if by_file else true()


def bookings_of(enrollment_ids: Collection[int], first: date, last: date) -> Sequence[AnyRow]:
    """What these enrollments are booked for on the local days from first to last, by start."""
    return db.execute(
        select(
            Session.id.label("session_id"),
            Session.program_id,
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
            Booking.enrollment_id,
            Booking.status,
            Booking.arrived_at,
            Booking.left_at,
        )
        .join(Session, Session.id == Booking.session_id)
        .join(Site, Site.id == Session.site_id)
        .outerjoin(Room, Room.id == Session.room_id)
        .where(Booking.enrollment_id.in_(enrollment_ids), Session.day.between(first, last))
        .order_by(Session.starts_at, Session.id)
    ).all()


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
