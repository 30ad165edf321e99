"""Series: from dated plans to dated sessions."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from clinic import clock, trail
from clinic.days import DAY, Range
from clinic.db import db
from clinic.schedule.actions import sessions
from clinic.schedule.actions.rosters import fill, release
from clinic.schedule.models import Series, SeriesLeader, SeriesPlan, Session
from clinic.schedule.queries.bookings import HAS_ATTENDANCE
from clinic.schedule.queries.series import get_series, series_to_lay_out
from clinic.schedule.rules.series import meetings, reach
from clinic.trail import SYSTEM, Actor

PLANNED = {  # what a plan says besides who leads, and what it says as a rule
    "kind": None,
    "mode": None,
    "weekdays": None,
    "starts": None,
    "ends": None,
    "break_minutes": 0,
    "seats": None,
    "every_weeks": 1,
    "room_id": None,
}


class SessionChanges(NamedTuple):
    """How many sessions a laying out made, brought to the plan, and took away."""

    created: int
    changed: int
    removed: int


def begin_on(series: Series, day: date) -> None:
    """Have a series, and the plan that holds then, begin on another day."""
    series.from_on = day
    while len(series.plans) > 1 and series.plans[1].from_on <= day:
        del series.plans[0]
    series.plans[0].from_on = day
    db.flush()


def plan_from(series: Series, day: date, *, leader_ids: Sequence[int], **planned: Any) -> bool:
    """Have a series meet so from a day on. Return whether that is another plan than it had.

    A plan that would have begun later is replaced; those before it stay: they say how it met then.
    """
    if series.plans and _is_so(series.plan, leader_ids, planned):
        return False
    series.plans[:] = [each for each in series.plans if each.from_on < day]
    db.flush()  # the days of plans are unique: the old ones go first
    if not series.plans or not _is_so(series.plan, leader_ids, planned):
        leaders = [SeriesLeader(staff_id=each, position=n) for n, each in enumerate(leader_ids)]
        series.plans.append(SeriesPlan(from_on=day, leaders=leaders, **planned))
        db.flush()
    return True


def _is_so(plan: SeriesPlan, leader_ids: Sequence[int], planned: dict[str, Any]) -> bool:
    return list(leader_ids) == [leader.staff_id for leader in plan.leaders] and all(
        getattr(plan, name) == value for name, value in planned.items()
    )


def lay_out(
    series: Series, *, rewrites_past: bool = False, by: Actor, now: datetime
) -> SessionChanges:
    """Make the sessions of a series what its plans say, and their bookings what its roster says.

    An open-ended series reaches 26 weeks ahead, one with a last day to that day. Sessions with
    attendance, or changed by hand, are left alone, and all that have begun: only who says how it
    was, `rewrites_past`, adds to those and corrects them. Asking twice changes nothing. Raises
    `Refused` when there are too few seats.
    """
    since = None if rewrites_past else _first_open(series, now)
    open_days = None if since is None else Range(since, None)
    until = reach_of(series.until_on, series.site.timezone, now)
    planned = _planned(series, since, until)
    there = {row.planned_on: row for row in _rows_of(series.id, since)}

    new = [
        {**values, "series_id": series.id, "planned_on": day}
        for day, (_, values) in planned.items()
        if day not in there and (rewrites_past or _is_new(day, series) or values["starts_at"] > now)
    ]
    free = {
        day: row
        for day, row in there.items()
        if not (row.is_held or row.is_changed_by_hand) and (rewrites_past or row.starts_at > now)
    }
    gone = [row.id for day, row in free.items() if day not in planned]
    changed = {
        row.id: planned[day][1]
        for day, row in free.items()
        if day in planned and _differs(planned[day][1], row)
    }
    sessions.create(new, now=now)
    sessions.remove(gone)
    release(series.id, open_days)  # first, for their seats may be among those that are to go
    sessions.change(changed, {row.id: row for row in free.values()}, now=now)
    series.laid_out_until = until

    led_anew = sessions.set_leaders(
        {
            session_id: planned[day][0].leader_ids
            for session_id, day in _days_of(series.id, since)
            if day in planned and (day in free or day not in there)
        }
    )
    changed_ids = (changed.keys() | led_anew) & {row.id for row in there.values()}
    laid = SessionChanges(created=len(new), changed=len(changed_ids), removed=len(gone))
    if any(laid):
        trail.record("series.laid_out", series, by=by, now=now, until=until, **laid._asdict())
    fill(series.id, open_days)
    return laid


def _first_open(series: Series, now: datetime) -> date | None:
    """Return the first day of which a session may be made or changed, or None when any may.

    That is yesterday at the latest: in the time zone of a site that has moved it may be today.
    """
    if series.laid_out_until is None:
        return None
    return min(series.site.today(now) - DAY, series.laid_out_until + DAY)


def _is_new(day: date, series: Series) -> bool:
    return series.laid_out_until is None or day > series.laid_out_until


def series_behind(now: datetime) -> list[int]:
    """Ids of the series that `top_up` would lay out further."""
    return [
        row.id
        for row in series_to_lay_out()
        if row.laid_out_until is None
        or row.laid_out_until < reach_of(row.until_on, row.timezone, now)
    ]


def top_up(series_id: int, *, now: datetime) -> None:
    """Lay one series out as far as it should reach by now."""
    lay_out(get_series(series_id), by=SYSTEM, now=now)


def reach_of(until_on: date | None, timezone: str, now: datetime) -> date:
    """The day up to which the sessions of a series are laid out by now."""
    return reach(until_on, today=clock.day_of(now, clock.zone(timezone)))


def _planned(
    series: Series, since: date | None, until: date
) -> dict[date, tuple[sessions.Plan, dict[str, Any]]]:
    """Return the plan of every day on which a series meets, and the columns of its session."""
    calendar = sessions.calendar_of(series.site_id)
    plans = {each.from_on: _plan_of(series, each) for each in series.plans}
    return {
        day: (plan, sessions.values_on(day, plan, calendar))
        for dated, day in meetings(series, calendar.week_starts, since=since, until=until)
        for plan in [plans[dated.from_on]]
    }


def _plan_of(series: Series, plan: SeriesPlan) -> sessions.Plan:
    return sessions.Plan(
        program=series.program,
        title=series.title,
        kind=plan.kind,
        mode=plan.mode,
        room=plan.room,
        starts=plan.starts,
        ends=plan.ends,
        break_minutes=plan.break_minutes,
        seats=plan.seats,
        leader_ids=[leader.staff_id for leader in plan.leaders],
    )


def _since(series_id: int, since: date | None) -> Any:
    theirs = Session.series_id == series_id
    return theirs if since is None else theirs & (Session.planned_on >= since)


def _rows_of(series_id: int, since: date | None) -> list[Any]:
    columns = [getattr(Session, name) for name in sessions.COLUMNS]
    return list(
        db.execute(
            select(
                Session.id,
                Session.planned_on,
                Session.sequence,
                Session.changed_at,
                Session.is_changed_by_hand,
                HAS_ATTENDANCE.label("is_held"),
                *columns,
            ).where(_since(series_id, since))
        )
    )


def _days_of(series_id: int, since: date | None) -> Iterator[tuple[int, date]]:
    rows = db.execute(select(Session.id, Session.planned_on).where(_since(series_id, since)))
    return ((row.id, row.planned_on) for row in rows)


def _differs(values: dict[str, Any], row: Any) -> bool:
    return any(values[name] != getattr(row, name) for name in sessions.COLUMNS)
