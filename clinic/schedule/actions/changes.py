"""One session changed by hand, a group's or one by itself: moved, cancelled, reinstated, undone.

Its name, its identity in calendars and its attendance stay. A file, `by_file`, changes only what
nobody has changed by hand and what has no attendance.
"""

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, inspect, select, update

from clinic import trail
from clinic.days import Range
from clinic.db import db
from clinic.errors import Refused, refuse_any, refuse_if
from clinic.programs.models import Kind, Program
from clinic.programs.queries import closures_of, get_program
from clinic.schedule.actions import one_offs, sessions
from clinic.schedule.actions.calendars import raise_versions
from clinic.schedule.actions.one_offs import absent, refuse_clashes, values_of
from clinic.schedule.actions.rosters import fill
from clinic.schedule.actions.series import planned_on
from clinic.schedule.models import Booking, Mode, SeriesPlan, Session, SessionChange
from clinic.schedule.queries.bookings import has_attendance, who_is_on
from clinic.schedule.queries.changes import (
    called_off,
    changes_of,
    guests_of,
    is_attended,
    is_signed,
)
from clinic.schedule.queries.offers import find_room
from clinic.schedule.queries.people import people_to_plan
from clinic.schedule.queries.series import get_series
from clinic.schedule.queries.sessions import get_session
from clinic.schedule.rules import changes as rules
from clinic.schedule.rules.sessions import why_changed_since, why_closed
from clinic.trail import Actor


def change(
    session: Session,
    plan: SeriesPlan,
    *,
    program: Program | None = None,
    title: str,
    day: date,
    people: Collection[int] | None = None,
    reason: str | None = None,
    seen: int | None = None,
    by_file: bool = False,
    by: Actor,
    now: datetime,
) -> bool:
    """Have a session at another time, in another room, with other leaders or seats.

    `people` are those on a one-off session; who is on a meeting of a group, its roster says.
    `seen` is the number in its calendar that somebody saw; refused when it has another by now.
    Returns whether that changed anything.
    """
    program = program or get_program(session.program_id)
    if by_file:
        return _change_by_file(session, plan, program, title, day, people, by=by, now=now)
    _lock(session)
    refuse_if(why_not_touch(session))
    refuse_if(why_changed_since(seen, session.sequence))
    if session.series_id is not None:
        refuse_if(rules.why_not_more_seats(session.seats, plan.seats, reason), "reason")
    before, followed, title_before = _facts(session), follows_group(session), session.title
    if not _arrange(session, plan, program, title, day, people, now=now):
        return False
    _record(
        rules.CHANGED,
        session,
        before,
        followed=followed,
        reason=reason,
        title=title_before,
        by=by,
        now=now,
    )
    return True


def _change_by_file(
    session: Session,
    plan: SeriesPlan,
    program: Program,
    title: str,
    day: date,
    people: Collection[int] | None,
    *,
    by: Actor,
    now: datetime,
) -> bool:
    if session.is_changed_by_hand or has_attendance(session.id):
        return False
    wanted = people or ()
    values = values_of(program, plan, title=title, day=day, people=wanted, by_file=True, now=now)
    if not sessions.arrange(session, values, plan.leader_ids, people, now=now):
        return False
    db.expire(session)
    trail.record(rules.CHANGED, session, by=by, now=now, day=day, people=len(wanted))
    return True


def cancel(
    session: Session,
    *,
    reason: str | None,
    seen: int | None = None,
    by_file: bool = False,
    by: Actor,
    now: datetime,
) -> bool:
    """Have a session not take place. Those booked keep it, as cancelled.

    Returns whether that changed anything.
    """
    if by_file:
        return _cancel_by_file(session, reason, by=by, now=now)
    _lock(session)
    if session.is_cancelled:
        return False
    refuse_if(why_not_cancel(session, now=now))
    refuse_if(why_changed_since(seen, session.sequence))
    before, followed = _facts(session), follows_group(session)
    sessions.cancel([session.id], reason=reason, now=now)
    _touched(session, is_by_hand=True)
    _record(rules.CANCELLED, session, before, followed=followed, reason=None, by=by, now=now)
    return True


def _cancel_by_file(session: Session, reason: str | None, *, by: Actor, now: datetime) -> bool:
    if has_attendance(session.id) or _is_off(session, reason):
        return False
    sessions.cancel([session.id], reason=reason, now=now)
    _touched(session, is_by_hand=True)
    trail.record(rules.CANCELLED, session, by=by, now=now, day=session.day)
    return True


def _is_off(session: Session, reason: str | None) -> bool:
    """Whether a session is cancelled by itself, for that reason."""
    return session.is_cancelled and (session.closure_id, session.cancel_reason) == (None, reason)


