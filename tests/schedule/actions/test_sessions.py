from datetime import date, timedelta

from sqlalchemy import select

from clinic.db import db
from clinic.schedule.actions import seats as places
from clinic.schedule.actions import sessions
from clinic.schedule.models import Booking, SessionLeader, Status
from clinic.schedule.queries.sessions import get_session
from clinic.trail import SYSTEM, Actor
from tests import make
from tests.dump import changed, dump

DESK = Actor("account", 7)
NOW = make.instant("2026-03-02 09:00")
LATER = NOW + timedelta(hours=1)
DAY = date(2026, 3, 10)


def versions(*people):
    for person in people:
        db.refresh(person, ["calendar_version"])
    return [person.calendar_version for person in people]


# Closures


def close(day, until=None, **facts):
    return sessions.close(make.closure(day, until, **facts), now=LATER)


def test_a_closure_cancels_what_is_planned_on_its_days_at_its_site(app):
    site, other = make.site(), make.site()
    here, there = make.program(site), make.program(other)
    ana, jo = make.staff(), make.enrollment(program=here)
    closed = [
        make.session(day, program=here, leaders=[ana]) for day in ("2026-05-25", "2026-05-26")
    ]
    make.booking(closed[0], jo)
    open_ = [
        make.session("2026-05-24", program=here),
        make.session("2026-05-27", program=here),
        make.session("2026-05-25", program=there),
    ]
    close("2026-05-25", "2026-05-26", name="Memorial Day", site_id=site.id)
    for each in (*closed, *open_):
        db.refresh(each)
    assert [
        (each.is_cancelled, each.cancel_reason, each.sequence, each.changed_at == LATER)
        for each in closed
    ] == [(True, "Memorial Day", 1, True)] * 2
    assert [(each.is_cancelled, each.sequence) for each in open_] == [(False, 0)] * 3
    assert versions(ana, jo.participant) == [1, 1]
    assert len(db.scalars(select(Booking)).all()) == 1


def test_closing_again_changes_nothing(app):
    make.session("2026-05-25")
    closure = make.closure("2026-05-25")
    sessions.close(closure, now=LATER)
    before = dump()
    sessions.close(closure, now=LATER + timedelta(hours=1))
    assert changed(before, dump()) == set()


def test_what_was_held_or_changed_by_hand_stands_on_a_closed_day(app):
    session = make.session("2026-05-25")
    make.booking(session, status=Status.PRESENT)
    by_hand = make.session("2026-05-25", "12:00", "13:00", is_changed_by_hand=True)
    sessions.close(make.closure("2026-05-25"), by_file=True, now=LATER)
    for each in (session, by_hand):
        db.refresh(each)
    assert [session.is_cancelled, by_hand.is_cancelled] == [False, False]


# Leaders


def led(session):
    rows = db.execute(
        select(SessionLeader.staff_id, SessionLeader.has_led, SessionLeader.stood_in)
        .where(SessionLeader.session_id == session.id)
        .order_by(SessionLeader.position)
    )
    return [tuple(row) for row in rows]


def test_who_has_led_and_who_stood_in_stay_when_others_are_planned(app):
    ana, ben, cam, dee = (make.staff() for _ in range(4))
    session = make.session(leaders=[ana, ben])
    session.leaders[1].has_led = False
    for place, each in enumerate((cam, dee), start=100):
        db.add(
            SessionLeader(
                session_id=session.id, staff_id=each.id, position=place, has_led=True, stood_in=True
            )
        )
    db.flush()
    assert sessions.set_leaders({session.id: [ana.id, ben.id]}) == set()
    assert sessions.set_leaders({session.id: [ben.id, cam.id]}) == {session.id}
    assert led(session) == [
        (ben.id, False, False),
        (cam.id, True, False),
        (dee.id, True, True),
    ]
    db.expire_all()
    assert get_session(session.id).leader_ids == [ben.id, cam.id]


# Weeks


def test_weeks_can_begin_on_another_day(app):
    found = [make.session(day) for day in ("2026-03-01", "2026-03-02", "2026-03-07")]
    assert [each.week for each in found] == [
        date(2026, 2, 23),
        date(2026, 3, 2),
        date(2026, 3, 2),
    ]
    sessions.regroup_weeks(6)
    for each in found:
        db.refresh(each)
    assert {each.week for each in found} == {date(2026, 3, 1)}


# Nothing to do


def test_nothing_to_do_asks_nothing(app, queries):
    with queries() as count:
        sessions.create([], now=NOW)
        sessions.change({}, {}, now=NOW)
        sessions.remove([], by=SYSTEM, now=NOW)
        places.take([])
    assert count() == 0
