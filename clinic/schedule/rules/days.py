from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from clinic.programs.rules import week_of

FARTHEST = timedelta(days=5 * 366)  # ahead of today
OLDEST = timedelta(days=2 * 366)  # before today


class Range(NamedTuple):
    """Days from one to another, both included; without an end when `until` is None."""

    from_on: date
    until_on: date | None

    def covers(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


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


def days_without(days: Range, absences: Iterable[Range]) -> list[Range]:
    """What is left of a range of days when the absences are taken out."""
    left: list[Range] = []
    rest = days
    for absence in sorted(absences, key=lambda absence: absence.from_on):
        away = common(rest, absence)
        if away is None:
            continue
        if rest.from_on < away.from_on:
            left.append(Range(rest.from_on, away.from_on - timedelta(days=1)))
        if away.until_on is None or away.until_on == rest.until_on:
            return left
        rest = Range(away.until_on + timedelta(days=1), rest.until_on)
    return [*left, rest]


def common(one: Range, other: Range) -> Range | None:
    """The days that two ranges share, or None."""
    ends = [day for day in (one.until_on, other.until_on) if day is not None]
    both = Range(max(one.from_on, other.from_on), min(ends) if ends else None)
    return None if both.until_on is not None and both.until_on < both.from_on else both


def why_too_far(day: date | None, *, today: date) -> str | None:
    """Why a day is too far ahead to plan for: most of those are slips of the hand."""
    if day is not None and day - today > FARTHEST:
        return "That day is more than five years ahead."
    return None


def why_too_long_ago(day: date, *, today: date) -> str | None:
    """Why a new group cannot have begun on a day."""
    return "That day is more than two years ago." if today - day > OLDEST else None
