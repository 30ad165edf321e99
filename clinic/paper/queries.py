from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.schedule.models import Booking, Session


def bookings_of(session_id: int) -> Sequence[Booking]:
    """The bookings of a session, with what a mark on them needs."""
    return db.scalars(
        select(Booking)
        .where(Booking.session_id == session_id)
        .options(
            joinedload(Booking.session).joinedload(Session.site),
            joinedload(Booking.enrollment).joinedload(Enrollment.participant),
        )
    ).all()