def reinstate(session: Session, *, by: Actor, now: datetime) -> bool:
    """Take a cancellation back, if its room, leaders and people are still free.

    Returns whether that changed anything.
    """
    _lock(session)
    if not session.is_cancelled:
        return False
    before, followed = _facts(session), follows_group(session)
    _bring_back(session, now=now)
    _record(rules.REINSTATED, session, before, followed=followed, reason=None, by=by, now=now)
    return True


def undo(session: Session, *, act: str, by: Actor, now: datetime) -> None:
    """Put a session back to what it was before its last change by hand.

    Raises `Refused` when that is too long ago, the session has begun, or what was changed has been
    changed again since.
    """
    _lock(session)
    last = next(iter(changes_of(session.id)), None)
    if last is None or last.act != act:
        raise Refused(rules.UNDONE_ALREADY)
    facts = json.loads(last.facts)
    there = _facts(session)
    starts_at = rules.first_start(session.starts_at, facts["before"])
    refuse_if(rules.why_not_undo(last.verb, last.happened_at, starts_at=starts_at, now=now))
    refuse_if(rules.why_not_as_left(facts["after"], there))
    if last.verb == rules.CANCELLED:
        _bring_back(session, now=now)
    else:
        was = there | facts["before"]
        _put_back(session, was, title=last.title or session.title, now=now)
    if facts["followed"] and session.is_changed_by_hand:
        raise Refused(rules.GROUP_CHANGED)
    db.execute(delete(SessionChange).where(SessionChange.act == act))
    after = _facts(session)
    names = rules.differing(there, after)
    trail.record(
        rules.UNDONE,
        session,
        by=by,
        now=now,
        act=act,
        day=session.day,
        before={name: there[name] for name in names},
        after={name: after[name] for name in names},
    )


def _put_back(session: Session, was: Mapping[str, Any], *, title: str, now: datetime) -> None:
    """Have a session be what these facts say of it."""
    plan, day = _plan_of(session, was)
    people = was["guests"] if session.series_id is None else None
    program = get_program(session.program_id)
    _arrange(session, plan, program, title, day, people, now=now)


def _plan_of(session: Session, facts: Mapping[str, Any]) -> tuple[SeriesPlan, date]:
    """Return a session that is as these facts say, as if it were planned, and its day."""
    zone = session.site.zone
    starts, ends = (
        datetime.fromisoformat(facts[name]).astimezone(zone) for name in ("starts_at", "ends_at")
    )
    plan = SeriesPlan(
        kind=Kind(facts["kind"]),
        mode=Mode(facts["mode"]),
        room=find_room(facts["room_id"]),
        room_id=facts["room_id"],
        starts=starts.time(),
        ends=ends.time(),
        break_minutes=session.break_minutes,
        seats=facts["seats"],
        leader_ids=facts["leaders"],
    )
    return plan, starts.date()


def _bring_back(session: Session, *, now: datetime) -> None:
    today = session.site.today(now)
    refuse_if(rules.OVER if session.day < today else None)
    refuse_if(why_closed(session.day, closures_of(session.site_id)))
    people = people_to_plan(who_is_on(session.id), scope=None)
    by_themselves = {*guests_of(session.id)}
    sessions.lock_for(
        session.leader_ids, session.room_id, [person.participant_id for person in people]
    )
    refuse_any(*absent(session.day, [each for each in people if each.id in by_themselves]))
    sessions.reinstate([session.id], now=now)
    _settle_in(session)


def doubts(
    session: Session, plan: SeriesPlan, day: date, people: Collection[int] | None
) -> list[str]:
    """What speaks against a change without forbidding it, and not against the session as it is."""
    program, on_it = get_program(session.program_id), who_is_on(session.id)
    there, today = _plan_of(session, _facts(session))
    known = one_offs.doubts(program, there, day=today, people=on_it)
    found = one_offs.doubts(program, plan, day=day, people=on_it if people is None else people)
    is_moved = (day, plan.starts, plan.ends) != (today, there.starts, there.ends)
    off = called_off(session.id) if is_moved else []
    return [
        *(each for each in found if each not in known),
        *([rules.called_off_words(off)] if off else []),
    ]


def why_not_touch(session: Session) -> str | None:
    """Why nothing of a session can be changed, or None when something can."""
    return rules.why_not_touch(is_cancelled=session.is_cancelled, is_signed=is_signed(session.id))


def why_fixed(session: Session, *, now: datetime) -> str | None:
    """Why a session keeps its day and times, or None when it can be moved."""
    return rules.why_fixed(has_begun=session.starts_at <= now, is_attended=is_attended(session.id))


def why_not_cancel(session: Session, *, now: datetime) -> str | None:
    """Why a session cannot be cancelled, or None when it can."""
    return rules.why_not_cancel(
        is_attended=is_attended(session.id), is_over=session.day < session.site.today(now)
    )


