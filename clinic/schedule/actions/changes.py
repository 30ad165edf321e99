"""One session changed by hand, a group's or one by itself: moved, cancelled, reinstated.

Its name, its identity in calendars and its attendance stay.
"""

from collections.abc import Collection
from datetime import date, datetime

from clinic import trail
from clinic.db import db
from clinic.errors import refuse_if
from clinic.programs.models import Program
from clinic.programs.queries import get_program
from clinic.schedule.actions import by_hand, sessions
from clinic.schedule.actions.by_hand import Concerned
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
    title: str,
    day: date,
    people: Collection[int] | None = None,
    reason: str | None = None,
    seen: int | None = None,
    tell: bool = False,
    by: Actor,
    now: datetime,
) -> Concerned | None:
    """Have a session at another time, in another room, with other leaders or seats.

    `people` are those on a one-off session; who is on a meeting of a group, its roster says.
    `seen` is the number in its calendar that somebody saw; refused when it has another by now.
    Returns whom that concerns; None where it changes nothing.
    """
    by_hand.hold(session)
    refuse_if(by_hand.why_not_touch(session))
    refuse_if(why_changed_since(seen, session.sequence))
    if session.series_id is not None:
        refuse_if(rules.why_not_more_seats(session.seats, plan.seats, reason), "reason")
    was = by_hand.before(session)
    program = get_program(session.program_id)
    if not by_hand.arrange(session, plan, program, title, day, people, by=by, now=now):
        return None
    return by_hand.record(rules.CHANGED, session, was, reason=reason, tell=tell, by=by, now=now)


def change_by_file(
    session: Session,
    plan: SeriesPlan,
    *,
    program: Program,
    title: str,
    day: date,
    people: Collection[int],
    by: Actor,
    now: datetime,
) -> bool:
    """Have a one-off session be what a file says of it; whether that changed anything.

    What has attendance or was changed by hand is left alone.
    """
    if session.is_changed_by_hand or has_attendance(session.id):
        return False
    values = values_of(program, plan, title=title, day=day, people=people, by_file=True, now=now)
    if not sessions.arrange(session, values, plan.leader_ids, people, by=by, now=now):
        return False
    db.expire(session)
    trail.record(rules.CHANGED, session, by=by, now=now, day=day, people=len(people))
    return True


def cancel(
    session: Session,
    *,
    reason: str | None,
    seen: int | None = None,
    tell: bool = False,
    by: Actor,
    now: datetime,
) -> Concerned | None:
    """Have a session not take place. Those booked keep it, as cancelled.

    Returns whom that concerns; None where it changes nothing.
    """
    by_hand.hold(session)
    if session.is_cancelled:
        return None
    refuse_if(by_hand.why_not_cancel(session, now=now))
    refuse_if(why_changed_since(seen, session.sequence))
    was = by_hand.before(session)
    sessions.cancel([session.id], reason=reason, now=now)
    by_hand.touched(session, is_by_hand=True)
    return by_hand.record(rules.CANCELLED, session, was, tell=tell, by=by, now=now)


def cancel_by_file(session: Session, *, reason: str | None, by: Actor, now: datetime) -> bool:
    """Have a one-off session not take place, as a file says; whether that changed anything."""
    if has_attendance(session.id) or _is_off(session, reason):
        return False
    sessions.cancel([session.id], reason=reason, now=now)
    by_hand.touched(session, is_by_hand=True)
    trail.record(rules.CANCELLED, session, by=by, now=now, day=session.day)
    return True


def _is_off(session: Session, reason: str | None) -> bool:
    """Whether a session is cancelled by itself, for that reason."""
    return session.is_cancelled and (session.closure_id, session.cancel_reason) == (None, reason)


def reinstate(
    session: Session, *, tell: bool = False, by: Actor, now: datetime
) -> Concerned | None:
    """Take a cancellation back, if its room, leaders and people are still free.

    Returns whom that concerns; None where it changes nothing.
    """
    by_hand.hold(session)
    if not session.is_cancelled:
        return None
    was = by_hand.before(session)
    by_hand.bring_back(session, now=now)
    return by_hand.record(rules.REINSTATED, session, was, tell=tell, by=by, now=now)
