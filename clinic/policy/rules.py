"""The attendance policy: which misses call for a word with somebody. Values in, answer out."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from clinic.formats import counted
from clinic.programs.models import Organization
from clinic.schedule.models import Status

MISSES = frozenset({Status.NO_SHOW, Status.LATE_CANCEL})


class Alert(StrEnum):
    """What the misses of somebody have reached."""

    IN_A_ROW = "in a row"
    WITHIN_DAYS = "within days"
    IN_EPISODE = "in episode"


class Mark(NamedTuple):
    """What is known of somebody at a session that was not cancelled."""

    day: date
    starts_at: datetime
    status: Status


def asks(policy: Organization) -> bool:
    """Whether the clinic wants to know of misses at all."""
    return any((policy.alert_in_a_row, policy.alert_misses, policy.alert_in_episode))


class Counters(NamedTuple):
    """How often somebody came, and stayed away, by what was known of it."""

    present: int = 0
    excused: int = 0
    late_cancels: int = 0
    no_shows: int = 0

    @property
    def marked(self) -> int:
        return sum(self)

    @property
    def kept(self) -> int:
        """How often they kept their word: came, or said in time that they would not."""
        return self.present + self.excused

    @property
    def words(self) -> str:
        """`came to 7 of 10 (70 %), kept their word 8 of 10 times (80 %)`; empty without any."""
        if not self.marked:
            return ""
        return (
            f"came to {_of(self.present, self.marked)},"
            f" kept their word {self.kept} of {counted(self.marked, 'time')}"
            f" ({_percent(self.kept, self.marked)})"
        )

    @property
    def absences(self) -> str:
        """`2 excused, 1 late cancel, 1 no-show`, or that there are none."""
        said = (
            f"{self.excused} excused" if self.excused else "",
            counted(self.late_cancels, "late cancel") if self.late_cancels else "",
            counted(self.no_shows, "no-show") if self.no_shows else "",
        )
        return ", ".join(filter(None, said)) or "no absences"


def counters(numbers: Mapping[Any, int]) -> Counters:
    """Return them from how many sessions there are of each status."""
    return Counters(
        numbers.get(Status.PRESENT, 0),
        numbers.get(Status.EXCUSED, 0),
        numbers.get(Status.LATE_CANCEL, 0),
        numbers.get(Status.NO_SHOW, 0),
    )


def _of(number: int, total: int) -> str:
    return f"{number} of {total} ({_percent(number, total)})"


def _percent(number: int, total: int) -> str:
    return f"{100 * number // total} %"


def limit_words(misses: Mapping[Alert, int], policy: Organization) -> list[str]:
    """`1 miss in a row (alert at 3)`: how near somebody is to each limit of the policy."""
    limits = (
        (Alert.IN_A_ROW, policy.alert_in_a_row, "in a row"),
        (Alert.WITHIN_DAYS, policy.alert_misses, _period(policy)),
        (Alert.IN_EPISODE, policy.alert_in_episode, "in this episode"),
    )
    return [
        f"{counted(misses.get(alert, 0), 'miss', 'misses')} {words} (alert at {limit})"
        for alert, limit, words in limits
        if limit
    ]


def _period(policy: Organization) -> str:
    return f"within {counted(policy.alert_days or 0, 'day')}"


def raised(
    marks: Iterable[Mark], policy: Organization, *, since: date, today: date
) -> dict[Alert, int]:
    """The alerts of one person, by their marks in the episode of care that began on `since`.

    Each has the number of misses that raised it.

    No-shows and late cancels are misses. Excused absences and sessions nobody has marked neither
    count nor end a row; only having been there ends it.
    """
    limits = {
        Alert.IN_A_ROW: policy.alert_in_a_row,
        Alert.WITHIN_DAYS: policy.alert_misses,
        Alert.IN_EPISODE: policy.alert_in_episode,
    }
    misses = misses_of(marks, policy, since=since, today=today)
    return {
        alert: number
        for alert, number in misses.items()
        if (limit := limits[alert]) and number >= limit
    }


def misses_of(
    marks: Iterable[Mark], policy: Organization, *, since: date, today: date
) -> dict[Alert, int]:
    """How many misses count towards each alert."""
    theirs = [mark for mark in marks if mark.day >= since]
    misses = [mark for mark in theirs if mark.status in MISSES]
    present = [mark.starts_at for mark in theirs if mark.status is Status.PRESENT]
    row = [mark for mark in misses if not present or mark.starts_at > max(present)]
    first = today - timedelta(days=(policy.alert_days or 0) - 1)
    recent = [mark for mark in misses if mark.day >= first]
    return {
        Alert.IN_A_ROW: len(row),
        Alert.WITHIN_DAYS: len(recent),
        Alert.IN_EPISODE: len(misses),
    }


def alert_words(alert: Alert, misses: int, policy: Organization) -> str:
    """`3 misses in a row`, `4 misses within 30 days`, `6 misses in this episode`."""
    words = counted(misses, "miss", "misses")
    if alert is Alert.WITHIN_DAYS:
        return f"{words} {_period(policy)}"
    return f"{words} {'in a row' if alert is Alert.IN_A_ROW else 'in this episode'}"
