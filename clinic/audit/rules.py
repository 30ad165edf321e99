"""Whether a booking is what its events say that it is."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from clinic.bookings.rules import iso, values_of
from clinic.schedule.models import ANNOUNCED, Status

WORDS = {
    "status": "",
    "arrived_at": "arrived ",
    "left_at": "left ",
    "method": "captured by ",
    "recorded_at": "recorded ",
    "has_seat": "has a seat: ",
    "took_part": "took part ",
    "identified_by": "identified by ",
    "is_signed": "is signed: ",
    "signed_at": "signed ",
    "has_reason": "has a reason: ",  # of older events alone: newer ones tell a digest of it
    "reason": "a reason with the digest ",
    "reason_is_for": "its reason is for ",
    "enrollment": "is of enrollment ",
    "session": "is on session ",
}
NOBODY_MARKED: Mapping[str, Any] = {
    "status": Status.EXPECTED.value,
    "arrived_at": None,
    "left_at": None,
    "method": None,
    "recorded_at": None,
    "has_seat": True,
    "took_part": None,
    "identified_by": None,
    "is_signed": False,
    "signed_at": None,
    "has_reason": False,
    "reason": None,
    "reason_is_for": None,
}
STAYS = ("enrollment", "session")  # the same in every event of a booking
CLOSING = """Please keep this message where nobody can change it.

{}

Whoever is asked one day whether the records of today are still what they were compares them with
these values.
"""
RECORDED = frozenset(Status) - {Status.EXPECTED}


def closing_words(values: Sequence[str]) -> tuple[str, str]:
    """Return subject and body of the message with closing values: it says not of what."""
    return "Values to keep", CLOSING.format("\n".join(values))


def is_told_whole(events: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the newest event, if any, tells all that is compared: older ones do not."""
    told = [facts for facts in events if not _is_of_its_row_alone(facts)]
    return not told or told[-1].keys() >= {"after", "is_signed", "reason", *STAYS}


def why_not_as_recorded(
    row: Any, events: Sequence[Mapping[str, Any]], *, reason: str | None = None
) -> str | None:
    """Return the first difference between a row, or None, and its events in their order.

    `reason` is the digest of the one in the row.
    """
    told, is_off = NOBODY_MARKED, False
    for facts in events:
        is_off = facts.get("is_taken_off", is_off)
        if _is_of_its_row_alone(facts):
            continue
        if not facts.keys() >= {"before", "after"}:
            return None
        if found := _difference(_found(facts, told), told):
            return "an event found it {}, those before it say {}".format(*found)
        told = _told(facts) | facts["after"]
    if row is None:
        is_missing = told["status"] in _staying(events) and not is_off
        return f"its row is gone, its events say {told['status']}" if is_missing else None
    if is_off:
        return "its row is there, its events say that it was taken off"
    there = values_of(row) | {
        "is_signed": row.signed_at is not None,
        "signed_at": iso(row.signed_at),
        "has_reason": reason is not None,
        "reason": reason,
        "reason_is_for": row.reason_for,
        "enrollment": row.enrollment_id,
        "session": row.session_id,
    }
    found = _difference(there, told)
    return "its row says {}, its events say {}".format(*found) if found else None


def _is_of_its_row_alone(facts: Mapping[str, Any]) -> bool:
    """Whether an event tells that somebody was taken off, or is on again, as they were."""
    return "is_taken_off" in facts and "after" not in facts


def _staying(events: Sequence[Mapping[str, Any]]) -> Collection[Status]:
    """With which status nobody is taken off untold: of absences that were announced older events
    did not tell it."""
    return RECORDED if any("form" in facts for facts in events) else RECORDED - ANNOUNCED


HELD = ("held_from", "held_until", "topic")
LED = ("led_by", "not_led_by", "stood_in")
AS_PLANNED: Mapping[str, Any] = dict.fromkeys(HELD) | {name: [] for name in LED}


def held_so(times: Any, led: Sequence[Any], *, topic: str | None) -> dict[str, Any]:
    """Return how a session is stored as held, as its events tell it: of its times, if any are, and
    of the leaders of whom somebody has said whether they led; of its topic the digest."""
    return {
        "held_from": iso(times and times.held_from),
        "held_until": iso(times and times.held_until),
        "topic": topic,
        "led_by": [each.staff_id for each in led if each.has_led],
        "not_led_by": [each.staff_id for each in led if each.has_led is False],
        "stood_in": [each.staff_id for each in led if each.stood_in],
    }


