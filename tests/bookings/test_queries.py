from datetime import date

from sqlalchemy import select

from clinic.bookings.queries import booked_as, booked_on, last_act
from clinic.db import db
from clinic.schedule.models import Mode, Status
from clinic.trail import TrailEvent
from tests import make
from tests.bookings.stored import mark


def test_somebodys_bookings_of_a_day_come_with_all_that_an_arrival_needs(app):
    make.organization(doors_minutes=20)
    session = make.session(room=make.room(name="Room 1"))
    booking = make.booking(session, status=Status.NO_SHOW, reason="unknown")
    make.booking(make.session("2026-03-03"), booking.enrollment)
    make.booking(session)
    day = date(2026, 3, 2)
    (found,) = booked_on(booking.enrollment.participant_id, session.site_id, day, day)
    assert found._asdict() == {
        "id": booking.id,
        "participant_id": booking.enrollment.participant_id,
        "session_id": session.id,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "day": day,
        "is_cancelled": False,
        "room": "Room 1",
        "doors_minutes": 20,
        "status": Status.NO_SHOW,
        "arrived_at": None,
        "left_at": None,
        "method": booking.method,
        "reason": "unknown",
        "reason_for": Status.NO_SHOW,
        "recorded_at": booking.recorded_at,
        "signed_at": None,
        "seat_no": 1,
        "version": 1,
        "enrollment_id": booking.enrollment_id,
        "changed_at": None,
        "took_part": None,
        "identified_by": None,
        "mode": Mode.IN_PERSON,
    }


def test_bookings_that_are_gone_are_left_out(app):
    booking = make.booking()
    assert list(booked_as([booking.id, booking.id + 1])) == [booking.id]


def test_what_was_done_last_to_an_attendance(app):
    booking, other = make.booking(), make.booking()
    assert last_act(booking.id) is None
    mark(booking, Status.PRESENT)
    mark(booking, Status.NO_SHOW)
    mark(other, Status.PRESENT)
    newest = db.scalars(
        select(TrailEvent.act)
        .where(TrailEvent.subject_id == booking.id)
        .order_by(TrailEvent.id.desc())
    ).first()
    assert last_act(booking.id) == newest
