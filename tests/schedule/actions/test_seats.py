import json

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.errors import Refused
from clinic.programs.models import Kind
from clinic.schedule.actions import seats
from clinic.schedule.models import Booking, Session, Status
from clinic.trail import SYSTEM, TrailEvent
from tests import make

NOW = make.instant("2026-03-01 09:00")

ABSENT = {"status": Status.EXCUSED, "method": "staff"}


def place(session):
    (found,) = seats.lock(Session.id == session.id)
    return found


def taken(session):
    rows = select(Booking.enrollment_id, Booking.seat_no).where(Booking.session_id == session.id)
    return dict(db.execute(rows).all())


def versions(*people):
    for person in people:
        db.refresh(person)
    return [person.calendar_version for person in people]


def test_the_lowest_free_seats_are_taken(app):
    session = make.session(seats=3)
    first, jo, blake = make.booking(session, seat_no=2), make.enrollment(), make.enrollment()
    entry = make.roster_entry(make.series(), jo)
    seats.take([(place(session), {blake.id: None, jo.id: entry.id})])
    assert taken(session) == {first.enrollment_id: 2, jo.id: 1, blake.id: 3}
    bookings = db.scalars(select(Booking).order_by(Booking.id)).all()
    assert [(each.roster_entry_id, each.seats, each.status) for each in bookings] == [
        (None, 3, Status.EXPECTED),
        (entry.id, 3, Status.EXPECTED),
        (None, 3, Status.EXPECTED),
    ]
    assert versions(jo.participant, blake.participant) == [1, 1]


def test_nobody_takes_a_seat_when_one_is_missing(app):
    full, free = make.session("2026-03-03", seats=1), make.session("2026-03-02", seats=1)
    make.booking(full)
    jo = make.enrollment()
    with pytest.raises(Refused, match="Process group has no free seat on Tue, Mar 3"):
        seats.take([(place(free), {jo.id: None}), (place(full), {jo.id: None})])
    assert taken(free) == {}
    kind, ana = Kind.INDIVIDUAL, make.staff(name="Ana Rivera")
    alone = make.session(seats=1, title="Individual session", kind=kind, leaders=[ana])
    make.booking(alone)
    with pytest.raises(Refused, match="Individual with Ana Rivera has no free seat on"):
        seats.take([(place(alone), {jo.id: None})])


def test_who_is_taken_out_is_told_by_what_went(app):
    session = make.session()
    gone, stays = make.booking(session), make.booking(session, status=Status.PRESENT)
    people = gone.enrollment.participant, stays.enrollment.participant
    went = seats.release(Booking.id == gone.id, by=SYSTEM, now=NOW)
    assert [tuple(each)[:3] for each in went] == [(gone.id, session.id, gone.enrollment_id)]
    assert list(taken(session)) == [stays.enrollment_id]
    assert versions(*people) == [1, 0]
    assert db.scalars(select(TrailEvent)).all() == []  # nothing was recorded of them


def test_who_is_marked_stays_where_only_the_unmarked_go(app):
    session = make.session()
    gone, stays = make.booking(session), make.booking(session, status=Status.EXCUSED)
    seats.release_unmarked(Booking.session_id == session.id)
    assert list(taken(session)) == [stays.enrollment_id]
    assert versions(gone.enrollment.participant, stays.enrollment.participant) == [1, 0]


def test_an_absence_that_goes_with_its_booking_and_comes_again_is_recorded(app):
    session = make.session()
    make.booking(session, status=Status.EXCUSED)
    [row] = db.execute(select(Booking.__table__)).mappings()
    db.flush()
    seats.release(Booking.session_id == session.id, by=SYSTEM, now=NOW)
    seats.put_back([row], by=SYSTEM, now=NOW)
    off, again = db.scalars(select(TrailEvent).order_by(TrailEvent.id))
    assert (off.verb, off.subject_id, off.chain) == (seats.TAKEN_OFF, row["id"], session.site_id)
    assert json.loads(off.facts) == {
        "is_taken_off": True,
        "status": "excused",
        "enrollment": row["enrollment_id"],
        "session": session.id,
    }
    assert (again.verb, json.loads(again.facts)["is_taken_off"]) == (seats.PUT_BACK, False)


def test_a_free_seat_is_found_until_there_is_none(app):
    session = make.session(seats=3)
    make.booking(session, seat_no=1)
    make.booking(session, status=Status.EXCUSED)
    assert seats.find_free(session.id) == 2
    make.booking(session, seat_no=2)
    make.booking(session, seat_no=3)
    assert seats.find_free(session.id) is None


def test_an_announced_absence_gives_the_seat_back_and_takes_another_one(app):
    session = make.session(seats=2)
    booking = make.booking(session, seat_no=1)
    person = booking.enrollment.participant
    seats.move(booking.id, person.id, seat_no=None, mark=ABSENT)
    db.refresh(booking)
    assert (booking.seat_no, booking.status, booking.method) == (None, Status.EXCUSED, "staff")
    seats.move(booking.id, person.id, seat_no=2, mark={"status": Status.EXPECTED, "method": None})
    db.refresh(booking)
    assert (booking.seat_no, booking.status, booking.method) == (2, Status.EXPECTED, None)
    assert versions(person) == [2]


def test_a_lower_limit_moves_those_beyond_it_up(app):
    session = make.session(seats=5)
    bookings = [make.booking(session, seat_no=number) for number in (1, 4, 5)]
    seats.lower(session.id, seats=3, title=session.title, day=session.day)
    db.expire_all()
    numbers = [each.seat_no for each in bookings]
    assert numbers[0] == 1
    assert sorted(numbers) == [1, 2, 3]


def test_a_limit_is_not_lowered_below_those_who_are_booked(app):
    session = make.session(seats=3)
    bookings = [make.booking(session) for _ in range(3)]
    with pytest.raises(Refused, match="has 3 people on its roster, 2 seats"):
        seats.lower(session.id, seats=2, title=session.title, day=session.day)
    assert taken(session) == {each.enrollment_id: n for n, each in enumerate(bookings, 1)}
