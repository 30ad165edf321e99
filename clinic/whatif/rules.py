"""What is tried on somebody, and how their weeks turn. Values in, answer out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from clinic.consequences import Change
from clinic.days import MIDNIGHT, WEEK, WeeklyTime
from clinic.effects.rules import Picture, time_of
from clinic.formats import duration, month_day
from clinic.hours.rules import WeekOf

NOTHING = "Choose a group, a day off, or times at which they cannot come."


class Tried(NamedTuple):
    """What is tried from a day on: another group, and times of the week at which they stay away."""

    from_on: date
    series_id: int | None = None
    away: tuple[WeeklyTime, ...] = ()
    adds_seat: bool = False  # to the group, where it is full

    @property
    def why_not(self) -> str | None:
        """Why there is nothing to try."""
        return None if self.series_id or self.away else NOTHING


class Found(NamedTuple):
    """How the weeks would turn; without a verdict, how they are."""

    weeks: Sequence[Change]
    verdict: str = ""
    added: Sequence[str] = ()  # sessions
    off: Sequence[str] = ()
    warnings: Sequence[str] = ()


def short_words(each: Any) -> str:
    """`Jordan Avery, 1 h 30 min missing in the week of Mar 2`."""
    missing = duration(each.hours.missing)
    return f"{each.name}, {missing} missing in the week of {month_day(each.hours.week)}"


def away_on(days: Iterable[int], times: Iterable[WeeklyTime]) -> tuple[WeeklyTime, ...]:
    """Whole weekdays, 0 is Monday, and times of the week, as times of the week."""
    return (*(WeeklyTime(day, 0, MIDNIGHT) for day in sorted(days)), *times)


def missed(rows: Iterable[Any], tried: Tried) -> list[Any]:
    """Of rows of booked sessions those that somebody would stay away from."""
    return [
        row
        for row in rows
        if row.day >= tried.from_on and any(each.overlaps(time_of(row)) for each in tried.away)
    ]


def turned(before: Picture, after: Picture, *, this: date) -> list[Change]:
    """This week and the next before and after, of each enrollment; `this` is the first day."""
    names = {this: "This week", this + WEEK: "Next week"}
    weeks: Mapping[tuple[int, date], WeekOf] = before.weeks | after.weeks
    return [
        Change(
            f"{names[first]}, {month_day(first)}",
            before.weeks.get((enrollment_id, first)),
            after.weeks.get((enrollment_id, first)),
            after.programs[enrollment_id],
        )
        for enrollment_id, first in sorted(weeks, key=lambda key: (key[1], key[0]))
        if first in names
    ]


def added(before: Picture, after: Picture) -> list[Any]:
    """The sessions of these weeks that come to somebody, by start."""
    new = (after.meetings[each] for each in after.meetings.keys() - before.meetings.keys())
    return sorted(new, key=lambda row: (row.starts_at, row.id))


def verdict(weeks: Iterable[Change]) -> str:
    """What it comes to, in a sentence."""
    changes = list(weeks)
    was, will = _missing(each.before for each in changes), _missing(each.after for each in changes)
    if all(each.is_same for each in changes):
        return "Nothing changes in these two weeks."
    if not will:
        return "Nothing would be missing."
    if will > was:
        return f"{duration(will - was)} more would be missing."
    if will == was:
        return "The hours change, but not what is missing."
    return f"{duration(will)} would still be missing."


def _missing(weeks: Iterable[WeekOf | None]) -> int:
    return sum(each.missing for each in weeks if each is not None)
