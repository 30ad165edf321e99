"""One-off sessions: planned by themselves, moved, cancelled and reinstated.

Only a file, `by_file`, may plan for days that are over, for whoever was not enrolled, and without
knowing the room or who else was wanted then; and it leaves alone what somebody has changed by hand,
and what has attendance.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update

from clinic import trail
from clinic.days import Range, why_not_wall_time
from clinic.db import AnyRow, db
from clinic.errors import refuse_any, refuse_if
from clinic.programs.models import Organization, Program
from clinic.programs.queries import closures_of, get_organization
from clinic.schedule.actions import sessions
from clinic.schedule.models import Booking, SeriesPlan, Session
from clinic.schedule.queries.bookings import has_attendance, who_is_on
from clinic.schedule.queries.clashes import clashes_of
from clinic.schedule.queries.people import busy_of, leaves_of, people_to_plan
from clinic.schedule.queries.sessions import find_one_off, get_session
from clinic.schedule.rules.availability import busy_warnings, weekly
from clinic.schedule.rules.seats import why_not_people, why_too_many
from clinic.schedule.rules.sessions import (
    clash_sentences,
    why_changed_since,
    why_closed,
    why_it_stays,
    why_not_plan,
    why_not_there,
)
from clinic.trail import Actor


def book(
    program: Program,
    plan: SeriesPlan,
    *,
    title: str,
    day: date,
    people: Collection[int],
    key: str | None = None,
    by_file: bool = False,
    by: Actor,
    now: datetime,
) -> Session:
    """Plan a session that belongs to no group; `people` are the ids of enrollments.

    Raises `Refused` when the room, a leader or a participant is wanted elsewhere at that time.
    """
    if key is None:
        db.execute(select(Organization.id).with_for_update(key_share=True))
        key = _next_key()  # on PostgreSQL, too: they are given one at a time
    values = _values(program, plan, title, day, people, by_file=by_file, now=now)
    sessions.create([{**values, "key": key}], now=now)
    session = find_one_off(key)
    assert session is not None
    sessions.arrange(session, values, plan.leader_ids, people, now=now)
    db.expire(session)
    trail.record("session.planned", session, by=by, now=now, day=day, people=len(people))
    if not by_file:
        _refuse_clashes(session.id, day)
    return get_session(session.id)


def move(
    session: Session,
    program: Program,
    plan: SeriesPlan,
    *,
    title: str,
    day: date,
    people: Collection[int],
    seen: int | None = None,
    by_file: bool = False,
    by: Actor,
    now: datetime,
) -> bool:
    """Change the time, place, leaders or people of a one-off session that is still to come.

    `seen` is the number in its calendar that somebody saw; refused when it has another by now.
    Returns whether that changed anything.
    """
    if not by_file:
        _lock_session(session)
        refuse_if(_why_not_change(session, now=now))
        refuse_if(why_changed_since(seen, session.sequence))
    elif session.is_changed_by_hand or has_attendance(session.id):
        return False
    values = _values(program, plan, title, day, people, by_file=by_file, now=now)
    if not sessions.arrange(session, values, plan.leader_ids, people, now=now):
        return False
    if by_file:
        db.expire(session)
    else:
        _refuse_clashes(session.id, day)
        _touched(session)
    trail.record("session.changed", session, by=by, now=now, day=day, people=len(people))
    return True


def cancel(
    session: Session,
    *,
    reason: str | None,
    by_file: bool = False,
    by: Actor,
    now: datetime,
) -> bool:
    """Cancel a one-off session that is still to come. Those booked keep it, as cancelled.

    Returns whether that changed anything.
    """
    if not by_file:
        _lock_session(session)
        if session.is_cancelled:
            return False
        refuse_if(_why_not_change(session, now=now))
    elif has_attendance(session.id) or _is_off(session, reason):
        return False
    sessions.cancel([session.id], reason=reason, now=now)
    _touched(session)
    trail.record("session.cancelled", session, by=by, now=now, day=session.day)
    return True


def _is_off(session: Session, reason: str | None) -> bool:
    """Whether a session is cancelled by itself, for that reason."""
    return session.is_cancelled and (session.closure_id, session.cancel_reason) == (None, reason)


def reinstate(session: Session, *, by: Actor, now: datetime) -> None:
    """Take a cancellation back, if its room, leaders and people are still free."""
    _lock_session(session)
    if not session.is_cancelled:
        return
    refuse_if(_why_not_change(session, now=now, ignores_cancelled=True))
    refuse_if(why_closed(session.day, closures_of(session.site_id)))
    people = people_to_plan(who_is_on(session.id), scope=None)
    sessions.lock_for(
        session.leader_ids, session.room_id, [person.participant_id for person in people]
    )
    refuse_any(*_absent(session.day, people))
    sessions.reinstate([session.id], now=now)
    _touched(session)
    _refuse_clashes(session.id, session.day)
    trail.record("session.reinstated", session, by=by, now=now, day=session.day)


def why_not_change(session: Session, *, now: datetime) -> str | None:
    """Why a session cannot be moved or cancelled, or None when it can."""
    return _why_not_change(session, now=now, ignores_cancelled=True)


def doubts(program: Program, plan: SeriesPlan, *, day: date, people: Collection[int]) -> list[str]:
    """What speaks against a plan without forbidding it."""
    warnings = sessions.doubts(plan, program, [day])
    busy, wanted = busy_of(people), weekly(day, plan.starts, plan.ends)
    for person in people_to_plan(people, scope=None):
        warnings += busy_warnings(person.name, wanted, busy[person.id])
    return warnings


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


def _values(
    program: Program,
    plan: SeriesPlan,
    title: str,
    day: date,
    people: Collection[int],
    *,
    by_file: bool,
    now: datetime,
) -> dict[str, Any]:
    """The columns of a session as planned; refused with all that is in the way of it."""
    zone, closures = program.site.zone, closures_of(program.site_id)
    refuse_any(
        (None if by_file else why_not_plan(day, today=program.site.today(now)), "day"),
        (why_not_wall_time(day, plan.starts, zone), "starts"),
        (why_not_wall_time(day, plan.ends, zone), "ends"),
        *sessions.why_not_held(plan, program.site_id, needs_room=not by_file),
        (why_too_many(len(people), plan.seats), "seats"),
    )
    if not by_file:
        planned_for = people_to_plan(people, scope=None)
        ids = [person.participant_id for person in planned_for]
        sessions.lock_for(plan.leader_ids, plan.room_id, ids)
        refuse_any(
            (why_closed(day, closures), "day"),
            (why_not_people(ids), "people"),
            *_absent(day, planned_for),
        )
    week_starts = get_organization().week_starts
    return sessions.values_on(day, plan, program, title, week_starts=week_starts, closures=closures)


def _absent(day: date, people: Collection[AnyRow]) -> Iterable[tuple[str | None, str]]:
    leaves = leaves_of([person.id for person in people])
    for person in people:
        enrolled = Range(person.from_on, person.until_on)
        yield why_not_there(person.name, day, enrolled=enrolled, leaves=leaves[person.id]), "people"


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
