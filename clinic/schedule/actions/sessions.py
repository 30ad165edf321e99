"""Dated sessions: how they come to be, change and are cancelled. All in bulk, by rows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import delete, exists, insert, or_, select, update

from clinic import trail
from clinic.days import times_of, week_of
from clinic.db import db
from clinic.programs.models import Closure, Kind, Program, Room
from clinic.programs.queries import closures_of, get_organization
from clinic.schedule.actions import seats
from clinic.schedule.actions.calendars import raise_leaders, raise_leaders_of, raise_versions
from clinic.schedule.models import ANNOUNCED, Booking, Mode, Session, SessionLeader, Status
from clinic.schedule.queries.bookings import has_attendance, reached, who_is_on
from clinic.schedule.queries.sessions import find_one_off
from clinic.schedule.rules.sessions import (
    credit,
    why_not_leaders,
    why_not_place,
    why_not_room,
    why_not_times,
)
from clinic.trail import Actor

COLUMNS = (  # what a plan says of each of its sessions
    "program_id",
    "site_id",
    "room_id",
    "title",
    "kind",
    "mode",
    "starts_at",
    "ends_at",
    "day",
    "week",
    "break_minutes",
    "credit_minutes",
    "grace_minutes",
    "is_counted",
    "seats",
    "is_cancelled",
    "cancel_reason",
    "closure_id",
)
SHOWN_IN_CALENDARS = {"room_id", "starts_at", "ends_at", "is_cancelled"}


class Plan(NamedTuple):
    """What the sessions of a series, or a one-off session, have in common."""

    program: Program
    title: str
    kind: Kind
    mode: Mode
    room: Room | None
    starts: time
    ends: time
    break_minutes: int
    seats: int
    leader_ids: Sequence[int]


def why_not_hold(plan: Plan) -> str | None:
    """Why no session can be held as planned, on whatever day."""
    room = plan.room
    return (
        why_not_times(plan.starts, plan.ends, break_minutes=plan.break_minutes)
        or why_not_place(plan.program.site_id, room.site_id if room else None)
        or why_not_room(plan.mode, room.seats if room else None, plan.seats)
        or why_not_leaders(plan.leader_ids)
    )


class Calendar(NamedTuple):
    """What the clinic's calendar says at one site."""

    week_starts: int
    closures: Sequence[Closure]


def calendar_of(site_id: int) -> Calendar:
    return Calendar(get_organization().week_starts, closures_of(site_id))


def values_on(day: date, plan: Plan, calendar: Calendar) -> dict[str, Any]:
    """The columns of a planned session on a local day."""
    zone = plan.program.site.zone
    starts_at, ends_at = times_of(day, plan.starts, plan.ends, zone)
    closure = next((c for c in calendar.closures if c.from_on <= day <= c.until_on), None)
    return {
        "program_id": plan.program.id,
        "site_id": plan.program.site_id,
        "room_id": plan.room.id if plan.room else None,
        "title": plan.title,
        "kind": plan.kind,
        "mode": plan.mode,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "day": day,
        "week": week_of(day, calendar.week_starts),
        "break_minutes": plan.break_minutes,
        "credit_minutes": credit(
            starts_at,
            ends_at,
            break_minutes=plan.break_minutes,
            breaks_count=plan.program.breaks_count,
        ),
        "grace_minutes": plan.program.grace_minutes,
        "is_counted": plan.kind in plan.program.counted_kinds,
        "seats": plan.seats,
        "is_cancelled": closure is not None,
        "cancel_reason": closure.name if closure else None,
        "closure_id": closure.id if closure else None,
    }


def lock(model: type[Any], ids: Collection[int | None]) -> None:
    """On PostgreSQL: whoever wants one of these rows for a session waits for the others.

    Always leaders first, then the room, then participants, so that nobody waits in a circle.
    """
    db.execute(
        select(model.id).where(model.id.in_(ids)).order_by(model.id).with_for_update(key_share=True)
    )


