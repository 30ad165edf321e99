"""Groups: how series are set up, change and end."""

import re
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from clinic import trail
from clinic.accounts.models import Staff
from clinic.days import DAY, Range, instant_of, why_not_range
from clinic.db import db
from clinic.errors import Refused, refuse_if
from clinic.participants.models import Participant
from clinic.programs.models import Room
from clinic.programs.queries import get_organization
from clinic.schedule.actions import sessions
from clinic.schedule.actions.series import SessionChanges, begin_on, lay_out, plan_from, reach_of
from clinic.schedule.models import Series, Session
from clinic.schedule.queries.clashes import clashes_of
from clinic.schedule.queries.offers import figures_of, leaders_to_offer
from clinic.schedule.queries.rosters import members_of
from clinic.schedule.queries.series import find_series, get_series
from clinic.schedule.queries.staff import times_of_staff
from clinic.schedule.rules.availability import leader_warnings
from clinic.schedule.rules.seats import seat_warnings
from clinic.schedule.rules.series import (
    meetings,
    occurrences,
    why_never,
    why_not_end,
    why_not_other_site,
)
from clinic.schedule.rules.sessions import clash_sentences, why_too_far, why_too_long_ago
from clinic.trail import Actor


class Group(NamedTuple):
    """What a series is to be: its sessions' plan, and when it repeats."""

    plan: sessions.Plan
    weekdays: str
    every_weeks: int
    from_on: date
    until_on: date | None


def set_up(wanted: Group, *, by: Actor, now: datetime) -> tuple[Series, SessionChanges]:
    """A new series with its sessions, from its first day on, also when that is past.

    Raises `Refused` with every room and leader that is wanted elsewhere at that time.
    """
    refuse_if(_why_not(wanted, today=_today(wanted, now)))
    _lock(wanted.plan, [])
    series = Series(key=_next_key(wanted.plan.title), from_on=wanted.from_on, plans=[])
    db.add(series)
    _change(series, wanted, from_on=wanted.from_on)
    series = get_series(series.id)
    trail.record("series.set_up", series, by=by, now=now, from_on=series.from_on)
    laid = lay_out(series, by=by, now=now)
    _refuse_clashes(series, series.from_on)
    return series, laid


def rearrange(series: Series, wanted: Group, *, by: Actor, now: datetime) -> SessionChanges:
    """Change the plan of a series, and its sessions that have not begun.

    Raises `Refused` with every room, leader and participant wanted elsewhere at that time.
    """
    refuse_if(_why_not(wanted, today=_today(wanted, now), began_on=series.from_on))
    refuse_if(why_not_other_site(series.site_id, wanted.plan.program.site_id))
    _lock(wanted.plan, [row.participant_id for row in members_of(series.id, today=date.min)])
    differs = _change(series, wanted, from_on=_takes_effect_on(series, now))
    series = get_series(series.id)
    if differs:
        trail.record("series.changed", series, by=by, now=now, from_on=series.from_on)
    laid = lay_out(series, by=by, now=now)
    _refuse_clashes(series, series.site.today(now))
    return laid


def end(series: Series, *, until_on: date, by: Actor, now: datetime) -> SessionChanges:
    """End a series with a day: coming sessions go, and what was attended stays."""
    today = series.site.today(now)
    why_not = why_not_end(until_on, from_on=series.from_on, ends_on=series.until_on, today=today)
    refuse_if(why_not, "until_on")
    series.until_on = until_on
    laid = lay_out(series, by=by, now=now)
    trail.record("series.ended", series, by=by, now=now, last_on=until_on)
    return laid


