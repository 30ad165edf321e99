"""Arithmetic of days: ranges, weeks, weekly times, and wall clock to instant and back."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(weeks=1)
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHORT_WEEKDAYS: Final = tuple(name[:3] for name in WEEKDAYS)
MIDNIGHT: Final = 24 * 60  # minutes: the end of a day, which a clock shows as its beginning


class Range(NamedTuple):
    """Days from one to another, both included; without an end when `until_on` is None."""

    from_on: date
    until_on: date | None

    def covers(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)

    def overlaps(self, other: "Range") -> bool:
        return common(self, other) is not None


class Span(NamedTuple):
    """A time from an instant to another one, without its end."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Span") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


class WeeklyTime(NamedTuple):
    """A time of every week, in minutes of the local day; weekday 0 is Monday."""

    weekday: int
    from_minute: int
    until_minute: int

    def overlaps(self, other: "WeeklyTime") -> bool:
        return (
            self.weekday == other.weekday
            and self.from_minute < other.until_minute
            and other.from_minute < self.until_minute
        )


def common(one: Range, other: Range) -> Range | None:
    """The days that two ranges share, or None."""
    ends = [day for day in (one.until_on, other.until_on) if day is not None]
    both = Range(max(one.from_on, other.from_on), min(ends) if ends else None)
    return None if both.until_on is not None and both.until_on < both.from_on else both


def days_without(days: Range, absences: Iterable[Range]) -> list[Range]:
    """What is left of a range of days when the absences are taken out."""
    left: list[Range] = []
    rest = days
    for absence in sorted(absences, key=lambda absence: absence.from_on):
        away = common(rest, absence)
        if away is None:
            continue
        if rest.from_on < away.from_on:
            left.append(Range(rest.from_on, away.from_on - DAY))
        if away.until_on is None or away.until_on == rest.until_on:
            return left
        rest = Range(away.until_on + DAY, rest.until_on)
    return [*left, rest]


def week_of(day: date, week_starts: int) -> date:
    """The first day of the week that a day lies in; `week_starts` is 0 for Monday to 6."""
    return day - DAY * ((day.weekday() - week_starts) % 7)


def usual_periods(today: date, week: date) -> list[tuple[str, Range]]:
    """The days that records are asked for most, in words; `week` is the one of today."""
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    return [
        ("Last week", Range(week - WEEK, week - DAY)),
        ("Last two weeks", Range(week - 2 * WEEK, week - DAY)),
        ("This month", Range(month, today)),
        ("Last month", Range((month - DAY).replace(day=1), month - DAY)),
        ("Last year", Range(year.replace(year=year.year - 1), year - DAY)),
    ]


def minute_of(wall: time | datetime) -> int:
    """Minutes since midnight of a wall-clock time."""
    return wall.hour * 60 + wall.minute


def wall_at(minute: int) -> time:
    """A minute of the local day as a wall-clock time; the end of the day is midnight."""
    return time(minute // 60 % 24, minute % 60)


def instant_of(day: date, wall: time, at: ZoneInfo) -> datetime:
    """The instant of a wall-clock time, in UTC.

    A repeated time means the first; one that the clocks jump over moves forward by the gap.
    """
    return datetime.combine(day, wall, at).astimezone(UTC)


def times_of(day: date, starts: time, ends: time, at: ZoneInfo) -> Span:
    """Start and end of an occurrence of a series, in UTC.

    On the night the clocks go forward an occurrence whose start is jumped over keeps its length
    and moves forward as a whole.
    """
    starts_at = instant_of(day, starts, at)
    moved = starts_at.astimezone(at).replace(tzinfo=None) - datetime.combine(day, starts)
    end = datetime.combine(day, ends) + moved
    return Span(starts_at, instant_of(end.date(), end.time(), at))


def why_not_range(from_on: date, until_on: date | None) -> str | None:
    """Why days cannot run from a day to a day."""
    if until_on is not None and until_on < from_on:
        return "The last day is before the first."
    return None


def why_not_wall_time(day: date, wall: time, at: ZoneInfo) -> str | None:
    """Why a wall-clock time does not exist on a day, or None when it does."""
    shown = instant_of(day, wall, at).astimezone(at)
    if shown.time() == wall:
        return None
    return (
        f"{wall:%H:%M} does not exist on {day.isoformat()}:"
        f" the clocks go forward, {wall:%H:%M} becomes {shown:%H:%M}."
    )
