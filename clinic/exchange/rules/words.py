"""How a clinic file writes times, hours and texts. Values in, words out."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import time
from enum import Enum
from typing import Any

from clinic.accounts.models import WorkingHours
from clinic.enrollment.models import Unavailability
from clinic.exchange.models.fields import MIDNIGHT, SHORT_WEEKDAYS
from clinic.names import one_line

Entry = dict[str, Any]


class Quoted(str):
    """Text that YAML would take for something else: a time, a level of care."""

    __slots__ = ()


def weekly(rows: Iterable[WorkingHours | Unavailability]) -> list[Entry]:
    """Weekly times, those at the same hours together, in order of the week."""
    days: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in rows:
        days[row.from_minute, row.until_minute].append(row.weekday)
    in_order = sorted((sorted(weekdays), times) for times, weekdays in days.items())
    return [
        {
            "days": [SHORT_WEEKDAYS[weekday] for weekday in weekdays],
            "start": wall(first),
            "end": wall(last),
        }
        for weekdays, (first, last) in in_order
    ]


def weekly_hours(least: int, most: int) -> Entry:
    return {"min": _hours(least), "max": _hours(most)}


def _hours(minutes: int) -> float:
    return minutes // 60 if minutes % 60 == 0 else round(minutes / 60, 4)


def wall(minute: int) -> Quoted:
    return Quoted(f"{minute // 60:02d}:{minute % 60:02d}" if minute < 24 * 60 else MIDNIGHT)


def line(text: str | None) -> str | None:
    """A text as a file may hold it: one line, nothing that cannot be seen."""
    return None if text is None else one_line(text)


def worded(value: Any) -> Any:
    """A value of a row as a file has it; another row is its key."""
    if isinstance(value, time):
        return Quoted(f"{value:%H:%M}")
    if isinstance(value, Enum):
        return Quoted(value.value) if value.value[0].isdigit() else value.value
    return line(value) if isinstance(value, str) else getattr(value, "key", value)


def known_facts(facts: Entry) -> Entry:
    """The facts that are known."""
    return {name: value for name, value in facts.items() if value is not None}
