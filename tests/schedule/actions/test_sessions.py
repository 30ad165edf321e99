import json
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.errors import Refused
from clinic.programs.models import Kind
from clinic.schedule.actions import seats as places
from clinic.schedule.actions import sessions
from clinic.schedule.models import Booking, Method, Mode, Session, SessionLeader, Status
from clinic.trail import Actor, TrailEvent
from tests import make
from tests.dump import changed, dump

DESK = Actor("account", 7)
NOW = make.instant("2026-03-02 09:00")
LATER = NOW + timedelta(hours=1)
DAY = date(2026, 3, 10)


def plan_of(program=None, **facts):
    program = program or make._first_program()
    program.site = make._site_of(program)
    plan = {
        "program": program,
        "title": "Intake",
        "kind": Kind.INDIVIDUAL,
        "mode": Mode.IN_PERSON,
        "room": None,
        "starts": time(15),
        "ends": time(16),
        "break_minutes": 0,
        "seats": 2,
        "leader_ids": [],
    }
    return sessions.Plan(**plan | facts)


def plan(people=(), *, now=NOW, day=DAY, **facts):
    return sessions.plan_one_off(
        "intake", day, plan_of(**facts), [each.id for each in people], by=DESK, now=now
    )


def intake():
    session = db.scalars(select(Session).where(Session.key == "intake")).one()
    db.refresh(session)
    return session


def seats():
    rows = db.execute(select(Booking.enrollment_id, Booking.seat_no))
    return dict(rows.all())


def versions(*people):
    for person in people:
        db.refresh(person, ["calendar_version"])
    return [person.calendar_version for person in people]


def two_people():
    return make.enrollment(), make.enrollment()


# One-off sessions


def test_a_one_off_session_has_its_key_people_and_leaders(app):
    ana, (jo, blake) = make.staff(), two_people()
    room = make.room()
    assert plan([blake, jo], room=room, leader_ids=[ana.id]) == "created"
    session = intake()
    assert (session.series_id, session.planned_on, session.day, session.week, session.room_id) == (
        None,
        None,
        DAY,
        date(2026, 3, 9),
        room.id,
    )
    assert (session.starts_at, session.ends_at, session.credit_minutes, session.sequence) == (
        make.instant("2026-03-10 15:00"),
        make.instant("2026-03-10 16:00"),
        60,
        0,
    )
    assert seats() == {jo.id: 1, blake.id: 2}
    booking = db.scalars(select(Booking)).first()
    assert (booking.roster_entry_id, booking.status) == (None, Status.EXPECTED)
    leader = db.scalars(select(SessionLeader)).one()
    assert (leader.staff_id, leader.position) == (ana.id, 0)
    assert versions(ana, jo.participant, blake.participant) == [1, 1, 1]
    event = db.scalars(select(TrailEvent)).one()
    assert (event.verb, event.subject_id, json.loads(event.facts)) == (
        "session.planned",
        session.id,
        {"day": "2026-03-10", "people": 2},
    )


def test_planning_it_twice_changes_nothing(app):
    ana, people = make.staff(), two_people()
    plan(people, leader_ids=[ana.id])
    before = dump()
    assert plan(people, leader_ids=[ana.id], now=LATER) == "unchanged"
    assert changed(before, dump()) == set()


@pytest.mark.parametrize(
    ("facts", "sequence"),
    [
        ({"title": "Assessment"}, 0),
        ({"starts": time(14)}, 1),
        ({"day": date(2026, 3, 11)}, 1),
        ({"seats": 3}, 0),
    ],
)
def test_another_plan_changes_the_session_that_is_there(app, facts, sequence):
    people = two_people()
    plan(people)
    before = intake().id
    assert plan(people, now=LATER, **facts) == "changed"
    session = intake()
    assert (session.id, session.sequence) == (before, sequence)
    assert plan(people, now=LATER, **facts) == "unchanged"


def test_other_people_or_leaders_are_a_change(app):
    ana, (jo, blake) = make.staff(), two_people()
    plan([jo])
    assert plan([blake]) == "changed"
    assert seats() == {blake.id: 1}
    assert versions(jo.participant, blake.participant) == [2, 1]
    assert plan([blake], leader_ids=[ana.id]) == "changed"
    assert versions(jo.participant, blake.participant, ana) == [2, 1, 1]
    assert plan([]) == "changed"
    assert (seats(), versions(blake.participant, ana)) == ({}, [2, 2])


def test_fewer_seats_for_fewer_people_at_once(app):
    jo, blake = two_people()
    plan([jo, blake])
    assert plan([blake], seats=1) == "changed"
    assert seats() == {blake.id: 1}


def test_more_people_than_seats_are_refused(app):
    people = [*two_people(), make.enrollment()]
    with pytest.raises(Refused) as refused:
        plan(people)
    assert refused.value.sentence == "Intake has no free seat on Tue Mar 10."


def test_one_with_attendance_or_changed_by_hand_is_left_alone(app):
    people = two_people()
    plan(people)
    session = intake()
    session.is_changed_by_hand = True
    db.flush()
    before = dump()
    assert plan([], starts=time(14)) == "unchanged"
    assert changed(before, dump()) == set()
    session.is_changed_by_hand = False
    booking = db.scalars(select(Booking)).first()
    booking.status, booking.method = Status.NO_SHOW, Method.STAFF
    db.flush()
    before = dump()
    assert plan([], starts=time(14)) == "unchanged"
    assert changed(before, dump()) == set()


def test_a_one_off_session_on_a_closed_day_is_cancelled(app):
    make.closure(DAY, name="Staff retreat")
    plan(two_people())
    session = intake()
    assert (session.is_cancelled, session.cancel_reason, len(seats())) == (True, "Staff retreat", 2)


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
    assert close("2026-05-25", "2026-05-26", name="Memorial Day", site_id=site.id) == 2
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
    assert sessions.close(closure, now=LATER) == 1
    before = dump()
    assert sessions.close(closure, now=LATER + timedelta(hours=1)) == 0
    assert changed(before, dump()) == set()


def test_what_was_held_or_changed_by_hand_stands_on_a_closed_day(app):
    session = make.session("2026-05-25")
    make.booking(session, status=Status.PRESENT)
    by_hand = make.session("2026-05-25", "12:00", "13:00", is_changed_by_hand=True)
    assert close("2026-05-25") == 0
    for each in (session, by_hand):
        db.refresh(each)
    assert [session.is_cancelled, by_hand.is_cancelled] == [False, False]


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
        sessions.remove([])
        places.take([])
    assert count() == 0
