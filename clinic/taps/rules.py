"""Check-ins of one kiosk, undone in one go: which of them, and how that reads. Values in, answer
out."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from clinic.consequences import Change, Consequences, Part
from clinic.formats import clock_time, counted
from clinic.schedule.models import Status
from clinic.schedule.rules.words import MARKS, led_name

NOTHING: Final = "No check-in of this kiosk is on record for that time."
BACKWARDS: Final = "The end cannot be before the beginning."
UNDONE_BACK: Final = "The check-ins are as they were."


class Arrival(NamedTuple):
    """What taps of a kiosk did to one booking, as one change."""

    row: Any  # the first of its events, with whose it is and the session
    subject_id: int
    facts: Mapping[str, Any] | None  # None where somebody else changed it in between


def joined(rows: Iterable[Any]) -> list[Arrival]:
    """The events of each booking as one change, from before the first to after the last.

    `rows` come in their order, with their facts read.
    """
    by_booking: dict[int, list[Any]] = {}
    for row in rows:
        by_booking.setdefault(row.subject_id, []).append(row)
    return [Arrival(each[0], booking, _one(each)) for booking, each in by_booking.items()]


def _one(rows: list[Any]) -> Mapping[str, Any] | None:
    first, last = rows[0].facts, rows[-1].facts
    if any(one.facts["after"] != other.facts["before"] for one, other in pairwise(rows)):
        return None
    kept = {name: first[name] for name in ("before", "reason_for") if name in first}
    return {**last, **kept}


def consequences(
    arrivals: Collection[Arrival],
    left_alone: Mapping[int, str],
    names: Mapping[int, str],
    zone: ZoneInfo,
    *,
    with_topics: bool,
) -> Consequences:
    """Who is put back, and who stays as they are and why; `left_alone` is by booking."""
    changed = [each for each in arrivals if each.subject_id not in left_alone]
    changes = tuple(
        Change(
            names[each.row.participant_id],
            _words(each.facts["after"], zone, each.row.tapped_at) if each.facts else "",
            _words(each.facts["before"], zone) if each.facts else "",
            f"{led_name(each.row, with_topics=with_topics)},"
            f" {clock_time(each.row.starts_at, zone)}",
        )
        for each in changed
    )
    stays = tuple(
        f"{names[each.row.participant_id]}, {clock_time(each.row.starts_at, zone)}:"
        f" {left_alone[each.subject_id]}."
        for each in arrivals
        if each.subject_id in left_alone
    )
    people = len({each.row.participant_id for each in changed})
    of_whom = f" of {counted(people, 'person', 'people')}" if people < len(changed) else ""
    parts = [Part(f"{counted(len(changed), 'check-in')}{of_whom} undone", changes=changes)]
    if stays:
        parts.append(Part("Stays as it is", stays))
    return Consequences(tuple(parts))


def all_stay(found: Consequences) -> str:
    """That nobody can be put back, and why."""
    stays = found.parts[-1].sentences
    return f"Nobody can be put back. {' '.join(stays)}"


def _words(values: Mapping[str, Any], zone: ZoneInfo, tapped_at: datetime | None = None) -> str:
    """`Checked in 9:03 am`, `Expected`.

    Whoever came is there from the start of a later session on: that is no time of a check-in yet,
    so where `tapped_at` is known and earlier, it is that.
    """
    status = Status(values["status"])
    if status is not Status.PRESENT:
        return MARKS[status].capitalize()
    if not values["arrived_at"]:
        return "Present"
    arrived_at = datetime.fromisoformat(values["arrived_at"])
    at = min(arrived_at, tapped_at or arrived_at)
    return f"Checked in {clock_time(at, zone)}"
