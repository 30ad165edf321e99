from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clinic.days import DAY
from clinic.db import db
from clinic.programs.models import Kind
from clinic.schedule.models import Session, Status
from clinic.schedule.queries.clashes import (
    DoubleBooking,
    clashes_of,
    double_booked_leaders,
    double_booked_participants,
    double_booked_rooms,
)
from tests import make
from tests.chance import examples

MONDAY = date(2026, 3, 2)


def test_two_sessions_at_a_time_in_a_room_are_found(app):
    room, other = make.room(), make.room()
    one = make.session(start="10:00", end="12:00", room=room)
    two = make.session(start="11:00", end="13:00", room=room)
    make.session(start="12:00", end="12:30", room=other)
    make.session(start="13:00", end="14:00", room=room)
    make.session(start="11:00", end="13:00", room=room, is_cancelled=True)
    make.session(start="11:00", end="13:00")
    make.session("2026-03-01", "10:00", "12:00", room=room)
    make.session("2026-03-01", "10:00", "12:00", room=room)
    assert double_booked_rooms(MONDAY) == [DoubleBooking(room.id, one.id, two.id, MONDAY)]


def test_leaders_and_co_leaders_are_in_one_place_at_a_time(app):
    ana, ben = make.staff(), make.staff()
    one = make.session(start="10:00", end="12:00", leaders=[ana, ben])
    two = make.session(start="11:00", end="13:00", leaders=[ben])
    make.session(start="12:00", end="13:00", leaders=[ana])
    assert double_booked_leaders(MONDAY) == [DoubleBooking(ben.id, one.id, two.id, MONDAY)]


def test_participants_are_in_one_place_at_a_time_over_all_their_enrollments(app):
    jo = make.participant()
    mine = make.enrollment(jo), make.enrollment(jo, make.program())
    one, two = (make.session(start=start, end="12:00") for start in ("10:00", "11:00"))
    make.booking(one, mine[0])
    make.booking(two, mine[1])
    make.booking(one)  # of somebody else
    away = make.session(start="11:30", end="12:00")
    make.booking(away, mine[0], status=Status.EXCUSED)
    found = [DoubleBooking(jo.id, one.id, two.id, MONDAY)]
    assert double_booked_participants(MONDAY) == found
    assert double_booked_participants(MONDAY, participant_id=jo.id) == found
    assert double_booked_participants(MONDAY, participant_id=jo.id + 1) == []
    assert double_booked_participants(MONDAY + timedelta(days=1)) == []


@examples(20)
@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(8, 17), st.integers(1, 4)),
        max_size=8,
    )
)
def test_double_bookings_are_all_pairs_that_overlap(app, plans):
    rooms = [make.room(), make.room()]
    sessions = [
        make.session(
            MONDAY, f"{first:02d}:00", f"{min(first + hours, 23):02d}:00", room=rooms[number]
        )
        for number, first, hours in plans
    ]
    expected = {
        frozenset([one.id, other.id])
        for one in sessions
        for other in sessions
        if one is not other
        and one.room_id == other.room_id
        and one.starts_at < other.ends_at
        and other.starts_at < one.ends_at
    }
    found = double_booked_rooms(MONDAY)
    db.rollback()
    assert len(found) == len(expected)
    assert {frozenset([each.one_id, each.other_id]) for each in found} == expected


def test_clashes_of_some_sessions_leave_those_of_others_out(app):
    room, ana = make.room(name="Room 2"), make.staff(name="Ana Rivera")
    jo = make.enrollment(participant=make.participant(name="Jordan Avery"))
    mine = make.session("2026-03-02", "10:00", "11:00", title="Mine", room=room, leaders=[ana])
    make.booking(mine, jo)
    make.booking(make.session("2026-03-02", "10:59", "12:00", title="A", room=room), jo)
    alone = {"title": "Individual session", "kind": Kind.INDIVIDUAL}
    make.session("2026-03-02", "09:00", "10:01", leaders=[ana], **alone)
    make.session("2026-03-02", "11:30", "12:30", title="Others", room=room)
    make.session("2026-03-02", "10:00", "11:00", title="Off", room=room, is_cancelled=True)
    found = clashes_of(Session.id == mine.id, first=MONDAY, last=MONDAY)
    assert found == [
        ("Room 2", ("Mine", "A"), MONDAY),
        ("Ana Rivera", ("Individual with Ana Rivera", "Mine"), MONDAY),
        ("Jordan Avery", ("Mine", "A"), MONDAY),
    ]
    assert clashes_of(Session.id == mine.id, first=MONDAY + DAY) == []
