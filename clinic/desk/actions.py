from collections.abc import Iterable, Mapping
from datetime import date, datetime

from clinic.attendance.actions import announce
from clinic.db import AnyRow
from clinic.desk import queries, rules
from clinic.enrollment.queries import enrollments_of
from clinic.errors import refuse_if
from clinic.programs.queries import get_organization, home
from clinic.schedule.models import Method
from clinic.trail import Actor


def call_off(
    participant_id: int,
    *,
    first_on: date | None = None,
    last_on: date,
    reason: str | None,
    scope: int | None,
    by: Actor,
    now: datetime,
) -> rules.Call:
    """Note that somebody does not come from now, or a first day, through a day: to none of their
    sessions.

    Those marked already, and those that are not of whoever `scope` is, are left alone.
    """
    enrollments = enrollments_of([participant_id])
    today = rules.today_of(enrollments, home=home(now).today, now=now)
    ends = [each.until_on for each in enrollments]
    refuse_if(rules.why_not_away(last_on, today=today, ends=ends), "until_on")
    refuse_if(rules.why_not_from(first_on, last_on, today=today), "from_on")
    rows = queries.visits_on(enrollments, today, first_on, last_on, now=now)
    own = queries.own_of(rows, enrollments, scope)
    reasons = {
        row.booking_id: rules.why_left_alone(row, is_own=row.session_id in own, now=now)
        for row in rows
    }
    call = called_off(rows, reasons, reason=reason, method=Method.STAFF, by=by, now=now)
    if not call.called_off:
        why = rules.why_nothing(call.left_alone, last_on, first_on=first_on, today=today)
        refuse_if(why, "until_on")
    return call


def called_off(
    rows: Iterable[AnyRow],
    reasons: Mapping[int, str | None],
    *,
    reason: str | None,
    method: Method,
    by: Actor,
    now: datetime,
) -> rules.Call:
    """Call these off, but for the bookings that are left alone, each for its reason."""
    marked = announce(
        [booking_id for booking_id, why_not in reasons.items() if why_not is None],
        reason=reason,
        notice_hours=get_organization().notice_hours,
        method=method,
        by=by,
        now=now,
    )
    done = [(row, marked[row.booking_id]) for row in rows if row.booking_id in marked]
    others = [row for row in rows if row.booking_id not in marked]
    left_alone = [(row, reasons[row.booking_id] or rules.JUST_CHANGED) for row in others]
    return rules.Call(done, left_alone)
