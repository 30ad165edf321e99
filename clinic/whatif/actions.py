from collections.abc import Sequence
from datetime import date, datetime, timedelta

from clinic.attendance.actions import announce
from clinic.db import AnyRow
from clinic.enrollment.actions import change_circumstances
from clinic.enrollment.models import Enrollment
from clinic.errors import refuse_if
from clinic.programs.queries import get_organization
from clinic.schedule.actions.groups import FACTS, rearrange
from clinic.schedule.actions.rosters import put_all_on
from clinic.schedule.models import Series, SeriesPlan
from clinic.schedule.queries.bookings import bookings_of
from clinic.schedule.queries.rosters import full_sessions
from clinic.schedule.queries.series import get_series
from clinic.trail import Actor
from clinic.whatif import rules
from clinic.whatif.rules import Tried


def try_out(
    enrollment: Enrollment, tried: Tried, *, last_on: date, by: Actor, now: datetime
) -> Sequence[AnyRow]:
    """Do what is tried, with the acts that would really do it, up to a day.

    Returns the sessions that they stay away from. Whoever calls it undoes it.
    """
    refuse_if(tried.why_not)
    off: list[AnyRow] = []
    if tried.away:
        change_circumstances(
            enrollment,
            clinician=enrollment.clinician,
            wished_part=enrollment.wished_part,
            unavailable=[*{*enrollment.busy, *tried.away}],
            by=by,
            now=now,
        )
        rows = bookings_of([enrollment.id], tried.from_on - timedelta(days=1), last_on)
        off = rules.missed(rows, tried)
        notice = get_organization().notice_hours
        marked = announce(
            [row.booking_id for row in off], reason=None, notice_hours=notice, by=by, now=now
        )
        off = [row for row in off if row.booking_id in marked]
    if tried.series_id:
        series = get_series(tried.series_id)
        if tried.adds_seat and full_sessions([series.id], since=tried.from_on, now=now):
            rearrange(series, _with_one_more(series), by=by, now=now)
        put_all_on([(enrollment, get_series(series.id), tried.from_on)], by=by, now=now)
    return off


def _with_one_more(series: Series) -> Series:
    """The group as it would be with one more seat, not kept."""
    plan = series.plan
    wanted = SeriesPlan(
        from_on=series.from_on,
        kind=plan.kind,
        mode=plan.mode,
        weekdays=plan.weekdays,
        starts=plan.starts,
        ends=plan.ends,
        break_minutes=plan.break_minutes,
        seats=plan.seats + 1,
        every_weeks=plan.every_weeks,
        room_id=plan.room_id,
        room=plan.room,
    )
    wanted.leader_ids = plan.leader_ids
    return Series(
        program=series.program,
        from_on=series.from_on,
        plans=[wanted],
        **{name: getattr(series, name) for name in FACTS},
    )
