"""Somebody's week as it stands beside an act on them. Values in, answer out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clinic.days import WEEK, week_of
from clinic.hours.rules import WeekOf

FURTHEST = 26 * WEEK  # ahead: what is laid out


class Line(NamedTuple):
    """A session, and what the act makes of it: "added", "removed" or nothing."""

    row: Any
    change: str = ""


class OneWeek(NamedTuple):
    week: date  # its first day
    hours: Sequence[tuple[str, WeekOf]]  # by program
    days: Sequence[tuple[date, Sequence[Line]]]


class Beside(NamedTuple):
    """This week of somebody, and that in which an act begins, where it is a later one."""

    this: date  # the first day of this week
    weeks: Sequence[OneWeek]
    leaders: Mapping[int, Sequence[Any]]  # by session
    rows: Sequence[Any]  # as they are in the database
    came: Mapping[int, datetime]  # by booking: arrivals carried on to what has not begun
    today: date
    reader: ZoneInfo
    now: datetime


def reach(this: date, day: date | None) -> date:
    """The first day of the last week that may be shown for an act from a day on."""
    first = week_of(day or this, this.weekday())
    return first if this < first <= this + FURTHEST else this + WEEK


def weeks_shown(
    this: date, day: date | None, found: Iterable[Line], *, now: datetime
) -> list[date]:
    """The first days of the weeks to show: this one, and a later one in which the act begins; the
    next where nothing of this one is ahead that it could change."""
    end, since = this + WEEK, day or this
    if since < end and any(
        line.row.starts_at > now and since <= line.row.day < end for line in found
    ):
        return [this]
    return [this, reach(this, day)]


def lines(rows: Iterable[Any], before: Iterable[Any] | None) -> list[Line]:
    """The sessions of somebody now, beside those of before an act, if there was one."""
    now = {row.session_id: row for row in rows}
    if before is None:
        return [Line(row) for row in now.values()]
    were = {row.session_id: row for row in before}
    found = [
        Line(now.get(each, row), "removed")
        for each, row in were.items()
        if each not in now or (now[each].is_cancelled and not row.is_cancelled)
    ]
    gone = {line.row.session_id for line in found}
    there = (row for each, row in now.items() if each not in gone)
    found += [
        Line(row, "" if row.is_cancelled or _takes_place(row, were) else "added") for row in there
    ]
    return sorted(found, key=lambda line: (line.row.starts_at, line.row.session_id))


def _takes_place(row: Any, were: Mapping[int, Any]) -> bool:
    return row.session_id in were and not were[row.session_id].is_cancelled


def by_week(
    weeks: Sequence[date], found: Sequence[Line], hours: Sequence[tuple[str, WeekOf]]
) -> list[OneWeek]:
    """What is in each of these weeks; one in which there is nothing only if all are such."""
    all_of = [_one_week(each, found, hours) for each in weeks]
    return [one for one in all_of if one.hours or one.days] or all_of[:1]


def _one_week(week: date, found: Iterable[Line], hours: Iterable[tuple[str, WeekOf]]) -> OneWeek:
    days: dict[date, list[Line]] = defaultdict(list)
    for line in found:
        if week <= line.row.day < week + WEEK:
            days[line.row.day].append(line)
    theirs = [(program, each) for program, each in hours if each.week == week]
    return OneWeek(week, theirs, sorted(days.items()))
