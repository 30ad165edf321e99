from datetime import date

from sqlalchemy import select

from clinic.db import db
from clinic.schedule.models import Method, Session, Status
from clinic.schedule.queries.bookings import (
    SEATS_TAKEN,
    bookings_of,
    came_in,
    carried_from,
    has_attendance,
    next_of,
    who_is_on,
)
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


def test_an_arrival_that_is_carried_on_knows_when_they_came(app):
    jo, other = make.enrollment(), make.enrollment()
    present = {"status": Status.PRESENT}
    ten, noon = (
        make.session("2026-03-02", "10:00", "11:00"),
        make.session("2026-03-02", "11:15", "12:00"),
    )
    tomorrow = make.session("2026-03-03", "09:00", "10:00")
    make.booking(ten, jo, arrived="09:51", method=Method.KIOSK, **present)
    make.booking(ten, other, arrived="09:40", method=Method.KIOSK, **present)
    make.booking(tomorrow, jo, arrived="08:40", method=Method.KIOSK, **present)
    carried = make.booking(noon, jo, arrived="11:15", method=Method.CARRIED, **present)
    found = {carried.id: make.instant("2026-03-02 09:51")}
    assert carried_from([]) == {}
    assert carried_from([carried.id]) == found
    rows = bookings_of([jo.id], date(2026, 3, 2), date(2026, 3, 2))
    assert came_in(rows, now=make.instant("2026-03-02 11:14")) == found
    assert came_in(rows, now=make.instant("2026-03-02 11:15")) == {}


def test_next_is_what_is_neither_over_nor_off_nor_called_off(app):
    jo, other, idle = make.enrollment(), make.enrollment(), make.enrollment()
    over = make.session("2026-03-02", "08:00", "09:00")
    left = make.session("2026-03-02", "09:00", "11:00")
    off = make.session("2026-03-02", "10:30", "11:30", is_cancelled=True)
    called_off = make.session("2026-03-02", "12:00", "13:00")
    coming = make.session("2026-03-03", "09:00", "10:00")
    make.booking(over, jo)
    make.booking(left, jo, status=Status.PRESENT, left="09:30")
    make.booking(off, jo)
    make.booking(called_off, jo, status=Status.EXCUSED)
    make.booking(coming, jo)
    make.booking(make.session("2026-03-04"), jo)
    make.booking(left, other)
    now = make.instant("2026-03-02 10:00")
    ids = [each.participant_id for each in (jo, other, idle)]
    found = next_of(ids, now=now)
    assert {whose: row.session_id for whose, row in found.items()} == {
        jo.participant_id: coming.id,
        other.participant_id: left.id,
    }
    assert next_of([], now=now) == {}


def test_a_seat_is_taken_by_who_has_it_and_by_whom_it_is_held_for(app):
    session, other = make.session(), make.session()
    make.booking(session, make.enrollment())
    make.booking(session, make.enrollment(), Status.NO_SHOW)
    make.booking(session, make.enrollment(), Status.EXCUSED, seat_no=None)
    make.offer(make.enrollment(), session)
    taken = dict(db.execute(select(Session.id, SEATS_TAKEN)).all())
    assert taken == {session.id: 3, other.id: 0}