def create(rows: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Insert planned sessions, without leaders or bookings."""
    if rows:
        db.execute(
            insert(Session), [{**row, "uid": str(uuid4()), "changed_at": now} for row in rows]
        )


def change(
    changes: Mapping[int, Mapping[str, Any]], before: Mapping[int, Any], *, now: datetime
) -> None:
    """Bring sessions, by id, to the values of their plan; `before` are their rows.

    Raises `Refused` where more people have a seat than are left.
    """
    if not changes:
        return
    for session_id, values in changes.items():
        if values["seats"] < before[session_id].seats:
            seats.lower(session_id, seats=values["seats"], title=values["title"], day=values["day"])
    rows, shown = [], []
    for session_id, values in changes.items():
        there = before[session_id]
        row = {name: values[name] for name in COLUMNS if values[name] != getattr(there, name)}
        if row.keys() & SHOWN_IN_CALENDARS:
            row |= {"sequence": there.sequence + 1, "changed_at": now}
            shown.append(session_id)
        rows.append({"id": session_id, **row})
    db.execute(update(Session), rows)
    raise_versions(shown)


def set_leaders(wanted: Mapping[int, Sequence[int]]) -> set[int]:
    """Make the leaders of sessions, by id, those staff ids, the lead first.

    Returns the ids of the sessions whose leaders changed.
    """
    rows = db.execute(
        select(SessionLeader.session_id, SessionLeader.staff_id)
        .where(SessionLeader.session_id.in_(wanted))
        .order_by(SessionLeader.session_id, SessionLeader.position)
    )
    there: dict[int, list[int]] = {}
    for session_id, staff_id in rows:
        there.setdefault(session_id, []).append(staff_id)
    changed = {key for key, leaders in wanted.items() if there.get(key, []) != list(leaders)}
    replaced = changed & there.keys()
    if replaced:
        db.execute(delete(SessionLeader).where(SessionLeader.session_id.in_(replaced)))
    rows_to_add = [
        {"session_id": session_id, "staff_id": staff_id, "position": position}
        for session_id in sorted(changed)
        for position, staff_id in enumerate(wanted[session_id])
    ]
    if rows_to_add:
        db.execute(insert(SessionLeader), rows_to_add)
    raise_leaders({one for key in changed for one in {*there.get(key, [])} ^ {*wanted[key]}})
    return changed


def remove(session_ids: Collection[int]) -> None:
    """Take sessions out for good: only for those without attendance, which were never held."""
    if session_ids:
        raise_leaders_of(session_ids)
        seats.release(Booking.session_id.in_(session_ids))
        db.execute(delete(Session).where(Session.id.in_(session_ids)))


def plan_one_off(
    key: str,
    day: date,
    plan: Plan,
    enrollment_ids: Collection[int] | None,
    *,
    by: Actor,
    now: datetime,
) -> str:
    """Make the one-off session of that key what is planned, with exactly these people if any are
    named.

    Returns `created`, `changed` or `unchanged`; one with attendance is left alone.
    """
    values = values_on(day, plan, calendar_of(plan.program.site_id))
    there = find_one_off(key)
    if there is not None and (there.is_changed_by_hand or has_attendance(there.id)):
        return "unchanged"
    outcome = "unchanged" if there else "created"
    if there is None:
        create([{**values, "key": key}], now=now)
        there = find_one_off(key)
        assert there is not None
    people = who_is_on(there.id) if enrollment_ids is None else enrollment_ids
    if arrange(there, values, plan.leader_ids, people, now=now) and outcome == "unchanged":
        outcome = "changed"
    if outcome != "unchanged":
        trail.record("session.planned", there, by=by, now=now, day=day, people=len(people))
    return outcome


def arrange(
    session: Session,
    values: Mapping[str, Any],
    leader_ids: Sequence[int],
    enrollment_ids: Collection[int],
    *,
    now: datetime,
) -> bool:
    """Bring one session to these values, leaders and people; whether that changed anything."""
    booked, wanted = set(who_is_on(session.id)), set(enrollment_ids)
    if gone := booked - wanted:
        seats.release((Booking.session_id == session.id) & Booking.enrollment_id.in_(gone))
    differs = any(values[name] != getattr(session, name) for name in COLUMNS)
    if differs:
        change({session.id: values}, {session.id: session}, now=now)
    led_anew = set_leaders({session.id: leader_ids})
    if new := wanted - booked:
        locked = seats.lock(Session.id == session.id)
        seats.take([(each, dict.fromkeys(new)) for each in locked])
    return bool(differs or led_anew or booked != wanted)


def cancel(
    session_ids: Collection[int],
    *,
    reason: str | None,
    closure: Closure | None = None,
    now: datetime,
) -> None:
    """Have sessions not take place; whoever is booked keeps them, as cancelled."""
    closure_id = closure.id if closure else None
    _set(session_ids, now=now, is_cancelled=True, cancel_reason=reason, closure_id=closure_id)


def reinstate(session_ids: Collection[int], *, now: datetime) -> None:
    """Have sessions take place again."""
    _set(session_ids, now=now, is_cancelled=False, cancel_reason=None, closure_id=None)


def _set(session_ids: Collection[int], *, now: datetime, **values: Any) -> None:
    if session_ids:
        db.execute(
            update(Session)
            .where(Session.id.in_(session_ids))
            .values(**values, sequence=Session.sequence + 1, changed_at=now)
        )
        raise_versions(session_ids)


def close(closure: Closure, *, by_file: bool = False, now: datetime) -> None:
    """Cancel the sessions of a closure's site on its days; those with attendance stand.

    By page that is also what was changed by hand, and coming sessions from which somebody is
    excused already.
    """
    attended = exists().where(
        Booking.session_id == Session.id,
        Booking.status != Status.EXPECTED,
        or_(Session.starts_at <= now, Booking.status.not_in(ANNOUNCED)),
    )
    session_ids = db.scalars(
        select(Session.id).where(
            Session.site_id == closure.site_id,
            Session.day.between(closure.from_on, closure.until_on),
            ~Session.is_cancelled,
            reached(by_file=True) if by_file else ~attended,
        )
    ).all()
    cancel(session_ids, reason=closure.name, closure=closure, now=now)


def regroup_weeks(week_starts: int) -> None:
    """Sort all sessions into weeks that begin on another weekday."""
    for day in db.scalars(select(Session.day).distinct()).all():
        db.execute(
            update(Session).where(Session.day == day).values(week=week_of(day, week_starts)),
            execution_options={"synchronize_session": False},
        )
