"""One booking's history in words, from its events. Values in, answer out."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from clinic.formats import clock_time, day_numeric, duration
from clinic.schedule.models import Method, Status
from clinic.schedule.rules.words import MINUTE, attendance_label, punctuality, times_known
from clinic.signing.rules import license_words

OURSELVES: Final = "Daybook"
UNKNOWN_READER: Final = "The participant"
DONE: Final = {  # what was done to an attendance
    "attendance.arrived": "Checked in",
    "attendance.marked": "Marked",
    "attendance.pressed": "Pressed again, changed nothing",
    "attendance.announced": "Absence announced",
    "attendance.given_back": "Arrival taken back: they had left",
    "attendance.left": "Left, as they say themselves",
    "attendance.rejoined": "Joined again",
    "attendance.undone": "Undone",
    "attendance.imported": "Imported",
    "attendance.signed": "Signed",
    "attendance.amended": "Amended",
    "attendance.taken_off": "Taken off the session",
    "attendance.put_back": "On the session again",
}
OF_SESSION: Final = {  # what was done to the session, with everybody on it
    "session.cancelled": "Session cancelled",
    "session.reinstated": "Session takes place after all",
    "session.changed": "Session changed",
    "session.undone": "Change of the session undone",
    "session.held": "How the session took place recorded",
}
WITHOUT_CHANGE: Final = frozenset({"attendance.pressed"})


class Told(NamedTuple):
    """An event with the names of who did it, and with what."""

    verb: str
    recorded_at: datetime
    occurred_at: datetime | None
    who: str | None
    is_account: bool
    device: str | None
    facts: Mapping[str, Any]
    is_last_reason: bool = False  # the words of its reason are still in the booking


def signed_words(one: Any, day: date, zone: ZoneInfo) -> str:
    """`Ana Rivera, LCSW, Mar 2, 2026, 9:05 pm. License C.1 was valid, …`: of a signature."""
    who = ", ".join(filter(None, (one.name, one.credentials)))
    role = " (on behalf)" if one.is_on_behalf else " (second signature)" if one.is_second else ""
    return f"{who}{role}, {moment_words(one.signed_at, zone)}. {license_words(one, day)}"


class Step(NamedTuple):
    """A line of the story."""

    what: str
    state: str | None  # as it left it; none where it is not about the attendance
    label: str  # of that state
    times: str
    is_first: bool  # the first value that was ever recorded
    who: str
    device: str | None
    recorded_at: datetime
    happened_at: datetime | None  # where that was earlier
    later: str  # by how much it was recorded later
    reason: str  # in words: which one was given, as far as it is known


def steps(
    events: Iterable[Told], session: Any, zone: ZoneInfo, *, reason: str | None
) -> list[Step]:
    """The story of a booking at a session, line by line.

    `reason` are the words that stand in the booking, for whoever may read them.
    """
    found: list[Step] = []
    for event in events:
        after = event.facts.get("after") if event.verb not in OF_SESSION else None
        marked = _marked(after) if after else None
        has_value = marked is not None and marked.status is not Status.EXPECTED
        found.append(
            Step(
                what=_what(event, marked),
                state=_state(event, marked, session) if marked else None,
                label=_label(event, marked, session) if marked else "",
                times=times_known(marked, zone) if marked else "",
                is_first=has_value and not any(each.is_first for each in found),
                who=_who(event, marked),
                device=event.device,
                recorded_at=event.recorded_at,
                happened_at=event.occurred_at,
                later=_later(event),
                reason=_reason(event, reason),
            )
        )
    return found


def moment_words(instant: datetime, zone: ZoneInfo) -> str:
    """`Mar 2, 2026, 8:55 am`."""
    return f"{day_numeric(instant.astimezone(zone).date())}, {clock_time(instant, zone)}"


def _what(event: Told, marked: Any) -> str:
    if marked and marked.method is Method.CARRIED and event.verb == "attendance.arrived":
        return "Carried over from their check-in"
    return DONE.get(event.verb) or OF_SESSION.get(event.verb) or event.verb


def _is_early(event: Told, marked: Any, session: Any) -> bool:
    """Whether they had come, and the session had not begun: nobody was present yet."""
    return marked.status is Status.PRESENT and event.recorded_at < session.starts_at


def _label(event: Told, marked: Any, session: Any) -> str:
    return "Checked in" if _is_early(event, marked, session) else attendance_label(marked, session)


def _state(event: Told, marked: Any, session: Any) -> str:
    if _is_early(event, marked, session):
        return "checked in"
    return "late" if punctuality(marked, session) else str(marked.status.value)


def _marked(after: Mapping[str, Any]) -> Any:
    """What stood then, with the columns of a booking."""
    return SimpleNamespace(
        status=Status(after["status"]),
        arrived_at=_instant(after["arrived_at"]),
        left_at=_instant(after["left_at"]),
        method=Method(after["method"]) if after["method"] else None,
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _who(event: Told, marked: Any) -> str:
    if event.who:
        return event.who
    if event.is_account or (marked and marked.method in (Method.KIOSK, Method.PHONE)):
        return UNKNOWN_READER
    return OURSELVES


def _later(event: Told) -> str:
    if event.occurred_at is None:
        return ""
    minutes = (event.recorded_at - event.occurred_at) // MINUTE
    return f"{duration(minutes)} later" if minutes else "moments later"


def _reason(event: Told, words: str | None) -> str:
    facts = event.facts
    if not facts.get("is_new_reason"):
        return ""
    if not (facts.get("reason") or facts.get("has_reason")):
        return "Its reason was taken away"
    if event.is_last_reason and words:
        return f"“{words}”"
    return "A reason was given" if event.is_last_reason else "A reason was given, another one since"
