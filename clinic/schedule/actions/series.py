"""Series: from dated plans to dated sessions."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from clinic import clock, trail
from clinic.days import DAY, Range
from clinic.db import AnyRow, db
from clinic.programs.queries import closures_of, get_organization
from clinic.schedule.actions import sessions
from clinic.schedule.actions.rosters import fill, release
from clinic.schedule.models import Series, SeriesPlan, Session
from clinic.schedule.queries.bookings import HAS_ATTENDANCE
from clinic.schedule.queries.series import get_series, series_to_lay_out
from clinic.schedule.rules.series import meetings, plans_since, reach
from clinic.trail import SYSTEM, Actor


def begin_on(series: Series, day: date) -> None:
    """Have a series, and the plan that holds then, begin on another day."""
    series.from_on = day
    series.plans[:] = plans_since(series.plans, day)
    series.plans[0].from_on = day
    db.flush()


def is_same(one: SeriesPlan, other: SeriesPlan) -> bool:
    """Whether two plans say the same, on whatever days."""
    names = {*SeriesPlan.__table__.columns.keys(), "leader_ids"} - {"id", "series_id", "from_on"}
    return all(getattr(one, name) == getattr(other, name) for name in names)


def set_plans(series: Series, wanted: Sequence[SeriesPlan]) -> bool:
    """Have a series meet by these plans, each from its day. Return whether that changed them."""

    def among(plan: SeriesPlan, plans: Sequence[SeriesPlan]) -> bool:
        return any(plan.from_on == each.from_on and is_same(plan, each) for each in plans)

    new = [plan for plan in wanted if not among(plan, series.plans)]
    kept = [plan for plan in series.plans if among(plan, wanted)]
    if not new and kept == series.plans:
        return False
    series.plans[:] = kept
    db.flush()  # the days of plans are unique: the old ones go first
    series.plans += new
    db.flush()
    return True


def lay_out(
    series: Series, *, by_file: bool = False, by: Actor, now: datetime
) -> tuple[int, int, int]:
    """Make the sessions of a series what its plans say, and their bookings what its roster says.

    An open-ended series reaches 26 weeks ahead, one with a last day to that day. Sessions with
    attendance, or changed by hand, are left alone, and all that have begun: only `by_file` are
    those made and corrected, too. Asking twice changes nothing. Returns how many were made, changed
    and taken away. Raises `Refused` when there are too few seats.
    """
    since = None if by_file else _first_open(series, now)
    open_days = None if since is None else Range(since, None)
    until = reach_of(series.until_on, series.site.timezone, now)
    planned = _planned(series, since, until)
    there = {row.planned_on: row for row in _rows_of(series.id, since)}

    new = [
        {**values, "series_id": series.id, "planned_on": day}
        for day, (_, values) in planned.items()
        if day not in there and (by_file or _is_new(day, series) or values["starts_at"] > now)
    ]
    free = {
        day: row
        for day, row in there.items()
        if not (row.is_held or row.is_changed_by_hand) and (by_file or row.starts_at > now)
    }
    gone = [row.id for day, row in free.items() if day not in planned]
    sessions.create(new, now=now)
    sessions.remove(gone, by=by, now=now)
    release(series.id, days=open_days)  # first, for their seats may be among those that are to go
    changed = _change(free, planned, now=now)
    series.laid_out_until = until
    leaders = {day: each for day, (each, _) in planned.items() if day in free or day not in there}
    changed |= _lead(series.id, since, leaders) & {row.id for row in there.values()}
    laid: dict[str, Any] = {"created": len(new), "changed": len(changed), "removed": len(gone)}
    if any(laid.values()):
        trail.record("series.laid_out", series, by=by, now=now, until=until, **laid)
    fill(series.id, days=open_days)
    return len(new), len(changed), len(gone)


def _change(
    free: Mapping[date, Any],
    planned: Mapping[date, tuple[Sequence[int], dict[str, Any]]],
    *,
    now: datetime,
) -> set[int]:
    """Bring sessions to what is planned for their days. Return the ids of those that changed."""
    wanted = {row.id: planned[day][1] for day, row in free.items() if day in planned}
    rows = {row.id: row for row in free.values()}
    changed = {key: values for key, values in wanted.items() if sessions.differs(values, rows[key])}
    sessions.change(changed, rows, now=now)
    return set(changed)


def _lead(series_id: int, since: date | None, leaders: Mapping[date, Sequence[int]]) -> set[int]:
    """Have others lead the sessions of these days. Return the ids of those that this changed."""
    rows = db.execute(select(Session.id, Session.planned_on).where(_since(series_id, since)))
    wanted = {row.id: leaders[row.planned_on] for row in rows if row.planned_on in leaders}
    return sessions.set_leaders(wanted)


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


def planned_on(series: Series, day: date) -> tuple[list[int], dict[str, Any]] | None:
    """Return who leads its session of a day as planned, and the columns of that; None without."""
    return _planned(series, day, day).get(day)


def reach_of(until_on: date | None, timezone: str, now: datetime) -> date:
    """The day up to which the sessions of a series are laid out by now."""
    return reach(until_on, today=clock.day_of(now, clock.zone(timezone)))


def _planned(
    series: Series, since: date | None, until: date
) -> dict[date, tuple[list[int], dict[str, Any]]]:
    """Return for every day on which a series meets who leads, and the columns of its session."""
    week_starts, closures = get_organization().week_starts, closures_of(series.site_id)
    return {
        day: (
            plan.leader_ids,
            sessions.values_on(
                day, plan, series.program, series.title, week_starts=week_starts, closures=closures
            ),
        )
        for plan, day in meetings(series, week_starts, since=since, until=until)
    }


def _since(series_id: int, since: date | None) -> Any:
    theirs = Session.series_id == series_id
    return theirs if since is None else theirs & (Session.planned_on >= since)


def _rows_of(series_id: int, since: date | None) -> Sequence[AnyRow]:
    is_held = HAS_ATTENDANCE.label("is_held")
    return db.execute(select(Session.__table__, is_held).where(_since(series_id, since))).all()
