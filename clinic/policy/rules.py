"""The attendance policy: which misses call for a word with somebody. Values in, answer out."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

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


def raised(
    marks: Iterable[Mark], policy: Organization, *, since: date, today: date
) -> dict[Alert, int]:
    """The alerts of one person, by their marks in the episode of care that began on `since`.

    Each has the number of misses that raised it.

    No-shows and late cancels are misses. Excused absences and sessions nobody has marked neither
    count nor end a row; only having been there ends it.
    """
    theirs = [mark for mark in marks if mark.day >= since]
    misses = [mark for mark in theirs if mark.status in MISSES]
    present = [mark.starts_at for mark in theirs if mark.status is Status.PRESENT]
    row = [mark for mark in misses if not present or mark.starts_at > max(present)]
    first = today - timedelta(days=(policy.alert_days or 0) - 1)
    recent = [mark for mark in misses if mark.day >= first]
    return {
        alert: len(counted_misses)
        for alert, counted_misses, limit in (
            (Alert.IN_A_ROW, row, policy.alert_in_a_row),
            (Alert.WITHIN_DAYS, recent, policy.alert_misses),
            (Alert.IN_EPISODE, misses, policy.alert_in_episode),
        )
        if limit and len(counted_misses) >= limit
    }


def alert_words(alert: Alert, misses: int, policy: Organization) -> str:
    """`3 misses in a row`, `4 misses within 30 days`, `6 misses in this episode`."""
    words = counted(misses, "miss", "misses")
    if alert is Alert.WITHIN_DAYS:
        return f"{words} within {counted(policy.alert_days or 0, 'day')}"
    return f"{words} {'in a row' if alert is Alert.IN_A_ROW else 'in this episode'}"
