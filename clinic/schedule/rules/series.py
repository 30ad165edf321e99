from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from clinic.days import DAY, WEEK, Range, week_of, why_not_range
from clinic.formats import day_numeric
from clinic.schedule.models import Series, SeriesPlan
from clinic.schedule.rules.sessions import why_too_far

AHEAD = timedelta(weeks=26)  # how far an open-ended series is laid out
LATELY = 4  # weeks of which a group's attendance is told, beside those before them


class Attended(NamedTuple):
    """How many of those on a group came in a week, of those whose attendance is recorded."""

    week: date
    present: int
    recorded: int


def share(weeks: Iterable[Attended]) -> int | None:
    """Return the percent who came in these weeks, or None where nothing is recorded."""
    listed = list(weeks)
    recorded = sum(week.recorded for week in listed)
    return round(100 * sum(week.present for week in listed) / recorded) if recorded else None


def share_lately(weeks: Iterable[Attended], *, this: date) -> tuple[int | None, int | None]:
    """Return the share of the last weeks, and of as many before them; `this` week counts in."""
    listed = list(weeks)
    first = this - (LATELY - 1) * WEEK
    lately = share(week for week in listed if week.week >= first)
    return lately, share(week for week in listed if first - LATELY * WEEK <= week.week < first)


def occurrences(
    runs: Range,
    *,
    weekdays: Collection[int],
    every_weeks: int,
    week_starts: int,
    since: date | None = None,
    until: date,
) -> Iterator[date]:
    """The days on which something that repeats meets, in order, of those from `since` to `until`.

    `every_weeks` counts from the organization's week in which the first day of all lies.
    """
    first = max(runs.from_on, since or runs.from_on)
    last = until if runs.until_on is None else min(until, runs.until_on)
    step = every_weeks * WEEK
    week = week_of(runs.from_on, week_starts)
    week += (first - week) // step * step
    offsets = sorted((weekday - week_starts) % 7 for weekday in weekdays)
    while week <= last:
        for offset in offsets:
            day = week + offset * DAY
            if first <= day <= last:
                yield day
        week += step


def meetings(
    series: Series, week_starts: int, *, since: date | None = None, until: date
) -> Iterator[tuple[SeriesPlan, date]]:
    """The days on which a series meets, of those from `since` to `until`, each with its plan."""
    lasts = [*(following.from_on - DAY for following in series.plans[1:]), until]
    for plan, last in zip(series.plans, lasts, strict=True):
        days = occurrences(
            Range(series.from_on, series.until_on),
            weekdays=[int(digit) for digit in plan.weekdays],
            every_weeks=plan.every_weeks,
            week_starts=week_starts,
            since=max(plan.from_on, since or plan.from_on),
            until=min(last, until),
        )
        for day in days:
            yield plan, day


def meets_within(series: Series, week_starts: int, days: Range) -> bool:
    """Whether a series meets on one of these days; sooner or later it does, where they are open."""
    if days.until_on is None:
        return True
    return any(meetings(series, week_starts, since=days.from_on, until=days.until_on))


def plans_since(plans: Sequence[SeriesPlan], day: date) -> list[SeriesPlan]:
    """Those of a series that hold from a day on: the one of that day, and the later ones."""
    begun = [plan for plan in plans[1:] if plan.from_on <= day]
    return list(plans[len(begun) :])


def plan_on(plans: Sequence[SeriesPlan], day: date) -> SeriesPlan:
    """The plan of a series that holds on a day."""
    return plans_since(plans, day)[0]


def why_not_after(day: date, earlier: Sequence[date]) -> str | None:
    """Why a plan cannot begin with a day; `earlier` are those of the plans before it, in order."""
    if earlier and day <= earlier[-1]:
        return f"Begins no later than the plan before it, on {day_numeric(earlier[-1])}."
    return None


def reach(until_on: date | None, *, today: date) -> date:
    """The day up to which the sessions of a series are laid out."""
    return until_on or today + AHEAD


def why_not_end(last_on: date, *, from_on: date, ends_on: date | None, today: date) -> str | None:
    """Why a group cannot end with a day; `ends_on` is its last one so far."""
    if sentence := why_not_range(from_on, last_on):
        return sentence
    if ends_on is not None and ends_on < last_on:
        return "It already ends before that day. To extend it, change the group."
    if last_on < today - timedelta(days=1):
        return "The last day cannot be earlier than yesterday: past sessions cannot change."
    return why_too_far(last_on, today=today)


def why_not_other_site(site_id: int, program_site_id: int) -> str | None:
    """Why a group cannot go over to a program of another site."""
    if program_site_id != site_id:
        return "A group stays at its site. End it and set up a new one at the other site."
    return None


def why_never(days: Collection[date]) -> str | None:
    """Why a group would never meet; `days` are those on which it would."""
    return None if days else "The group would never meet between these days."
