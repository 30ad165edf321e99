from datetime import date, datetime
from typing import Any
from uuid import uuid4

from clinic import trail
from clinic.attendance.actions import announce
from clinic.db import AnyRow
from clinic.desk import queries, rules
from clinic.enrollment.queries import enrollments_of
from clinic.errors import NotFound, Refused, refuse_if
from clinic.participants.models import Participant
from clinic.programs.queries import get_organization, home
from clinic.schedule.actions import seats, sessions
from clinic.schedule.models import Booking, Session, Status
from clinic.schedule.queries.sessions import get_session
from clinic.trail import Actor


def call_off(
    participant_id: int,
    *,
    last_on: date,
    reason: str | None,
    scope: int | None,
    by: Actor,
    now: datetime,
) -> rules.Call:
    """Note that somebody does not come from now until a day, to none of their sessions.

    Those marked already, and those that are not of whoever `scope` is, are left alone.
    """
    enrollments = enrollments_of([participant_id])
    today = rules.today_of(enrollments, home=home(now).today, now=now)
    ends = [each.until_on for each in enrollments]
    refuse_if(rules.why_not_away(last_on, today=today, ends=ends), "until_on")
    rows = [row for row in queries.visits_of(enrollments, today, last_on) if row.ends_at > now]
    own = queries.own_of(rows, enrollments, scope)
    reasons = {
        row.booking_id: rules.why_left_alone(row, is_own=row.session_id in own, now=now)
        for row in rows
    }
    marked = announce(
        [booking_id for booking_id, why_not in reasons.items() if why_not is None],
        reason=reason,
        notice_hours=get_organization().notice_hours,
        by=by,
        now=now,
    )
    call = rules.Call(
        [(row, marked[row.booking_id]) for row in rows if row.booking_id in marked],
        [
            (row, reasons[row.booking_id] or rules.JUST_CHANGED)
            for row in rows
            if row.booking_id not in marked
        ],
    )
    if not call.called_off:
        refuse_if(rules.why_nothing(call.left_alone, last_on, today=today), "until_on")
    return call


def take_seat(
    person: Participant, session_id: int, *, scope: int | None, by: Actor, now: datetime
) -> tuple[AnyRow, str]:
    """Put somebody on one more session: one with a free seat that they could join.

    Returns the session and the name of what was done.
    """
    sessions.lock_for((), None, [person.id])
    locked = seats.lock(Session.id == session_id)
    enrollments = enrollments_of([person.id])
    weeks = [get_session(session_id).week]
    offered = queries.free_seats(enrollments, weeks, but=(), now=now)
    row = next((each for each in offered if each.session_id == session_id), None)
    if row is None:
        raise Refused(rules.SEAT_GONE)
    if session_id not in queries.led_of([row], scope):
        raise NotFound
    enrollment = rules.enrollment_for(row, enrollments)
    assert enrollment is not None  # or it would not be offered
    seats.take([(each, {enrollment.id: None}) for each in locked])
    act = uuid4().hex
    _record(queries.JOINED, session_id, enrollment.id, act=act, by=by, now=now)
    return row, act


def give_seat_back(participant_id: int, *, change: str, by: Actor, now: datetime) -> None:
    """Undo that one put somebody on one more session, as long as it has not begun."""
    joined = queries.find_joined(participant_id, change, by)
    if joined is None:
        raise Refused(rules.SEAT_GIVEN_BACK)
    refuse_if(rules.BEGUN if joined.starts_at <= now else None)
    gone = seats.release(
        (Booking.session_id == joined.session_id)
        & (Booking.enrollment_id == joined.enrollment_id)
        & Booking.roster_entry_id.is_(None)
        & (Booking.status == Status.EXPECTED)
    )
    refuse_if(None if gone else rules.SEAT_GIVEN_BACK)
    _record(queries.LEFT, joined.session_id, joined.enrollment_id, act=change, by=by, now=now)


def _record(verb: str, session_id: int, enrollment_id: int, **acting: Any) -> None:
    trail.record(verb, get_session(session_id), **acting, enrollment=enrollment_id)