def why_not_held_so(
    stored: Mapping[str, Any], events: Sequence[Mapping[str, Any]], *, is_signed: bool
) -> str | None:
    """Return the first difference between how a session is stored as held and what was recorded.

    Until it is signed somebody may be planned out of it who had led it: so leaders may be fewer.
    """
    told: Mapping[str, Any] = AS_PLANNED
    for facts in events:
        for name in HELD:
            if facts["before"][name] != told[name]:
                return f"an event found another {name} than those before it left"
        told = facts["after"]
    for name in HELD:
        if stored[name] != told[name]:
            return f"its {name} is not what was recorded"
    for name in LED:
        more, fewer = set(stored[name]) - set(told[name]), set(told[name]) - set(stored[name])
        if more or (fewer and is_signed):
            return f"its {name} is not what was recorded"
    return None


def why_not_signed_so(
    rows: Iterable[Mapping[str, Any] | None], events: Iterable[Mapping[str, Any] | None]
) -> list[str]:
    """Return how the signatures of a session differ from what their events say.

    Both are the facts of signatures, in no particular order.
    """
    stored = {row["sign_off"]: row for row in rows if row}
    told = {event["sign_off"]: event for event in events if event}
    found = [f"signature {each} was recorded and is gone" for each in told.keys() - stored.keys()]
    found += [f"no event tells of signature {each}" for each in stored.keys() - told.keys()]
    for each in stored.keys() & told.keys():
        other = [name for name, value in told[each].items() if stored[each].get(name) != value]
        if other:
            found.append(f"signature {each} is not what was recorded: {', '.join(sorted(other))}")
    return sorted(found)


def why_not_amended_so(
    row: Any,
    *,
    words: tuple[str | None, str | None],
    made: Any = None,
    asked: Any = None,
    declined: Any = None,
) -> str | None:
    """Return what of an amendment is not as its events say.

    They have facts, subject_id, actor_id and happened_at: it was asked for, made or declined.
    `words` are the digests of those with which it was asked for and decided about.
    """
    stored = {
        "decision": row.decision.value,
        "asked": (row.asked_by_id, iso(row.asked_at)),
        "decided": (row.decided_by_id, iso(row.decided_at)),
        "why": (row.why.value, row.minutes, words[0]),
        "words": words[1],
        "before": _stood(row, "before"),
        "after": _stood(row, "after"),
        "before_method": row.before_method and row.before_method.value,
        "whose": (row.session_id, row.enrollment_id, row.booking_id),
    }
    told: dict[str, Any] = {"decision": "waiting", "decided": (None, None), "words": None}
    if asked:
        facts = asked.facts
        told["asked"] = asked.actor_id, iso(asked.happened_at)
        told["why"] = facts["why"], facts["minutes"], facts["words"]
        told |= {name: _as_told(facts[name]) for name in ("before", "after")}
    if decided := made or declined:
        told["decision"] = "made" if made else "declined"
        told["decided"] = decided.actor_id, iso(decided.happened_at)
    if declined:
        told["words"] = declined.facts["words"]
    if made:
        facts = made.facts
        told["asked"] = facts["asked_by"], stored["asked"][1] if asked else iso(made.happened_at)
        told["why"] = facts["why"], facts["minutes"], facts["words"]
        is_new = row.before_status is None
        told["before"] = None if is_new else _as_told(facts["before"])
        told["before_method"] = None if is_new else facts["before"]["method"]
        told["after"] = None if facts.get("is_taken_off") else _as_told(facts["after"])
        told["whose"] = facts["session"], facts["enrollment"], made.subject_id
    other = [name for name, value in told.items() if stored[name] != value]
    return ", ".join(sorted(other)) or None


def _stood(row: Any, which: str) -> tuple[str, str | None, str | None] | None:
    """What stood before an amendment, or is to stand after it."""
    status = getattr(row, f"{which}_status")
    times = (iso(getattr(row, f"{which}_{name}")) for name in ("arrived_at", "left_at"))
    return None if status is None else (status.value, *times)


def _as_told(values: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    """The same of what an event tells, whichever offset its times have."""
    if values is None:
        return None
    times = (
        values[name] and datetime.fromisoformat(values[name]) for name in ("arrived_at", "left_at")
    )
    return values["status"], *map(iso, times)


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What an event tells beside the values that it found and left."""
    told = {name: facts[name] for name in WORDS if name in facts}
    return told | {"has_reason": told["reason"] is not None} if "reason" in told else told


def _found(facts: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """What an event found there: as far as it tells, and what it left as it was."""
    found = {name: facts[name] for name in STAYS if name in facts}
    if not facts.get("is_new_reason", True):
        found |= {name: value for name, value in _told(facts).items() if "reason" in name}
        found.pop("reason_is_for", None)  # may be another one for the same words
    if told.get("is_signed") and "is_signed" in facts:  # what is signed stays so
        found["is_signed"] = facts["is_signed"]
    return {**found, **facts["before"]}


def _difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first that both tell, and not the same, in words."""
    for name, word in WORDS.items():
        if name in one and name in other and one[name] != other[name]:
            return word + _said(one[name]), word + _said(other[name])
    return None


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)
