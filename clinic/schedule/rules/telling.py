"""What the people of a session are told of its change: in words that say nothing of what it is.

Values in, answer out.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from clinic.formats import AUTOMATIC, day_long, time_range
from clinic.schedule.models import Mode

SUBJECT = "Appointment"
HELD = {  # how an appointment is held from now on
    Mode.VIRTUAL: "It will be held by video.",
    Mode.IN_PERSON: "It will be held in person: please ask where when you arrive.",
    Mode.HYBRID: "You can come in person or by video.",
}
ELSEWHERE = "It is in another place: please ask where when you arrive."
SOMEBODY_ELSE = "You will meet somebody else than planned."


def told_of(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    was_on: bool,
    is_on: bool,
    zone: ZoneInfo,
) -> str | None:
    """What somebody is told of a session, by its facts before and after; None when it is nothing
    to them."""
    was, will = _when(before, zone), _when(after, zone)
    is_expected = is_on and not after["is_cancelled"]
    if not (was_on and not before["is_cancelled"]):
        return f"you have an appointment on {will}." if is_expected else None
    if not is_expected:
        return f"your appointment on {was} is cancelled."
    also = _also(before, after)
    if was != will:
        return " ".join((f"your appointment on {was} has been moved. It is now on {will}.", *also))
    return " ".join((f"this is about your appointment on {was}.", *also)) if also else None


def _also(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What else is another thing than before, of what somebody who comes must know."""
    found = []
    if before["mode"] != after["mode"]:
        found.append(HELD[Mode(after["mode"])])
    elif before["room_id"] != after["room_id"] and after["mode"] != Mode.VIRTUAL:
        found.append(ELSEWHERE)
    if before["leaders"] != after["leaders"]:
        found.append(SOMEBODY_ELSE)
    return found


def _when(facts: Mapping[str, Any], zone: ZoneInfo) -> str:
    """`Thursday, March 12, 6:00 – 9:00 pm`."""
    starts, ends = (datetime.fromisoformat(facts[name]) for name in ("starts_at", "ends_at"))
    return f"{day_long(starts.astimezone(zone).date())}, {time_range(starts, ends, zone)}"


def letter(sentence: str) -> str:
    """The whole message."""
    return (
        f"Hello,\n\n{sentence[:1].upper()}{sentence[1:]}\n\n"
        f"{AUTOMATIC} If you cannot come,\n"
        "please call.\n"
    )
