"""Series: from a repeating plan to dated sessions."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy import select

from clinic import clock, trail
from clinic.days import Range
from clinic.db import db
from clinic.schedule.actions import sessions
from clinic.schedule.actions.rosters import fill, release
from clinic.schedule.models import Series, Session
from clinic.schedule.queries.bookings import HAS_ATTENDANCE
from clinic.schedule.queries.series import get_series, series_to_lay_out
from clinic.schedule.rules.days import occurrences
from clinic.schedule.rules.series import reach
from clinic.trail import SYSTEM, Actor


class Repeating(Protocol):
    """When something repeats: a series, or what one is to be."""

    @property
    def weekdays(self) -> str: ...
    @property
    def every_weeks(self) -> int: ...
    @property
    def from_on(self) -> date: ...
    @property
    def until_on(self) -> date | None: ...


class Laid(NamedTuple):
    """How many sessions a laying out made, brought to the plan, and took away."""

    created: int
    changed: int
    removed: int


def lay_out(series: Series, *, rewrites_past: bool = False, by: Actor, now: datetime) -> Laid:
    """Make the sessions of a series what its plan says, and their bookings what its roster says.

    An open-ended series reaches 26 weeks ahead, one with a last day to that day. Sessions with
    attendance, or changed by hand, are left alone, and all that have begun: only who says how it
    was, `rewrites_past`, adds to those and corrects them. Asking twice changes nothing. Raises
    `Refused` when there are too few seats.
    """
    until = reach_of(series.until_on, series.site.timezone, now)
    planned = _planned(series, until)
    there = {row.planned_on: row for row in _rows_of(series.id)}

    new = [
        {**values, "series_id": series.id, "planned_on": day}
        for day, values in planned.items()
        if day not in there and (rewrites_past or _is_new(day, series) or values["starts_at"] > now)
    ]
    free = {
        day: row
        for day, row in there.items()
        if not (row.is_held or row.is_changed_by_hand) and (rewrites_past or row.starts_at > now)
    }
    gone = [row.id for day, row in free.items() if day not in planned]
    changed = {
        row.id: planned[day]
        for day, row in free.items()
        if day in planned and _differs(planned[day], row)
    }
    sessions.create(new, now=now)
    sessions.remove(gone)
    release(series)  # first, for their seats may be among those that are to go
    sessions.change(changed, {row.id: row for row in free.values()}, now=now)
    series.laid_out_until = until

    leader_ids = [leader.staff_id for leader in series.leaders]
    kept = {row.id for day, row in there.items() if day not in free}
    led_anew = sessions.set_leaders(
        {row.id: leader_ids for row in _rows_of(series.id) if row.id not in kept}
    )
    changed_ids = (changed.keys() | led_anew) & {row.id for row in there.values()}
    laid = Laid(created=len(new), changed=len(changed_ids), removed=len(gone))
    if any(laid):
        trail.record("series.laid_out", series, by=by, now=now, until=until, **laid._asdict())
    fill(series)
    return laid


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


def _planned(series: Series, until: date) -> dict[date, dict[str, Any]]:
    calendar = sessions.calendar_of(series.site_id)
    plan = sessions.Plan(
        program=series.program,
        title=series.title,
        kind=series.kind,
        mode=series.mode,
        room=series.room,
        starts=series.starts,
        ends=series.ends,
        break_minutes=series.break_minutes,
        seats=series.seats,
        leader_ids=[leader.staff_id for leader in series.leaders],
    )
    return {
        day: sessions.values_on(day, plan, calendar)
        for day in days_of(series, calendar.week_starts, until)
    }


def days_of(repeats: Repeating, week_starts: int, until: date) -> Iterator[date]:
    return occurrences(
        Range(repeats.from_on, repeats.until_on),
        weekdays=[int(digit) for digit in repeats.weekdays],
        every_weeks=repeats.every_weeks,
        week_starts=week_starts,
        until=until,
    )


def _rows_of(series_id: int) -> list[Any]:
    columns = [getattr(Session, name) for name in sessions.SETTLED]
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
            ).where(Session.series_id == series_id)
        )
    )


def _differs(values: dict[str, Any], row: Any) -> bool:
    return any(values[name] != getattr(row, name) for name in sessions.SETTLED)
