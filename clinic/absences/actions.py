from collections.abc import Collection
from datetime import date, datetime

from clinic.absences import rules
from clinic.attendance.actions import come_after_all
from clinic.desk.actions import called_off
from clinic.desk.queries import visits_on
from clinic.desk.rules import Call, today_of, why_nothing
from clinic.enrollment.queries import enrollments_of
from clinic.errors import Refused, refuse_if
from clinic.programs.queries import home
from clinic.schedule.models import Method
from clinic.trail import Actor


def announce(
    participant_id: int,
    *,
    first_on: date,
    last_on: date,
    session_id: int | None = None,
    reason: str | None,
    by: Actor,
    now: datetime,
) -> Call:
    """Note that somebody says they do not come on these days, or to one session of them.

    What has begun or is marked already is left alone.
    """
    enrollments = enrollments_of([participant_id])
    today = today_of(enrollments, home=home(now).today, now=now)
    which = "from_on" if first_on == last_on else "until_on"
    field = None if session_id else which
    refuse_if(rules.why_not_days(first_on, last_on, today=today), field)
    rows = visits_on(enrollments, today, first_on, last_on, now=now)
    rows = [row for row in rows if session_id in {None, row.session_id}]
    refuse_if(rules.GONE if session_id and not rows else None)
    reasons = {row.booking_id: rules.why_left_alone(row, now=now) for row in rows}
    call = called_off(rows, reasons, reason=reason, method=Method.PHONE, by=by, now=now)
    if not call.called_off:
        left = call.left_alone
        refuse_if(
            why_nothing(left, last_on, first_on=first_on, today=today, who="You"),
            field,
        )
    return call


def come(booking_ids: Collection[int], *, by: Actor, now: datetime) -> dict[int, str]:
    """Take back what somebody announced themselves; returns the bookings that stay, and why.

    Raises `Refused` where none of it can be taken back any more.
    """
    refusals: dict[int, Refused] = {}
    for booking_id in booking_ids:
        try:
            come_after_all(booking_id, by=by, now=now)
        except Refused as refused:
            refusals[booking_id] = refused
    if len(refusals) == len(booking_ids):
        raise next(iter(refusals.values()))
    return {booking_id: refused.sentence for booking_id, refused in refusals.items()}
