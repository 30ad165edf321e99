"""Dated sessions: how they come to be, change and are cancelled. All in bulk, by rows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, exists, insert, or_, select, tuple_, update

from clinic.accounts.models import Staff
from clinic.days import times_of, week_of
from clinic.db import db
from clinic.participants.models import Participant
from clinic.programs.models import Closure, Program, Room
from clinic.schedule.actions import seats
from clinic.schedule.actions.calendars import raise_leaders, raise_leaders_of, raise_versions
from clinic.schedule.models import (
    ANNOUNCED,
    Booking,
    SeriesPlan,
    Session,
    SessionLeader,
    Status,
)
from clinic.schedule.queries.bookings import reached, who_is_on
from clinic.schedule.queries.offers import figures_of, leaders_to_offer
from clinic.schedule.queries.staff import hours_of, time_off_of
from clinic.schedule.rules.availability import leader_warnings
from clinic.schedule.rules.seats import seat_warnings
from clinic.schedule.rules.sessions import (
    closure_on,
    credit,
    why_not_leaders,
    why_not_place,
    why_not_room,
    why_not_times,
)
from clinic.trail import Actor

SHOWN_IN_CALENDARS = {"room_id", "starts_at", "ends_at", "is_cancelled"}


def why_not_held(
    plan: SeriesPlan, site_id: int, *, needs_room: bool = True
) -> list[tuple[str | None, str]]:
    """Why no session of a site can be as planned, on whatever day; with the facts at fault.

    `needs_room` is unless one that takes place somewhere may lack the room in which it does.
    """
    room = plan.room
    seats, site_of_room = (room.seats, room.site_id) if room else (None, None)
    return [
        (why_not_times(plan.starts, plan.ends, break_minutes=plan.break_minutes), "ends"),
        (why_not_place(site_id, site_of_room), "room"),
        (
            why_not_room(plan.mode, seats, plan.seats) if room or needs_room else None,
            "seats" if room else "room",
        ),
        (why_not_leaders(plan.leader_ids), "leader_ids"),
    ]


def doubts(plan: SeriesPlan, program: Program, days: Sequence[date]) -> list[str]:
    """What speaks against having sessions so on these days, without forbidding it."""
    leaders = {row.id: row for row in leaders_to_offer(plan.leader_ids)}
    hours, off = hours_of(plan.leader_ids), time_off_of(plan.leader_ids)
    warnings = seat_warnings(
        figures_of(program),
        seats=plan.seats,
        kind=plan.kind,
        population=program.population,
        leaders=len(plan.leader_ids),
    )
    for each in plan.leader_ids:
        warnings += leader_warnings(
            leaders[each].name,
            days,
            plan.starts,
            plan.ends,
            hours=hours[each],
            off=off[each],
            has_access=leaders[each].is_active,
        )
    return warnings


def values_on(
    day: date,
    plan: SeriesPlan,
    program: Program,
    title: str,
    *,
    week_starts: int,
    closures: Sequence[Closure],
) -> dict[str, Any]:
    """The columns of a planned session on a local day."""
    starts_at, ends_at = times_of(day, plan.starts, plan.ends, program.site.zone)
    minutes = credit(
        starts_at, ends_at, break_minutes=plan.break_minutes, breaks_count=program.breaks_count
    )
    closure = closure_on(day, closures)
    return {
        "program_id": program.id,
        "site_id": program.site_id,
        "room_id": plan.room_id,
        "title": title,
        "kind": plan.kind,
        "mode": plan.mode,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "day": day,
        "week": week_of(day, week_starts),
        "break_minutes": plan.break_minutes,
        "credit_minutes": minutes,
        "grace_minutes": program.grace_minutes,
        "is_counted": plan.kind in program.counted_kinds,
        "seats": plan.seats,
        "is_cancelled": closure is not None,
        "cancel_reason": closure.name if closure else None,
        "closure_id": closure.id if closure else None,
    }


def differs(values: Mapping[str, Any], row: Any) -> bool:
    """Whether a session, by its row, is other than it is planned."""
    return any(value != getattr(row, name) for name, value in values.items())


def lock_for(
    leader_ids: Collection[int], room_id: int | None, participant_ids: Collection[int]
) -> None:
    """On PostgreSQL: whoever wants one of these for a session waits for the others.

    Always in this order, so that nobody waits in a circle.
    """
    wanted: dict[type[Any], Collection[int | None]] = {
        Staff: leader_ids,
        Room: [room_id],
        Participant: participant_ids,
    }
    for model, ids in wanted.items():
        rows = select(model.id).where(model.id.in_(ids)).order_by(model.id)
        db.execute(rows.with_for_update(key_share=True))


def create(rows: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Insert planned sessions, without leaders or bookings."""
    if rows:
        db.execute(
            insert(Session), [{**row, "uid": str(uuid4()), "changed_at": now} for row in rows]
        )


