"""How many weeks were reached, and by whom. Values in, answer out."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, TypeVar

from clinic.days import WEEK
from clinic.formats import counted
from clinic.names import sort_key
from clinic.programs.models import DayPart
from clinic.told.models import State
from clinic.told.rules import IN_TIME, Foreseen, foreseen, since

WEEKS: Final = 12  # that are looked back at
UNASSIGNED: Final = "No clinician"
WHOLE: Final = 100  # percent
PARTS: Final = ("delivered", "unconfirmed", "upcoming")  # of a week, from the bottom
STEPS: Final = (60, 120, 180, 240, 360, 600)  # minutes between two lines of a scale
MOST_LINES: Final = 5

Key = TypeVar("Key", bound=Hashable)


class Share(NamedTuple):
    """Of how many weeks that were judged the hours were reached."""

    reached: int = 0
    short: int = 0
    open: int = 0  # not settled yet: attendance is not recorded

    @property
    def judged(self) -> int:
        return self.reached + self.short

    @property
    def percent(self) -> int | None:
        """Rounded down, so that 100 % is all of them."""
        return WHOLE * self.reached // self.judged if self.judged else None

    def plus(self, state: State) -> "Share":
        if state is State.PARTIAL:
            return self
        if state is State.REACHED:
            return self._replace(reached=self.reached + 1)
        if state is State.SHORT:
            return self._replace(short=self.short + 1)
        return self._replace(open=self.open + 1)


class Line(NamedTuple):
    """What is asked about, as a whole and week by week."""

    name: str
    whole: Share
    weeks: list[Share]


class Column(NamedTuple):
    """A week of a plot: what is stacked in it, and what it is measured by."""

    week: date
    parts: list[tuple[str, int]]  # which part of the picture it is, and how much
    least: int | None = None
    most: int | None = None
    words: str = ""  # above it
    state: State | None = None  # whose shape stands below it


def weeks_back(this: date) -> list[date]:
    """Return the first days of the weeks that are looked back at; `this` has not ended."""
    return [this - number * WEEK for number in range(WEEKS, 0, -1)]


def line_of(name: str, rows: Iterable[Any], weeks: Sequence[date]) -> Line:
    """Return the line of these weeks of enrollments, all that are in `weeks`."""
    shares = dict.fromkeys(weeks, Share())
    for row in rows:
        shares[row.hours.week] = shares[row.hours.week].plus(row.hours.state)
    sums = [sum(each) for each in zip(*shares.values(), strict=True)]
    return Line(name, Share(*sums), list(shares.values()))


def lines_of(
    rows: Iterable[Any],
    weeks: Sequence[date],
    *,
    by: Callable[[Any], Key],
    names: Callable[[Key], str],
    order: Callable[[Key], Any],
) -> list[Line]:
    """Return a line for each of what the rows are told apart `by`, but where nothing is judged."""
    groups: dict[Key, list[Any]] = defaultdict(list)
    for row in rows:
        groups[by(row)].append(row)
    found = [line_of(names(key), groups[key], weeks) for key in sorted(groups, key=order)]
    return [line for line in found if any(line.whole)]


def by_program(rows: Iterable[Any], weeks: Sequence[date]) -> list[Line]:
    return lines_of(
        rows,
        weeks,
        by=lambda row: (row.program.name, row.program.id),
        names=lambda key: key[0],
        order=lambda key: (sort_key(key[0]), key[1]),
    )


def by_clinician(rows: Iterable[Any], weeks: Sequence[date]) -> list[Line]:
    """Return a line for whoever is the clinician today, the last for those without one."""
    return lines_of(
        rows,
        weeks,
        by=lambda row: (row.clinician or UNASSIGNED, row.clinician_id or 0),
        names=lambda key: key[0],
        order=lambda key: (not key[1], sort_key(key[0]), key[1]),
    )


def by_part(
    rows: Iterable[Any], weeks: Sequence[date], parts: Mapping[tuple[int, date], DayPart]
) -> list[Line]:
    """Return a line for each part of the day, by when most of a week was planned."""
    planned = [row for row in rows if (row.enrollment_id, row.hours.week) in parts]
    return lines_of(
        planned,
        weeks,
        by=lambda row: parts[row.enrollment_id, row.hours.week],
        names=lambda part: part.value.capitalize(),
        order=list(DayPart).index,
    )


def main_part(minutes: Mapping[DayPart, int]) -> DayPart:
    """Return the part of the day with the most minutes, the earliest of several."""
    return max(DayPart, key=lambda part: minutes.get(part, 0))


def foreseen_in(
    rows: Iterable[Any], told: Mapping[tuple[int, date], Sequence[Any]]
) -> tuple[Foreseen, int]:
    """Return how early it was said of the short weeks that they would be; and how many more there
    are of weeks in which nothing was kept yet."""
    kept = {week for _, week in told}
    short = [row for row in rows if row.hours.state is State.SHORT]
    known: list[tuple[date, date | None]] = []
    for row in short:
        week = row.hours.week
        if week in kept:
            first = since(told.get((row.enrollment_id, week), ()), State.SHORT)
            known.append((week, first.day if first else None))
    return foreseen(known), len(short) - len(known)


def foreseen_words(found: Foreseen, weeks: Sequence[date]) -> str:
    """Return `9 of 11 short weeks were said before Thursday, …`."""
    fourth = weeks[0] + IN_TIME
    said = (
        f"{found.in_time} of {counted(found.weeks, 'short week')}"
        f" {'was' if found.in_time == 1 else 'were'} known before {fourth:%A}"
    )
    more = [f"{found.later} later"] if found.later else []
    more += [f"{found.unsaid} not before the week was over"] if found.unsaid else []
    words = ", ".join([said, *more])
    if found.days_before is None:
        return f"{words}."
    days = counted(found.days_before, "day")
    return f"{words}; on the median {days} before the end of the week."


def share_columns(line: Line, weeks: Sequence[date]) -> list[Column]:
    """Return the columns of a plot of shares, in percent."""
    return [
        Column(
            week,
            [] if share.percent is None else [("delivered", share.percent)],
            words="–" if share.percent is None else str(share.percent),
        )
        for week, share in zip(weeks, line.weeks, strict=True)
    ]


def week_columns(weeks: Iterable[Any]) -> list[Column]:
    """Return the columns of a plot of somebody's weeks (`hours.rules.WeekOf`), in minutes."""
    return [_column(week) for week in weeks]


def _column(week: Any) -> Column:
    sums, target = week.balance, week.target
    is_judged = week.state is not State.PARTIAL
    return Column(
        week.week,
        [(part, minutes) for part in PARTS if (minutes := getattr(sums, part))],
        least=target.min_minutes if is_judged else None,
        most=target.max_minutes if is_judged else None,
        state=week.state,
    )


def scale_of(columns: Collection[Column]) -> tuple[int, int]:
    """Return where the scale of a plot in minutes ends, and how far apart its lines are."""
    most = max(
        (max(sum(part for _, part in one.parts), one.most or 0) for one in columns), default=0
    )
    step = next((step for step in STEPS if most <= step * MOST_LINES), STEPS[-1])
    return max(1, -(-most // step)) * step, step
