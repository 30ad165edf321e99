from datetime import date

from clinic.db import db
from clinic.schedule.models import Status
from clinic.schedule.queries.bookings import bookings_of, has_attendance, who_is_on
from tests import make


def test_what_somebody_is_booked_for_comes_by_start(app):
    jo, other = make.enrollment(), make.enrollment()
    late = make.session("2026-03-03", room=make.room(name="Room 1"))
    early = make.session("2026-03-02")
    for session in (late, early, make.session("2026-03-04"), make.session("2026-03-01")):
        make.booking(session, jo)
    make.booking(early, other)
    rows = bookings_of([jo.id], date(2026, 3, 2), date(2026, 3, 3))
    assert [(row.session_id, row.room, row.enrollment_id) for row in rows] == [
        (early.id, None, jo.id),
        (late.id, "Room 1", jo.id),
    ]


def test_who_is_on_a_session_comes_by_seat(app):
    session = make.session()
    one, two = make.booking(session), make.booking(session)
    two.seat_no, one.seat_no = 1, 5
    db.flush()
    assert who_is_on(session.id) == [two.enrollment_id, one.enrollment_id]
    assert has_attendance(session.id) is False
    make.booking(session, status=Status.EXCUSED)
    assert has_attendance(session.id) is True