def doubts(wanted: Group, *, now: datetime) -> list[str]:
    """What speaks against a plan without forbidding it."""
    plan = wanted.plan
    program = plan.program
    today = _today(wanted, now)
    until = reach_of(wanted.until_on, program.site.timezone, now)
    days = list(_days_of(wanted, since=today, until=until))
    names = {row.id: row.name for row in leaders_to_offer(plan.leader_ids)}
    times = times_of_staff(plan.leader_ids)
    warnings = seat_warnings(
        figures_of(program),
        seats=plan.seats,
        kind=plan.kind,
        population=program.population,
        leaders=len(plan.leader_ids),
    )
    for staff_id in plan.leader_ids:
        warnings += leader_warnings(
            names[staff_id],
            days,
            plan.starts,
            plan.ends,
            hours=times.hours[staff_id],
            off=times.off[staff_id],
        )
    return warnings


def _today(wanted: Group, now: datetime) -> date:
    return wanted.plan.program.site.today(now)


def _why_not(wanted: Group, *, today: date, began_on: date | None = None) -> str | None:
    is_new = wanted.from_on != began_on
    return (
        sessions.why_not_hold(wanted.plan)
        or why_not_range(wanted.from_on, wanted.until_on)
        or (why_too_long_ago(wanted.from_on, today=today) if is_new else None)
        or why_too_far(wanted.from_on, today=today)
        or why_too_far(wanted.until_on, today=today)
        or why_never(_first_day(wanted))
    )


def _first_day(wanted: Group) -> date | None:
    until = wanted.until_on or wanted.from_on + timedelta(weeks=wanted.every_weeks + 1)
    return next(_days_of(wanted, until=until), None)


def _days_of(wanted: Group, *, since: date | None = None, until: date) -> Iterator[date]:
    return occurrences(
        Range(wanted.from_on, wanted.until_on),
        weekdays=[int(digit) for digit in wanted.weekdays],
        every_weeks=wanted.every_weeks,
        week_starts=get_organization().week_starts,
        since=since,
        until=until,
    )


def _change(series: Series, wanted: Group, *, from_on: date) -> bool:
    """Make a series what is wanted, its plan from a day on. Return whether that changed it."""
    plan = wanted.plan
    facts = {
        "program_id": plan.program.id,
        "site_id": plan.program.site_id,
        "title": plan.title,
        "until_on": wanted.until_on,
    }
    differs = any(getattr(series, name) != value for name, value in facts.items())
    for name, value in facts.items():
        setattr(series, name, value)
    if wanted.from_on != series.from_on:
        differs = True
        begin_on(series, wanted.from_on)
    is_planned_anew = plan_from(
        series,
        max(from_on, wanted.from_on),
        leader_ids=plan.leader_ids,
        kind=plan.kind,
        mode=plan.mode,
        weekdays=wanted.weekdays,
        starts=plan.starts,
        ends=plan.ends,
        break_minutes=plan.break_minutes,
        seats=plan.seats,
        every_weeks=wanted.every_weeks,
        room_id=plan.room.id if plan.room else None,
    )
    db.flush()
    db.expire(series, ["program", "site", "plans"])  # the ids may be others now
    return differs or is_planned_anew


def _takes_effect_on(series: Series, now: datetime) -> date:
    """Return the day from which another plan holds: tomorrow, where today's session has begun."""
    today = series.site.today(now)
    todays = meetings(series, get_organization().week_starts, since=today, until=today)
    has_begun = any(instant_of(day, plan.starts, series.site.zone) <= now for plan, day in todays)
    return today + DAY if has_begun else today


def _refuse_clashes(series: Series, first: date) -> None:
    found = clash_sentences(clashes_of(Session.series_id == series.id, first=first))
    if found:
        raise Refused(found[0], more=found[1:])


def _lock(plan: sessions.Plan, participant_ids: Collection[int]) -> None:
    sessions.lock(Staff, plan.leader_ids)
    sessions.lock(Room, [plan.room.id if plan.room else None])
    sessions.lock(Participant, participant_ids)


def _next_key(title: str) -> str:
    """The title as a key, with a number where another series has it."""
    stem = re.sub("[^a-z0-9]+", "-", title.lower()).strip("-") or "group"
    key, number = stem, 1
    while find_series(key) is not None:
        number += 1
        key = f"{stem}-{number}"
    return key