def follows_group(session: Session) -> bool:
    """Whether a session is what its group's plan says of its day; one by itself has none."""
    if session.series_id is None or session.planned_on is None:
        return False
    planned = planned_on(get_series(session.series_id), session.planned_on)
    if planned is None:
        return False
    leader_ids, values = planned
    return leader_ids == session.leader_ids and not sessions.differs(values, session)


def _lock(session: Session) -> None:
    """Hold the session and its bookings as they are now, and as they stay until we are done."""
    columns = [column.key for column in inspect(Session).column_attrs]
    db.refresh(session, columns, with_for_update={"key_share": True})
    db.execute(
        select(Booking.id)
        .where(Booking.session_id == session.id)
        .order_by(Booking.id)
        .with_for_update()
    )
    _afresh(session)


def _afresh(session: Session) -> None:
    """Have a session, and all that belongs to it, be what is stored now."""
    db.expire(session)
    get_session(session.id)


def _arrange(
    session: Session,
    plan: SeriesPlan,
    program: Program,
    title: str,
    day: date,
    people: Collection[int] | None,
    *,
    now: datetime,
) -> bool:
    """Bring a session to this, as far as it may still be changed; whether that changed anything."""
    sequence, is_of_group = session.sequence, session.series_id is not None
    fixed = why_fixed(session, now=now)
    if fixed is None:
        by_themselves = guests_of(session.id) if people is None else people
        values = values_of(
            program,
            plan,
            title=title,
            day=day,
            people=by_themselves,
            is_of_group=is_of_group,
            now=now,
        )
    else:
        refuse_any(*((fixed, name) for name in _moved(session, plan, title, day, people)))
        refuse_any(*sessions.why_not_held(plan, session.site_id))
        sessions.lock_for(plan.leader_ids, plan.room_id, [])
        values = {"room_id": plan.room_id, "seats": plan.seats, "title": title, "day": day}
    if not sessions.arrange(session, values, plan.leader_ids, people, now=now):
        return False
    _raise_sequence(session, sequence, now=now)
    _settle_in(session)
    return True


def _moved(
    session: Session, plan: SeriesPlan, title: str, day: date, people: Collection[int] | None
) -> list[str]:
    """Return what this wants to be otherwise of the facts that are fixed, by their names."""
    zone = session.site.zone
    starts, ends = (at.astimezone(zone).time() for at in (session.starts_at, session.ends_at))
    pairs = {
        "day": (day, session.day),
        "starts": (plan.starts, starts),
        "ends": (plan.ends, ends),
        "mode": (plan.mode, session.mode),
        "kind": (plan.kind, session.kind),
        "title": (title, session.title),
    }
    if people is not None:
        pairs["people"] = ({*people}, {*who_is_on(session.id)})
    return [name for name, (one, other) in pairs.items() if one != other]


def _raise_sequence(session: Session, sequence: int, *, now: datetime) -> None:
    """Have its calendar's number rise by whatever was changed: it tells who looked before."""
    db.execute(
        update(Session)
        .where(Session.id == session.id, Session.sequence == sequence)
        .values(sequence=sequence + 1, changed_at=now),
        execution_options={"synchronize_session": False},
    )
    raise_versions([session.id])


def _settle_in(session: Session) -> None:
    """Have on a session whom its roster expects on that day; refuse who is wanted elsewhere."""
    _afresh(session)
    if session.series_id is not None:
        fill(session.series_id, days=Range(session.day, session.day))
    refuse_clashes(session.id, session.day)
    _touched(session, is_by_hand=not follows_group(session))


def _touched(session: Session, *, is_by_hand: bool) -> None:
    """Later edits of the group, and a file that is loaded again, leave alone what somebody has
    changed by hand."""
    db.execute(
        update(Session).where(Session.id == session.id).values(is_changed_by_hand=is_by_hand),
        execution_options={"synchronize_session": False},
    )
    _afresh(session)


def _facts(session: Session) -> dict[str, Any]:
    return rules.facts_of(session, guests_of(session.id))


def _record(
    verb: str,
    session: Session,
    before: Mapping[str, Any],
    *,
    followed: bool,
    reason: str | None,
    title: str | None = None,
    by: Actor,
    now: datetime,
) -> None:
    """Note what was changed: its values in the trail, its words beside it."""
    act, after = uuid4().hex, _facts(session)
    names = rules.differing(before, after)
    words = SessionChange(session_id=session.id, act=act, reason=reason)
    words.title = title if title != session.title else None
    db.add(words)
    db.flush()
    trail.record(
        verb,
        session,
        by=by,
        now=now,
        act=act,
        day=session.day,
        followed=followed,
        before={name: before[name] for name in names},
        after={name: after[name] for name in names},
    )
