from datetime import timedelta

from sqlalchemy import select

from clinic.db import db
from clinic.schedule.actions import by_hand
from clinic.schedule.models import Booking, Method, Status
from clinic.schedule.queries.series import get_series
from tests import make
from tests.schedule.actions.meeting import THURSDAY, meeting, rearrange, relay
from tests.schedule.actions.one_off import cancel, reinstate


def test_who_called_off_keeps_nobody_from_moving_it_and_stays_off(app, process):
    session = meeting(process)
    first = db.scalars(select(Booking).where(Booking.session_id == session.id)).first()
    first.status, first.method, first.seat_no = Status.EXCUSED, Method.STAFF, None
    db.flush()
    friday = THURSDAY + timedelta(days=1)
    plan = by_hand.plan_of(session, by_hand.facts_of(session))[0]
    assert by_hand.doubts(session, plan, friday, None) == [
        "Jordan Avery has called off. That stays as it is at the new time."
    ]
    assert by_hand.doubts(session, plan, THURSDAY, None) == []
    assert rearrange(session, day=friday)
    assert db.get_one(Booking, first.id).status is Status.EXCUSED
    cancel(meeting(process))
    assert meeting(process).is_cancelled


def test_doubts_are_those_that_the_change_brings(app, ana, process):
    make.time_off(ana, "2026-03-12", "2026-03-13")
    kim = make.staff(name="Kim Tran")
    make.time_off(kim, "2026-03-12")
    session = meeting(process)
    plan, day = by_hand.plan_of(session, by_hand.facts_of(session))
    assert by_hand.doubts(session, plan, day, None) == []
    plan.leader_ids = [ana.id, kim.id]
    assert by_hand.doubts(session, plan, day, None) == ["Kim Tran has time off on Thu, Mar 12."]


def test_a_meeting_that_its_group_no_longer_has_is_changed_and_comes_back(app, process):
    cancel(meeting(process))
    get_series(process.id).plan.weekdays = "1"
    relay(process)
    session = meeting(process)
    assert by_hand.follows_group(session) is False
    reinstate(session)
    assert meeting(process).is_changed_by_hand is True
