from collections.abc import Collection, Iterator
from datetime import date, timedelta

from clinic.days import Range, week_of

FARTHEST = timedelta(days=5 * 366)  # ahead of today
OLDEST = timedelta(days=2 * 366)  # before today


def occurrences(
    plan: Range, *, weekdays: Collection[int], every_weeks: int, week_starts: int, until: date
) -> Iterator[date]:
    """The days of a series in order, up to and including `until`.

    `every_weeks` counts from the organization's week in which the first day lies.
    """
    last = until if plan.until_on is None else min(until, plan.until_on)
    week = week_of(plan.from_on, week_starts)
    offsets = sorted((weekday - week_starts) % 7 for weekday in weekdays)
    while week <= last:
        for offset in offsets:
            day = week + timedelta(days=offset)
            if plan.from_on <= day <= last:
                yield day
        week += timedelta(weeks=every_weeks)


def why_too_far(day: date | None, *, today: date) -> str | None:
    """Why a day is too far ahead to plan for: most of those are slips of the hand."""
    if day is not None and day - today > FARTHEST:
        return "That day is more than five years ahead."
    return None


def why_too_long_ago(day: date, *, today: date) -> str | None:
    """Why a new group cannot have begun on a day."""
    return "That day is more than two years ago." if today - day > OLDEST else None
