"""Dates, times and seats of sessions. Values in, answer out."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from clinic.formats import counted
from clinic.programs.rules import week_of

AHEAD = timedelta(weeks=26)  # how far an open-ended series is laid out
NAMED = 3  # days that a sentence lists before it counts the others


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


def instant_of(day: date, wall: time, at: ZoneInfo) -> datetime:
    """The instant of a wall-clock time, in UTC.

    A repeated time means the first; one that the clocks jump over moves forward by the gap.
    """
    return datetime.combine(day, wall, at).astimezone(UTC)


def why_not_wall_time(day: date, wall: time, at: ZoneInfo) -> str | None:
    """Why a wall-clock time does not exist on a day, or None when it does."""
    shown = instant_of(day, wall, at).astimezone(at)
    if shown.time() == wall:
        return None
    return (
        f"{wall:%H:%M} does not exist on {day.isoformat()}:"
        f" the clocks go forward, {wall:%H:%M} becomes {shown:%H:%M}."
    )


def times_of(day: date, starts: time, ends: time, at: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end of an occurrence of a series, in UTC.

    On the night the clocks go forward an occurrence whose start is jumped over keeps its length
    and moves forward as a whole.
    """
    starts_at = instant_of(day, starts, at)
    moved = starts_at.astimezone(at).replace(tzinfo=None) - datetime.combine(day, starts)
    end = datetime.combine(day, ends) + moved
    return starts_at, instant_of(end.date(), end.time(), at)


def credit(
    starts_at: datetime, ends_at: datetime, *, break_minutes: int, breaks_count: bool
) -> int:
    """Minutes that full attendance of a session counts."""
    scheduled = int((ends_at - starts_at).total_seconds()) // 60
    return scheduled if breaks_count else max(0, scheduled - break_minutes)


def why_not_times(starts: time, ends: time, *, break_minutes: int = 0) -> str | None:
    """Why a session cannot run from `starts` to `ends` of one day."""
    if ends <= starts:
        return f"The end, {ends:%H:%M}, is not after the start, {starts:%H:%M}."
    length = (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
    if break_minutes >= length:
        return f"A break of {break_minutes} minutes leaves nothing of {length}."
    return None


def day_part(minute_of_day: int, *, afternoon_from: int, evening_from: int) -> str:
    """`morning`, `afternoon` or `evening`, by the local minute at which a session starts."""
    if minute_of_day < afternoon_from:
        return "morning"
    return "afternoon" if minute_of_day < evening_from else "evening"


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


def free_seats(taken: Collection[int], seats: int) -> Iterator[int]:
    """The free seat numbers, lowest first."""
    return (number for number in range(1, seats + 1) if number not in taken)


def why_too_few_seats(title: str, day: date, *, booked: int, seats: int) -> str | None:
    """The sentence when more people are booked than a session would have seats."""
    if booked <= seats:
        return None
    return f"{title} on {_listed([day])} has {booked} people on its roster, {seats} seats."


def why_full(title: str, days: Collection[date]) -> str | None:
    """The sentence when a session has no free seat on some days; None when there are none."""
    if not days:
        return None
    return f"{title} has no free seat on {_listed(sorted(days))}."


def clash_sentence(what: str, days: Collection[date]) -> str:
    """What is wrong when somebody or something is wanted twice at a time."""
    return f"{what} are at the same time on {_listed(sorted(days))}."


def reach(until_on: date | None, *, today: date) -> date:
    """The day up to which the sessions of a series are laid out."""
    return until_on or today + AHEAD


def why_not_from(day: date, *, today: date) -> str | None:
    """Why nobody can be put on a group from a day on."""
    if day < today:
        return "Start today or later: what is past is settled by attendance, not by a roster."
    return None


def why_not_last_day(day: date, *, today: date, ends_on: date | None) -> str | None:
    """Why a day cannot be somebody's last in a group; `ends_on` is their last one so far."""
    if day < today - timedelta(days=1):
        return "The last day cannot be earlier than yesterday: the past stays as it was."
    if ends_on is not None and ends_on < day:
        return "Their place in this group ends before that day."
    return None


def why_not_put_on(
    *, days: Range, enrolled: Range, runs: Range, already: Collection[Range]
) -> str | None:
    """Why an enrollment cannot be put on a series for these days."""
    wanted = common(days, enrolled)
    if wanted is None:
        return "The enrollment ends before that day."
    if common(wanted, runs) is None:
        return "The group does not meet in that time."
    if any(common(days, other) for other in already):
        return "They are on this group already."
    return None


def _listed(days: list[date]) -> str:
    shown = ", ".join(f"{day:%a %b} {day.day}" for day in days[:NAMED])
    more = len(days) - NAMED
    return shown if more <= 0 else f"{shown} and {counted(more, 'more day')}"
