from datetime import date, time

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.errors import Refused
from clinic.programs.models import Kind
from clinic.schedule.actions import meetings
from clinic.schedule.models import Booking, Method, Mode, SeriesPlan, Status
from clinic.schedule.queries.changes import guests_of
from clinic.schedule.queries.series import get_series
from clinic.schedule.queries.sessions import find_meeting
from tests import make
from tests.dump import changed, dump
from tests.schedule.actions.meeting import THURSDAY, events, meeting, relay
from tests.schedule.actions.one_off import DESK, NOW, booked

FAR = date(2027, 3, 11)  # a Thursday after the group's last one


def bring(series, planned=THURSDAY, *, day=None, guests=(), cancelled=None, **facts):
    db.flush()
    db.expire_all()
    series = get_series(series.id)
    usual = {"kind": Kind.GROUP, "mode": Mode.IN_PERSON, "break_minutes": 0, "seats": 3}
    usual |= {"starts": time(10), "ends": time(11), "leader_ids": series.plan.leader_ids}
    room = facts.pop("room", series.plan.room)
    plan = SeriesPlan(**usual | facts, room=room, room_id=room.id if room else None)
    return meetings.bring(
        series,
        planned,
        plan,
        title=series.title,
        day=day or planned,
        guests=[each.id for each in guests],
        cancelled=cancelled,
        by=DESK,
        now=NOW,
    )


def test_a_file_moves_a_meeting_and_a_second_time_changes_nothing(app, process):
    moved = {"day": date(2026, 3, 13), "starts": time(9)}
    assert bring(process, **moved) == "changed"
    session = meeting(process)
    assert (session.day, session.is_changed_by_hand, len(booked(session))) == (
        date(2026, 3, 13),
        True,
        2,
    )
    assert events()[-1] == ("session.changed", {"day": "2026-03-13", "people": 0})
    before = dump()
    assert bring(process, **moved) == "unchanged"
    assert bring(process, starts=time(8)) == "unchanged"  # changed by hand by now
    assert changed(before, dump()) == set()
    relay(process)
    assert meeting(process).day == date(2026, 3, 13)


def test_a_file_puts_guests_on_and_nothing_else_is_by_hand(app, process):
    sam = make.enrollment()
    assert bring(process, guests=[sam]) == "changed"
    session = meeting(process)
    assert (guests_of(session.id), session.is_changed_by_hand) == ([sam.id], False)
    assert bring(process, guests=[sam]) == "unchanged"
    with pytest.raises(Refused, match="no free seat"):
        bring(process, guests=[sam, make.enrollment()])


def test_a_file_cancels_a_meeting_and_says_why(app, process):
    assert bring(process, cancelled="snow") == "changed"
    session = meeting(process)
    assert (session.is_cancelled, session.cancel_reason) == (True, "snow")
    assert bring(process, cancelled="snow") == "unchanged"


def test_what_has_attendance_is_left_alone(app, process):
    booking = db.scalars(select(Booking).where(Booking.session_id == meeting(process).id)).first()
    booking.status, booking.method = Status.NO_SHOW, Method.STAFF
    db.flush()
    assert bring(process, starts=time(9)) == "unchanged"


def test_a_meeting_that_its_group_does_not_reach_is_made_and_stays(app, process):
    assert bring(process, FAR) == "created"
    assert find_meeting(process.id, FAR).is_changed_by_hand
    relay(process)
    assert bring(process, FAR) == "unchanged"
