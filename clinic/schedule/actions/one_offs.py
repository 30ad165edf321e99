"""One-off sessions: planned by themselves, moved, cancelled and reinstated."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select, update

from clinic import clock, trail
from clinic.accounts.models import Staff
from clinic.days import Range, why_not_wall_time
from clinic.db import AnyRow, db
from clinic.errors import refuse_if
from clinic.participants.models import Participant
from clinic.programs.models import Organization, Room
from clinic.programs.queries import closures_of
from clinic.schedule.actions import sessions
from clinic.schedule.models import Booking, Session
from clinic.schedule.queries.bookings import has_attendance, who_is_on
from clinic.schedule.queries.clashes import clashes_of
from clinic.schedule.queries.offers import figures_of, leaders_to_offer
from clinic.schedule.queries.people import away_of, people_to_plan
from clinic.schedule.queries.sessions import find_one_off
from clinic.schedule.queries.staff import times_of_staff
from clinic.schedule.rules.availability import busy_warnings, leader_warnings, weekly
from clinic.schedule.rules.seats import seat_warnings, why_not_people
from clinic.schedule.rules.sessions import (
    clash_sentences,
    why_changed_since,
    why_closed,
    why_it_stays,
    why_not_plan,
    why_not_there,
)
from clinic.trail import Actor


class OneOff(NamedTuple):
    """What is planned: when, what, and for which enrollments."""

    day: date
    plan: sessions.Plan
    enrollment_ids: Sequence[int]


def book(one: OneOff, *, by: Actor, now: datetime) -> Session:
    """Plan a session that belongs to no group.

    Raises `Refused` when the room, a leader or a participant is wanted elsewhere at that time.
    """
    people = people_to_plan(one.enrollment_ids, scope=None)
    sessions.lock(Organization, [1])  # on PostgreSQL: the keys are given one at a time
    _lock_all(one.plan, people)
    _refuse_plan(one, people, now=now)
    key = _next_key()
    sessions.plan_one_off(key, one.day, one.plan, one.enrollment_ids, by=by, now=now)
    session = find_one_off(key)
    assert session is not None
    _refuse_clashes(session.id, one.day)
    return session


def move(
    session: Session, one: OneOff, *, seen: int | None = None, by: Actor, now: datetime
) -> Session:
    """Change the time, place, leaders or people of a one-off session that is still to come.

    `seen` is the number in its calendar that somebody saw; refused when it has another by now.
    """
    _lock_session(session)
    refuse_if(_why_not_change(session, now=now))
    refuse_if(why_changed_since(seen, session.sequence))
    people = people_to_plan(one.enrollment_ids, scope=None)
    _lock_all(one.plan, people)
    _refuse_plan(one, people, now=now)
    values = sessions.values_on(one.day, one.plan, sessions.calendar_of(session.site_id))
    changed = sessions.arrange(session, values, one.plan.leader_ids, one.enrollment_ids, now=now)
    if not changed:
        return session
    _refuse_clashes(session.id, one.day)
    _touched(session)
    trail.record("session.changed", session, by=by, now=now, day=one.day, people=len(people))
    return session


def cancel(session: Session, *, reason: str | None, by: Actor, now: datetime) -> None:
    """Cancel a one-off session that is still to come. Those booked keep it, as cancelled."""
    _lock_session(session)
    if session.is_cancelled:
        return
    refuse_if(_why_not_change(session, now=now))
    sessions.cancel([session.id], reason=reason, now=now)
    _touched(session)
    trail.record("session.cancelled", session, by=by, now=now, day=session.day)


def reinstate(session: Session, *, by: Actor, now: datetime) -> None:
    """Take a cancellation back, if its room, leaders and people are still free."""
    _lock_session(session)
    if not session.is_cancelled:
        return
    refuse_if(_why_not_change(session, now=now, ignores_cancelled=True))
    refuse_if(why_closed(session.day, _closures(session.site_id)))
    people = people_to_plan(who_is_on(session.id), scope=None)
    sessions.lock(Staff, [leader.staff_id for leader in session.leaders])
    sessions.lock(Room, [session.room_id])
    sessions.lock(Participant, [person.participant_id for person in people])
    _refuse_absent(session.day, people)
    sessions.reinstate([session.id], now=now)
    _touched(session)
    _refuse_clashes(session.id, session.day)
    trail.record("session.reinstated", session, by=by, now=now, day=session.day)


def why_not_change(session: Session, *, now: datetime) -> str | None:
    """Why a session cannot be moved or cancelled, or None when it can."""
    return _why_not_change(session, now=now, ignores_cancelled=True)


def doubts(one: OneOff) -> list[str]:
    """What speaks against a plan without forbidding it."""
    plan = one.plan
    names = {row.id: row.name for row in leaders_to_offer(plan.leader_ids)}
    times = times_of_staff(plan.leader_ids)
    warnings = seat_warnings(
        figures_of(plan.program),
        seats=plan.seats,
        kind=plan.kind,
        population=plan.program.population,
        leaders=len(plan.leader_ids),
    )
    for staff_id in plan.leader_ids:
        warnings += leader_warnings(
            names[staff_id],
            [one.day],
            plan.starts,
            plan.ends,
            hours=times.hours[staff_id],
            off=times.off[staff_id],
        )
    away = away_of(one.enrollment_ids)
    wanted = weekly(one.day, plan.starts, plan.ends)
    for person in people_to_plan(one.enrollment_ids, scope=None):
        warnings += busy_warnings(person.name, wanted, away.busy[person.id])
    return warnings


def _lock_all(plan: sessions.Plan, people: Sequence[AnyRow]) -> None:
    sessions.lock(Staff, plan.leader_ids)
    sessions.lock(Room, [plan.room.id if plan.room else None])
    sessions.lock(Participant, [person.participant_id for person in people])


def _lock_session(session: Session) -> None:
    """The session and its bookings as they are now, and as they stay until we are done."""
    db.refresh(
        session, ["starts_at", "is_cancelled", "sequence"], with_for_update={"key_share": True}
    )
    db.execute(
        select(Booking.id)
        .where(Booking.session_id == session.id)
        .order_by(Booking.id)
        .with_for_update()
    )


def _why_not_change(
    session: Session, *, now: datetime, ignores_cancelled: bool = False
) -> str | None:
    return why_it_stays(
        is_of_group=session.series_id is not None,
        has_begun=session.starts_at <= now,
        is_held=has_attendance(session.id),
        is_cancelled=session.is_cancelled and not ignores_cancelled,
    )


def _refuse_plan(one: OneOff, people: Sequence[AnyRow], *, now: datetime) -> None:
    plan = one.plan
    zone = plan.program.site.zone
    refuse_if(why_not_plan(one.day, today=clock.day_of(now, zone)))
    refuse_if(why_not_wall_time(one.day, plan.starts, zone))
    refuse_if(why_not_wall_time(one.day, plan.ends, zone))
    refuse_if(sessions.why_not_hold(plan))
    refuse_if(why_closed(one.day, _closures(plan.program.site_id)))
    refuse_if(why_not_people([person.participant_id for person in people], plan.seats))
    _refuse_absent(one.day, people)


def _refuse_absent(day: date, people: Sequence[AnyRow]) -> None:
    leaves = away_of([person.id for person in people]).leaves
    for person in people:
        enrolled = Range(person.from_on, person.until_on)
        refuse_if(why_not_there(person.name, day, enrolled=enrolled, leaves=leaves[person.id]))


def _closures(site_id: int) -> list[tuple[date, date, str]]:
    return [(each.from_on, each.until_on, each.name) for each in closures_of(site_id)]


def _refuse_clashes(session_id: int, day: date) -> None:
    found = clashes_of(Session.id == session_id, first=day, last=day)
    refuse_if(next(iter(clash_sentences(found)), None))


def _touched(session: Session) -> None:
    """A file that is loaded again leaves alone what somebody has changed by hand."""
    db.execute(
        update(Session).where(Session.id == session.id).values(is_changed_by_hand=True),
        execution_options={"synchronize_session": False},
    )
    db.expire(session)


def _next_key() -> str:
    """The next free one of `s-0001`, `s-0002`, …"""
    number = db.scalar(select(func.count()).select_from(Session).where(Session.series_id.is_(None)))
    assert number is not None
    while True:
        number += 1
        key = f"s-{number:04d}"
        if find_one_off(key) is None:
            return key
