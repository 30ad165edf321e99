from sqlalchemy import ColumnElement, func, select

from clinic.schedule.models import Booking, SeatHold, Session


def seats_taken() -> ColumnElement[int]:
    """How many seats somebody has, or are held for somebody, of the session of the statement."""
    booked = select(func.count(Booking.seat_no)).where(Booking.session_id == Session.id)
    held = select(func.count(SeatHold.id)).where(SeatHold.session_id == Session.id)
    return booked.correlate(Session).scalar_subquery() + held.correlate(Session).scalar_subquery()
