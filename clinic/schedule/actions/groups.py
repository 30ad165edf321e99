"""Groups: how series are set up, change and end."""

import re
from datetime import date, datetime

from clinic import trail
from clinic.days import DAY, WEEK, instant_of, why_not_range
from clinic.db import db
from clinic.errors import refuse_any, refuse_if
from clinic.programs.queries import get_organization
from clinic.schedule.actions import sessions
from clinic.schedule.actions.series import begin_on, is_same, lay_out, reach_of, set_plans
from clinic.schedule.models import Series, SeriesPlan, Session
from clinic.schedule.queries.clashes import clashes_of
from clinic.schedule.queries.rosters import members_of
from clinic.schedule.queries.series import find_series, get_series
from clinic.schedule.rules.series import meetings, why_never, why_not_end, why_not_other_site
from clinic.schedule.rules.sessions import clash_sentences, why_too_far, why_too_long_ago
from clinic.trail import Actor

FACTS = ("program_id", "site_id", "title", "until_on", "is_open_to_make_ups")


def set_up(wanted: Series, *, by: Actor, now: datetime) -> tuple[Series, tuple[int, int, int]]:
    """A new series with its sessions, from its first day on, also when that is past.

    Returns with it what `lay_out` says. Raises `Refused` with every room and leader that is wanted
    elsewhere at that time.
    """
    _refuse(wanted, now=now)
    sessions.lock_for(wanted.plan.leader_ids, wanted.plan.room_id, [])
    series, _ = write_down(None, wanted, by=by, now=now)
    laid = lay_out(series, by=by, now=now)
    _refuse_clashes(series, series.from_on)
    return series, laid


def rearrange(series: Series, wanted: Series, *, by: Actor, now: datetime) -> tuple[int, int, int]:
    """Change the plan of a series, and its sessions that have not begun.

    Returns what `lay_out` says. Raises `Refused` with every room, leader and participant wanted
    elsewhere at that time.
    """
    _refuse(wanted, now=now, began_on=series.from_on)
    refuse_if(why_not_other_site(series.site_id, wanted.program.site_id), "program")
    people = [row.participant_id for row in members_of(series.id, today=date.min)]
    sessions.lock_for(wanted.plan.leader_ids, wanted.plan.room_id, people)
    since = max(_takes_effect_on(series, now), wanted.from_on)
    series, _ = write_down(series, wanted, since=since, by=by, now=now)
    laid = lay_out(series, by=by, now=now)
    _refuse_clashes(series, series.site.today(now))
    return laid


def write_down(
    series: Series | None,
    wanted: Series,
    *,
    since: date | None = None,
    by: Actor,
    now: datetime,
) -> tuple[Series, bool]:
    """Note what a series is to be: its plans are those wanted, or hold from a day on.

    No session is made: `lay_out` does that, once what it depends on is noted, too. Returns the
    series, and whether it is another now.
    """
    refuse_if(why_not_range(wanted.from_on, wanted.until_on), "until_on")
    if series is None:
        wanted.key = wanted.key or _next_key(wanted.title)
        db.add(wanted)
        db.flush()
        trail.record("series.set_up", wanted, by=by, now=now, from_on=wanted.from_on)
        return _afresh(wanted), True
    changed = [name for name in FACTS if getattr(series, name) != getattr(wanted, name)]
    for name in changed:
        setattr(series, name, getattr(wanted, name))
    if wanted.from_on != series.from_on:
        changed.append("from_on")
        begin_on(series, wanted.from_on)
    plans = wanted.plans if since is None else _plans_since(since, wanted.plan, series)
    if not (set_plans(series, plans) or changed):
        return series, False
    series = _afresh(series)
    trail.record("series.changed", series, by=by, now=now, from_on=series.from_on)
    return series, True


def end(series: Series, *, until_on: date, by: Actor, now: datetime) -> int:
    """End a series with a day: coming sessions go, and what was attended stays.

    Returns how many went.
    """
    today = series.site.today(now)
    why_not = why_not_end(until_on, from_on=series.from_on, ends_on=series.until_on, today=today)
    refuse_if(why_not, "until_on")
    series.until_on = until_on
    *_, gone = lay_out(series, by=by, now=now)
    trail.record("series.ended", series, by=by, now=now, last_on=until_on)
    return gone


def doubts(wanted: Series, *, now: datetime) -> list[str]:
    """What speaks against a plan without forbidding it."""
    site = wanted.program.site
    today = site.today(now)
    if why_too_far(wanted.until_on, today=today):
        return []  # it is refused for that, and so many days are not worth counting
    until = reach_of(wanted.until_on, site.timezone, now)
    days = _days_of(wanted, since=today, until=until)
    return sessions.doubts(wanted.plan, wanted.program, days)


def _refuse(wanted: Series, *, now: datetime, began_on: date | None = None) -> None:
    today = wanted.program.site.today(now)
    is_new = wanted.from_on != began_on
    refuse_any(
        *sessions.why_not_held(wanted.plan, wanted.program.site_id),
        (why_not_range(wanted.from_on, wanted.until_on), "until_on"),
        (why_too_long_ago(wanted.from_on, today=today) if is_new else None, "from_on"),
        (why_too_far(wanted.from_on, today=today), "from_on"),
        (why_too_far(wanted.until_on, today=today), "until_on"),
    )
    until = wanted.until_on or wanted.from_on + WEEK * (wanted.plan.every_weeks + 1)
    refuse_if(why_never(_days_of(wanted, until=until)))


def _days_of(wanted: Series, *, since: date | None = None, until: date) -> list[date]:
    week_starts = get_organization().week_starts
    return [day for _, day in meetings(wanted, week_starts, since=since, until=until)]


def _plans_since(day: date, plan: SeriesPlan, series: Series) -> list[SeriesPlan]:
    """The plans of a series with this one from a day on; what was planned for later goes."""
    if is_same(plan, series.plan):
        return series.plans
    before = [each for each in series.plans if each.from_on < day]
    if before and is_same(plan, before[-1]):
        return before
    plan.from_on = day
    return [*before, plan]


def _afresh(series: Series) -> Series:
    db.flush()
    db.expire(series, ["program", "site", "plans"])  # the ids may be others now
    return get_series(series.id)


def _takes_effect_on(series: Series, now: datetime) -> date:
    """Return the day from which another plan holds: tomorrow, where today's session has begun."""
    today = series.site.today(now)
    todays = meetings(series, get_organization().week_starts, since=today, until=today)
    has_begun = any(instant_of(day, plan.starts, series.site.zone) <= now for plan, day in todays)
    return today + DAY if has_begun else today


def _refuse_clashes(series: Series, first: date) -> None:
    found = clashes_of(Session.series_id == series.id, first=first)
    refuse_any(*((sentence, None) for sentence in clash_sentences(found)))


def _next_key(title: str) -> str:
    """The title as a key, with a number where another series has it."""
    stem = re.sub("[^a-z0-9]+", "-", title.lower()).strip("-") or "group"
    key, number = stem, 1
    while find_series(key) is not None:
        number += 1
        key = f"{stem}-{number}"
    return key
