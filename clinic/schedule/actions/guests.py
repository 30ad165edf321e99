"""Who is on one session alone, beside its roster: a guest for that day, or a walk-in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from clinic.days import DAY
from clinic.db import AnyRow, db
from clinic.errors import Refused, refuse_any, refuse_if
from clinic.schedule.actions import by_hand, seats, sessions
from clinic.schedule.actions.one_offs import absent
from clinic.schedule.actions.rosters import refuse_clashes
from clinic.schedule.models import Booking, Session, Status
from clinic.schedule.queries.bookings import who_is_on
from clinic.schedule.queries.changes import guests_of
from clinic.schedule.queries.clashes import double_booked_participants
from clinic.schedule.queries.people import people_to_plan
from clinic.schedule.rules import changes as rules
from clinic.schedule.rules.sessions import why_not_room
from clinic.schedule.rules.words import timed_name
from clinic.trail import Actor


def put_on(
    session: Session, enrollment_id: int, *, reason: str | None = None, by: Actor, now: datetime
) -> None:
    """Book somebody on this session alone; without a free seat there is one more, for a reason."""
    by_hand.hold(session)
    _refuse_touching(session, now=now)
    person = _who_can_come(session, enrollment_id)
    was = by_hand.before(session)
    seats.release_held({session.id: [enrollment_id]})
    if seats.find_free(session.id) is None:
        refuse_if(None if reason else rules.why_no_seat(session.seats), "reason")
        _set_seats(session, session.seats + 1, now=now)
    seat(session, person)
    by_hand.touched(session, is_by_hand=not by_hand.follows_group(session))
    by_hand.record(rules.GUEST_PUT_ON, session, was, reason=reason, by=by, now=now)


def put_on_signed(session: Session, enrollment_id: int, *, now: datetime) -> int:
    """Book somebody who was there on a session that has been signed; without a free seat there is
    one more. Return the id of the booking."""
    by_hand.hold(session)
    person = _who_can_come(session, enrollment_id)
    free_one(session, now=now)
    seat(session, person)
    theirs = (Booking.session_id == session.id) & (Booking.enrollment_id == enrollment_id)
    return db.scalars(select(Booking.id).where(theirs)).one()


def free_one(session: Session, *, now: datetime) -> None:
    """Have a session that has been signed have a seat that nobody has."""
    if seats.find_free(session.id) is None:
        _set_seats(session, session.seats + 1, now=now)
        by_hand.touched(session, is_by_hand=not by_hand.follows_group(session))


def _who_can_come(session: Session, enrollment_id: int) -> AnyRow:
    """Somebody who is enrolled that day and not on the session yet."""
    (person,) = people_to_plan([enrollment_id], scope=None)
    refuse_any(*absent(session.day, [person]))
    on_it = people_to_plan(who_is_on(session.id), scope=None)
    is_on_it = person.participant_id in {each.participant_id for each in on_it}
    refuse_if(rules.why_on_it_already(person.name) if is_on_it else None)
    return person


def take_off(session: Session, enrollment_id: int, *, by: Actor, now: datetime) -> None:
    """Take somebody off this session who is on it alone, and of whom nothing is recorded."""
    by_hand.hold(session)
    _refuse_touching(session, now=now)
    was = by_hand.before(session)
    unseat(session, enrollment_id)
    by_hand.record(rules.GUEST_TAKEN_OFF, session, was, by=by, now=now)


def doubts(session: Session, enrollment_id: int) -> list[str]:
    """What speaks against putting somebody on a session alone, without forbidding it."""
    plan, day = by_hand.plan_of(session, by_hand.facts_of(session))
    if seats.free_of(session.id, session.seats) is None:
        plan.seats += 1
    return by_hand.doubts(session, plan, day, [*who_is_on(session.id), enrollment_id])


def seat(session: Session, person: AnyRow) -> None:
    """Book somebody, by their row, who is not wanted elsewhere at that time."""
    sessions.lock_for([], None, [person.participant_id])
    locked = seats.lock(Session.id == session.id)
    seats.take([(each, {person.id: None}) for each in locked])
    doubles = double_booked_participants(session.day - DAY, participant_id=person.participant_id)
    ours = [each for each in doubles if session.id in (each.one_id, each.other_id)]
    refuse_clashes(ours, name=timed_name)


def unseat(session: Session, enrollment_id: int) -> None:
    if enrollment_id not in guests_of(session.id):
        raise Refused(rules.NO_GUEST)
    theirs = (Booking.session_id == session.id) & (Booking.enrollment_id == enrollment_id)
    refuse_if(
        rules.why_guest_stays(
            is_marked=db.scalars(select(Booking.status).where(theirs)).one() is not Status.EXPECTED
        )
    )
    seats.release_unmarked(theirs)


def set_back(session: Session, before: Mapping[str, Any], *, now: datetime) -> None:
    """Have on a session who was on it alone before, and the seats that there were."""
    there, wanted = set(guests_of(session.id)), set(before["guests"])
    for each in there - wanted:
        unseat(session, each)
    if "seats" in before:
        _set_seats(session, before["seats"], now=now)
    for person in people_to_plan(sorted(wanted - there), scope=None):
        refuse_any(*absent(session.day, [person]))
        seat(session, person)
    by_hand.touched(session, is_by_hand=not by_hand.follows_group(session))


def _set_seats(session: Session, number: int, *, now: datetime) -> None:
    room_seats = session.room.seats if session.room else None
    refuse_if(why_not_room(session.mode, room_seats, number) if session.room else None, "reason")
    values = {"seats": number, "title": session.title, "day": session.day}
    sessions.change({session.id: values}, {session.id: session}, now=now)
    by_hand.afresh(session)


def _refuse_touching(session: Session, *, now: datetime) -> None:
    refuse_if(by_hand.why_not_touch(session))
    refuse_if(rules.why_no_guests(session.day, today=session.site.today(now)))
