from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from clinic.amendments.rules import DayOf, day_of
from clinic.attendance.queries import get_session as get_attended
from clinic.bookings.queries import booked_as
from clinic.bookings.rules import Booked
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.hours.queries import delivered_in
from clinic.schedule.models import AttendanceAmendment, Booking, Session
from clinic.schedule.queries.amendments import IS_WAITING, amendments
from clinic.schedule.queries.bookings import bookings_of
from clinic.schedule.queries.sessions import get_session
from clinic.schedule.queries.staff import led_by


def get_led(session_id: int, scope: int | None) -> Session:
    """A session of which somebody may record the attendance, whole."""
    return get_session(get_attended(session_id, scope=scope).id)


def get_booking(booking_id: int, scope: int | None) -> Booking:
    """A booking of a session of which somebody may record the attendance, with whose it is."""
    statement = (
        select(Booking)
        .join(Booking.session)
        .where(Booking.id == booking_id)
        .options(joinedload(Booking.enrollment).joinedload(Enrollment.participant))
    )
    if scope is not None:
        statement = statement.where(led_by(scope))
    return or_not_found(db.scalars(statement).one_or_none())


def find_booked(booking_id: int | None) -> Booked | None:
    """What is known of a booking, locked; None where it is gone."""
    return booked_as([] if booking_id is None else [booking_id]).get(booking_id or 0)


def unmarked(session: Session) -> Booked:
    """How a booking of a session begins, for who is not on it yet."""
    times = session.starts_at, session.ends_at, session.day, session.is_cancelled
    return Booked(0, 0, session.id, *times, room=None, doors_minutes=0)


def get_amendment(amendment_id: int, scope: int | None) -> AnyRow:
    """An amendment, as lists have it."""
    found = amendments(AttendanceAmendment.id == amendment_id, scope=scope)
    return or_not_found(next(iter(found), None))


def hold(amendment_id: int) -> AttendanceAmendment:
    """An amendment as it is kept, locked: of two who decide, one waits for the other."""
    return db.scalars(
        select(AttendanceAmendment)
        .where(AttendanceAmendment.id == amendment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def is_waiting(session_id: int, enrollment_id: int) -> bool:
    """Whether an amendment of somebody's attendance waits for a second person."""
    theirs = exists().where(
        IS_WAITING,
        AttendanceAmendment.session_id == session_id,
        AttendanceAmendment.enrollment_id == enrollment_id,
    )
    return bool(db.scalar(select(theirs)))


def delivered_on(session: Session, enrollment_id: int, *, now: datetime) -> DayOf:
    """What was delivered to somebody on the day of a session."""
    db.flush()
    rows = bookings_of([enrollment_id], session.day, session.day)
    return day_of([delivered_in(row) for row in rows if row.ends_at <= now])


def earlier(booking: Booking) -> Sequence[AnyRow]:
    """The amendments of somebody's attendance at a session so far."""
    return amendments(
        AttendanceAmendment.session_id == booking.session_id,
        AttendanceAmendment.enrollment_id == booking.enrollment_id,
    )


def all_amendments(scope: int | None) -> Sequence[AnyRow]:
    return amendments(scope=scope)
