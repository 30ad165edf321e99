"""One-off sessions: planned by themselves.

Only a file, `by_file`, may plan for days that are over, for whoever was not enrolled, and without
knowing the room or who else was wanted then.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from clinic import trail
from clinic.days import Range, why_not_wall_time
from clinic.db import AnyRow, db
from clinic.errors import refuse_any
from clinic.programs.models import Organization, Program
from clinic.programs.queries import closures_of, get_organization
from clinic.schedule.actions import sessions
from clinic.schedule.models import SeriesPlan, Session
from clinic.schedule.queries.clashes import clashes_of
from clinic.schedule.queries.people import busy_of, leaves_of, people_to_plan
from clinic.schedule.queries.sessions import find_one_off, get_session
from clinic.schedule.rules.availability import busy_warnings, weekly
from clinic.schedule.rules.seats import why_not_people, why_too_many
from clinic.schedule.rules.sessions import (
    clash_sentences,
    why_closed,
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
    values = values_of(program, plan, title=title, day=day, people=people, by_file=by_file, now=now)
    sessions.create([{**values, "key": key}], now=now)
    session = find_one_off(key)
    assert session is not None
    sessions.arrange(session, values, plan.leader_ids, people, by=by, now=now)
    db.expire(session)
    trail.record("session.planned", session, by=by, now=now, day=day, people=len(people))
    if not by_file:
        refuse_clashes(session.id, day)
    return get_session(session.id)


def doubts(program: Program, plan: SeriesPlan, *, day: date, people: Collection[int]) -> list[str]:
    """What speaks against a plan without forbidding it."""
    warnings = sessions.doubts(plan, program, [day])
    busy, wanted = busy_of(people), weekly(day, plan.starts, plan.ends)
    for person in people_to_plan(people, scope=None):
        warnings += busy_warnings(person.name, wanted, busy[person.id])
    return warnings


def values_of(
    program: Program,
    plan: SeriesPlan,
    *,
    title: str,
    day: date,
    people: Collection[int],
    is_of_group: bool = False,
    by_file: bool = False,
    now: datetime,
) -> dict[str, Any]:
    """The columns of a session as planned; refused with all that is in the way of it.

    `people` are those who are on it by themselves: of a group's also who the roster expects.
    """
    zone, closures = program.site.zone, closures_of(program.site_id)
    refuse_any(
        (None if by_file else why_not_plan(day, today=program.site.today(now)), "day"),
        (why_not_wall_time(day, plan.starts, zone), "starts"),
        (why_not_wall_time(day, plan.ends, zone), "ends"),
        *sessions.why_not_held(plan, program.site_id, needs_room=not by_file),
        (None if is_of_group else why_too_many(len(people), plan.seats), "seats"),
    )
    if not by_file:
        planned_for = people_to_plan(people, scope=None)
        ids = [person.participant_id for person in planned_for]
        sessions.lock_for(plan.leader_ids, plan.room_id, ids)
        refuse_any(
            (why_closed(day, closures), "day"),
            (None if is_of_group else why_not_people(ids), "people"),
            *absent(day, planned_for),
        )
    week_starts = get_organization().week_starts
    return sessions.values_on(day, plan, program, title, week_starts=week_starts, closures=closures)


def absent(day: date, people: Collection[AnyRow]) -> Iterable[tuple[str | None, str]]:
    """Who of these cannot be on a session of that day, and why."""
    leaves = leaves_of([person.id for person in people])
    for person in people:
        enrolled = Range(person.from_on, person.until_on)
        yield why_not_there(person.name, day, enrolled=enrolled, leaves=leaves[person.id]), "people"


def refuse_clashes(session_id: int, day: date) -> None:
    """Raise `Refused` with every room, leader and participant that is wanted elsewhere then."""
    found = clashes_of(Session.id == session_id, first=day, last=day)
    refuse_any(*((sentence, None) for sentence in clash_sentences(found)))


def _next_key() -> str:
    """The next free one of `s-0001`, `s-0002`, …"""
    number = db.scalar(select(func.count()).select_from(Session).where(Session.series_id.is_(None)))
    assert number is not None
    while True:
        number += 1
        key = f"s-{number:04d}"
        if find_one_off(key) is None:
            return key
