from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import joinedload

from clinic.amendments.rules import DayOf, day_of
from clinic.attendance.queries import get_session as get_attended
from clinic.bookings.queries import booked_as
from clinic.bookings.rules import Booked
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.hours.queries import delivered_in
from clinic.paging import PAGE, Order, Paging, paging_of
from clinic.participants.models import Participant
from clinic.schedule.models import AttendanceAmendment, Booking, Decision, Session
from clinic.schedule.queries.amendments import IS_WAITING, amendments, amendments_page
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
    return day_of([delivered_in(row, now=now) for row in rows])


def earlier(booking: Booking) -> Sequence[AnyRow]:
    """The amendments of somebody's attendance at a session so far."""
    return amendments(
        AttendanceAmendment.session_id == booking.session_id,
        AttendanceAmendment.enrollment_id == booking.enrollment_id,
    )


COLUMNS: Final[dict[str, ColumnElement[Any]]] = {  # that the list of all is sorted by
    "asked": AttendanceAmendment.asked_at.expression,
    "day": Session.starts_at.expression,
    "name": Participant.sort_name.expression,
    "minutes": func.abs(AttendanceAmendment.minutes),
}


def listed(
    decision: Decision | None, order: Order, *, page: int, scope: int | None
) -> tuple[Sequence[AnyRow], Paging]:
    """A page of the amendments that were decided so, or of all. Raises `NotFound` beyond the last
    page."""
    only = [] if decision is None else [AttendanceAmendment.decision == decision]
    by = COLUMNS[order.by]
    rows = amendments_page(
        *only,
        scope=scope,
        by=(by.desc() if order.is_down else by, AttendanceAmendment.id.expression),
        first=(max(page, 1) - 1) * PAGE,
        most=PAGE,
    )
    return rows, paging_of(rows[0].total if rows else 0, page=page, most=PAGE)
