from datetime import date, datetime

from clinic.attendance.actions import announce
from clinic.desk import queries, rules
from clinic.enrollment.queries import enrollments_of
from clinic.errors import refuse_if
from clinic.programs.queries import get_organization, home
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
    """Note that somebody does not come from now through a day, to none of their sessions.

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
    called_off = [(row, marked[row.booking_id]) for row in rows if row.booking_id in marked]
    others = [row for row in rows if row.booking_id not in marked]
    left_alone = [(row, reasons[row.booking_id] or rules.JUST_CHANGED) for row in others]
    call = rules.Call(called_off, left_alone)
    if not call.called_off:
        refuse_if(rules.why_nothing(call.left_alone, last_on, today=today), "until_on")
    return call
