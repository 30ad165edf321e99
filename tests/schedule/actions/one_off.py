"""A one-off session as the actions take it, and what became of it."""

from datetime import date, time

from sqlalchemy import select

from clinic.db import db
from clinic.programs.models import Kind
from clinic.schedule.actions import changes, one_offs
from clinic.schedule.models import Booking, Mode, SeriesPlan
from clinic.schedule.queries.sessions import get_session
from clinic.trail import Actor, TrailEvent
from tests import make

DESK = Actor("account", 7)
NOW = make.instant("2026-03-09 12:00")  # a Monday
DAY = date(2026, 3, 10)


def one_off(ana, office, *people, day=DAY, title="Intake", program=None, **facts):
    """What is planned, as the actions take it."""
    program = program or make._first_program()
    program.site = make._site_of(program)
    room = facts.pop("room") if "room" in facts else office
    plan = {
        "kind": Kind.INDIVIDUAL,
        "mode": Mode.IN_PERSON,
        "room": room,
        "room_id": room.id if room else None,
        "starts": time(15),
        "ends": time(16),
        "break_minutes": 0,
        "seats": 2,
        "leader_ids": facts.pop("leader_ids") if "leader_ids" in facts else [ana.id],
    }
    return {
        "program": program,
        "plan": SeriesPlan(**plan | facts),
        "title": title,
        "day": day,
        "people": [person.id for person in people],
    }


def book(one, now=NOW, **facts):
    return one_offs.book(**one, by=DESK, now=now, **facts)


def move(session, one, now=NOW, **facts):
    there = get_session(session.id)
    wanted = {name: fact for name, fact in one.items() if name != "program"}
    changes.change(there, **wanted, by=DESK, now=now, **facts)
    return there


def cancel(session, now=NOW, reason="Snow", **facts):
    changes.cancel(get_session(session.id), reason=reason, by=DESK, now=now, **facts)


def reinstate(session, now=NOW, **facts):
    changes.reinstate(get_session(session.id), by=DESK, now=now, **facts)


def booked(session):
    found = select(Booking.enrollment_id).where(Booking.session_id == session.id)
    return sorted(db.scalars(found))


def verbs():
    return list(db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)))


def versions(*people):
    for person in people:
        db.refresh(person, ["calendar_version"])
    return [person.calendar_version for person in people]