def change(
    changes: Mapping[int, Mapping[str, Any]], before: Mapping[int, Any], *, now: datetime
) -> None:
    """Give sessions, by id, these values; `before` are their rows.

    Raises `Refused` where more people have a seat than are left.
    """
    if not changes:
        return
    for session_id, values in changes.items():
        if "seats" in values and values["seats"] < before[session_id].seats:
            seats.lower(session_id, seats=values["seats"], title=values["title"], day=values["day"])
    rows, shown = [], []
    for session_id, values in changes.items():
        there = before[session_id]
        row = {name: value for name, value in values.items() if value != getattr(there, name)}
        if row.keys() & SHOWN_IN_CALENDARS:
            row |= {"sequence": there.sequence + 1, "changed_at": now}
            shown.append(session_id)
        rows.append({"id": session_id, **row})
    db.execute(update(Session), rows)
    raise_versions(shown)


def set_leaders(wanted: Mapping[int, Sequence[int]]) -> set[int]:
    """Make the planned leaders of sessions, by id, those staff ids, the lead first.

    Whoever stood in stays, and so does who has led.

    Returns the ids of the sessions whose leaders changed.
    """
    its = SessionLeader.session_id.in_(wanted)
    there: dict[int, list[int]] = {}
    has_led: dict[tuple[int, int], bool | None] = {}
    for row in db.execute(
        select(
            SessionLeader.session_id,
            SessionLeader.staff_id,
            SessionLeader.has_led,
            SessionLeader.stood_in,
        )
        .where(its)
        .order_by(SessionLeader.session_id, SessionLeader.position)
    ):
        has_led[row.session_id, row.staff_id] = row.has_led
        if not row.stood_in:
            there.setdefault(row.session_id, []).append(row.staff_id)
    changed = {key for key, leaders in wanted.items() if there.get(key, []) != list(leaders)}
    if changed & {session_id for session_id, _ in has_led}:
        named = tuple_(SessionLeader.session_id, SessionLeader.staff_id).in_(
            [(key, each) for key in changed for each in wanted[key]]
        )
        its = SessionLeader.session_id.in_(changed)
        db.execute(delete(SessionLeader).where(its, ~SessionLeader.stood_in | named))
    rows_to_add = [
        {
            "session_id": session_id,
            "staff_id": staff_id,
            "position": position,
            "has_led": has_led.get((session_id, staff_id)),
        }
        for session_id in sorted(changed)
        for position, staff_id in enumerate(wanted[session_id])
    ]
    if rows_to_add:
        db.execute(insert(SessionLeader), rows_to_add)
    raise_leaders({one for key in changed for one in {*there.get(key, [])} ^ {*wanted[key]}})
    return changed


def remove(session_ids: Collection[int], *, by: Actor, now: datetime) -> None:
    """Take sessions out for good: only for those without attendance, which were never held."""
    if session_ids:
        raise_leaders_of(session_ids)
        seats.release(Booking.session_id.in_(session_ids), by=by, now=now)
        db.execute(delete(Session).where(Session.id.in_(session_ids)))


def arrange(
    session: Session,
    values: Mapping[str, Any],
    leader_ids: Sequence[int],
    enrollment_ids: Collection[int] | None,
    *,
    by: Actor,
    now: datetime,
) -> bool:
    """Bring one session to these values, leaders and people; whether that changed anything.

    Without people, whoever is on it stays.
    """
    booked = set(who_is_on(session.id))
    wanted = booked if enrollment_ids is None else set(enrollment_ids)
    if gone := booked - wanted:
        theirs = (Booking.session_id == session.id) & Booking.enrollment_id.in_(gone)
        seats.release(theirs, by=by, now=now)
    is_other = differs(values, session)
    if is_other:
        change({session.id: values}, {session.id: session}, now=now)
    led_anew = set_leaders({session.id: leader_ids})
    if new := wanted - booked:
        locked = seats.lock(Session.id == session.id)
        seats.take([(each, dict.fromkeys(new)) for each in locked])
    return bool(is_other or led_anew or booked != wanted)


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


def show_anew(site_id: int, *, now: datetime) -> None:
    """Have calendars take up the coming sessions of a site anew: what they say of it is other."""
    coming = select(Session.id).where(Session.site_id == site_id, Session.ends_at > now)
    _set(db.scalars(coming).all(), now=now)


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
