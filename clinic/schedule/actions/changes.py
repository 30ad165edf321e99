"""One session changed by hand, a group's or one by itself: moved, cancelled, reinstated, undone.

Its name, its identity in calendars and its attendance stay. A file, `by_file`, changes only what
nobody has changed by hand and what has no attendance.
"""

from collections.abc import Collection
from datetime import date, datetime

from clinic import trail
from clinic.db import db
from clinic.errors import refuse_if
from clinic.programs.models import Program
from clinic.programs.queries import get_program
from clinic.schedule.actions import by_hand, sessions
from clinic.schedule.actions.one_offs import values_of
from clinic.schedule.models import SeriesPlan, Session
from clinic.schedule.queries.bookings import has_attendance
from clinic.schedule.rules import changes as rules
from clinic.schedule.rules.sessions import why_changed_since
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
    by_hand.hold(session)
    refuse_if(by_hand.why_not_touch(session))
    refuse_if(why_changed_since(seen, session.sequence))
    if session.series_id is not None:
        refuse_if(rules.why_not_more_seats(session.seats, plan.seats, reason), "reason")
    before, followed, title_before = (
        by_hand.facts_of(session),
        by_hand.follows_group(session),
        session.title,
    )
    if not by_hand.arrange(session, plan, program, title, day, people, now=now):
        return False
    by_hand.record(
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
    by_hand.hold(session)
    if session.is_cancelled:
        return False
    refuse_if(by_hand.why_not_cancel(session, now=now))
    refuse_if(why_changed_since(seen, session.sequence))
    before, followed = by_hand.facts_of(session), by_hand.follows_group(session)
    sessions.cancel([session.id], reason=reason, now=now)
    by_hand.touched(session, is_by_hand=True)
    by_hand.record(rules.CANCELLED, session, before, followed=followed, reason=None, by=by, now=now)
    return True


def _cancel_by_file(session: Session, reason: str | None, *, by: Actor, now: datetime) -> bool:
    if has_attendance(session.id) or _is_off(session, reason):
        return False
    sessions.cancel([session.id], reason=reason, now=now)
    by_hand.touched(session, is_by_hand=True)
    trail.record(rules.CANCELLED, session, by=by, now=now, day=session.day)
    return True


def _is_off(session: Session, reason: str | None) -> bool:
    """Whether a session is cancelled by itself, for that reason."""
    return session.is_cancelled and (session.closure_id, session.cancel_reason) == (None, reason)


def reinstate(session: Session, *, by: Actor, now: datetime) -> bool:
    """Take a cancellation back, if its room, leaders and people are still free.

    Returns whether that changed anything.
    """
    by_hand.hold(session)
    if not session.is_cancelled:
        return False
    before, followed = by_hand.facts_of(session), by_hand.follows_group(session)
    by_hand.bring_back(session, now=now)
    by_hand.record(
        rules.REINSTATED, session, before, followed=followed, reason=None, by=by, now=now
    )
    return True
