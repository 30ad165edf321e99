"""Whether a booking is what its events say that it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from clinic.attendance.rules import values_of
from clinic.schedule.models import ANNOUNCED, Status

WORDS = {
    "status": "",
    "arrived_at": "arrived ",
    "left_at": "left ",
    "method": "captured by ",
    "recorded_at": "recorded ",
    "has_seat": "has a seat: ",
    "is_signed": "is signed: ",
    "has_reason": "has a reason: ",
}
NOBODY_MARKED: Mapping[str, Any] = dict.fromkeys(WORDS) | {
    "status": Status.EXPECTED.value,
    "has_seat": True,
    "is_signed": False,
    "has_reason": False,
}
# Who announced an absence may be taken off the session; what was recorded otherwise stays.
STAYING = frozenset(Status) - ANNOUNCED - {Status.EXPECTED}


def is_told_whole(events: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the newest event, if any, tells all that is compared: older ones do not."""
    return not events or events[-1].keys() >= {"after", "is_signed", "has_reason"}


def why_not_as_recorded(row: Any, events: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the first difference between a row, or None, and its events in their order."""
    told = NOBODY_MARKED
    for facts in events:
        if not facts.keys() >= {"before", "after"}:
            return None
        if found := _difference(facts["before"], told):
            return "an event found it {}, those before it say {}".format(*found)
        told = {name: facts[name] for name in WORDS if name in facts} | facts["after"]
    if row is None:
        is_gone = told["status"] in STAYING
        return f"its row is gone, its events say {told['status']}" if is_gone else None
    there = values_of(row) | {
        "is_signed": row.signed_at is not None,
        "has_reason": row.reason is not None,
    }
    found = _difference(there, told)
    return "its row says {}, its events say {}".format(*found) if found else None


def _difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first that both tell, and not the same, in words."""
    for name, word in WORDS.items():
        if name in one and name in other and one[name] != other[name]:
            return word + _said(one[name]), word + _said(other[name])
    return None


def _said(value: Any) -> str:
    return {True: "yes", False: "no", None: "-"}.get(value, str(value))
