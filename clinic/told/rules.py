"""What was known of a week, and since when. Values in, answer out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from statistics import median_low
from typing import Any, Final, NamedTuple

from clinic.days import DAY, WEEK
from clinic.told.models import State

# What somebody can still do something about, and what became of it.
DANGER: Final = frozenset({State.OUT_OF_REACH, State.NEEDS_MAKE_UP, State.SHORT})
IN_TIME: Final = timedelta(days=3)  # of a week: said before its fourth day


class Said(NamedTuple):
    """What is so of an enrollment's week, to be said on a day there."""

    enrollment_id: int
    week: date
    day: date
    state: State
    missing: int
    reachable: int


class Foreseen(NamedTuple):
    """Of how many weeks that fell short it was said beforehand, and how early."""

    weeks: int
    in_time: int  # before the fourth day
    later: int
    days_before: int | None  # the end of the week, on the median of those that were said

    @property
    def unsaid(self) -> int:
        return self.weeks - self.in_time - self.later


def news(
    said: Iterable[Said], told: Mapping[tuple[int, date], Sequence[Any]]
) -> list[tuple[int, Said]]:
    """Return what is something else than was said last of that week, with its number among all
    that is said of it."""
    found = []
    for each in said:
        before = told.get((each.enrollment_id, each.week), ())
        if not before or before[-1].state is not each.state:
            found.append((before[-1].number + 1 if before else 1, each))
    return found


def since(told: Iterable[Any], state: State) -> Any | None:
    """Return what was said first of the danger that a week is in, and ever since.

    `told` is what was said of it, in order; `state` what is so now. What has only just become so
    was not known before, and a danger that was over for a while is another one.
    """
    if state not in DANGER:
        return None
    first = None
    for each in told:
        first = (first or each) if each.state in DANGER else None
    return first


def known_words(day: date, today: date) -> str:
    """Return `Known since Tue`."""
    if day == today:
        return "Known since today"
    return f"Known since {day:%a}"


def foreseen(weeks: Collection[tuple[date, date | None]]) -> Foreseen:
    """Return how early it was said that these weeks would fall short: the first day of each, and
    since when it was known."""
    known = [(week, day) for week, day in weeks if day is not None]
    in_time = sum(day < week + IN_TIME for week, day in known)
    days = [(week + WEEK - DAY - day).days for week, day in known]
    return Foreseen(len(weeks), in_time, len(known) - in_time, median_low(days) if days else None)
