"""What of one session may be changed by hand, and how that is spoken of. Values in, answer out."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from clinic.formats import counted, day_short, listed, moment
from clinic.schedule.models import Session

UNDO = timedelta(hours=24)  # for so long a change by hand can be undone in one go
CHANGED, CANCELLED = "session.changed", "session.cancelled"  # verbs of the trail
REINSTATED, UNDONE = "session.reinstated", "session.undone"
GUEST_PUT_ON, GUEST_TAKEN_OFF = "session.guest_put_on", "session.guest_taken_off"
GUESTS = (GUEST_PUT_ON, GUEST_TAKEN_OFF)
CAN_BE_UNDONE = (CHANGED, CANCELLED, *GUESTS)
GUESTS_BACK = timedelta(days=7)  # before today that somebody is put on a session
FACTS = {  # of a session, as the trail has them before and after a change
    "starts_at": "day and time",
    "ends_at": "day and time",
    "room_id": "room",
    "mode": "format",
    "kind": "kind",
    "seats": "seats",
    "leaders": "leader",
    "guests": "who is on it",
    "is_cancelled": "whether it takes place",
}
CLAUSES = frozenset({"guests", "is_cancelled"})  # of these, that say it by a clause
WHAT = {  # what was done; the others are named by their facts
    CANCELLED: "cancelled",
    REINSTATED: "reinstated",
    GUEST_PUT_ON: "somebody put on it",
    GUEST_TAKEN_OFF: "somebody taken off it",
}
NO_GUEST = "They are on this session by their group: take them off there."
CANCELLED_FIRST = "This session is cancelled. Reinstate it first."
SIGNED = "Attendance is signed off, so this session can no longer be changed."
OVER = "That day is over: this session can no longer be cancelled or reinstated."
RECORDED = "Attendance has been recorded for this session: it cannot be cancelled."
WHY_SEATS = "Say why there are more seats than the group has."
UNDONE_ALREADY = "This has been undone already, or is no longer the last change."
TOO_LATE = "A change can be undone for 24 hours. Change the session itself."
BEGUN = "This session has begun: what was changed before stays."
TAKEN = "Its room or leader is now taken by another session, so this cannot be undone."
GROUP_CHANGED = "The group has been changed since. Change this session itself."


def facts_of(session: Session, guests: Iterable[int]) -> dict[str, Any]:
    """What the trail says of a session: ids, values and times. `guests` follow from no roster."""
    return {
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "room_id": session.room_id,
        "mode": session.mode.value,
        "kind": session.kind.value,
        "seats": session.seats,
        "leaders": session.leader_ids,
        "guests": sorted(guests),
        "is_cancelled": session.is_cancelled,
    }


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of the facts that are others after than before."""
    return [name for name in FACTS if name in before and before[name] != after[name]]


def changed_words(names: Collection[str]) -> str:
    """What was changed, in words: `day and time, room`; the trail does not name a title."""
    return listed(list(dict.fromkeys(FACTS[each] for each in FACTS if each in names)) or ["title"])


def change_by_hand_words(change: Any, zone: ZoneInfo, today: date) -> str:
    """Who did what when: `room and leader, today, 9:05 am, by Ana Rivera`; of a row of the last
    changes."""
    what = WHAT.get(change.verb) or changed_words(json.loads(change.facts)["before"])
    by = f", by {change.by}" if change.by else ""
    return f"{what}, {moment(change.happened_at, zone, today=today)}{by}"


def stays_words(days: Collection[date]) -> str | None:
    """What an edit of a group leaves alone: its coming sessions that were changed by hand."""
    if not days:
        return None
    stay = "stays as it is" if len(days) == 1 else "stay as they are"
    on = "; ".join(map(day_short, days))
    return f"{counted(len(days), 'session')} changed by hand {stay}: {on}."


def why_not_touch(*, is_cancelled: bool, is_signed: bool) -> str | None:
    """Why nothing of a session can be changed."""
    if is_cancelled:
        return CANCELLED_FIRST
    return SIGNED if is_signed else None


def why_fixed(*, has_begun: bool, is_attended: bool) -> str | None:
    """Why a session keeps its day and times; its room, leaders and seats may still be others."""
    if not (has_begun or is_attended):
        return None
    why = "It has begun" if has_begun else "Somebody has checked in already"
    return f"{why}: its day, times and format stay as they are."


def why_not_cancel(*, is_attended: bool, is_over: bool) -> str | None:
    """Why a session cannot be cancelled; the day on which nobody came can still be."""
    if is_attended:
        return RECORDED
    return OVER if is_over else None


def why_not_more_seats(before: int, seats: int, reason: str | None) -> str | None:
    """Why one meeting of a group cannot have so many seats: more of them need a reason."""
    return WHY_SEATS if seats > before and not reason else None


def why_no_guests(day: date, *, today: date) -> str | None:
    """Why nobody can be put on a session of a day, or taken off it."""
    if today - day > GUESTS_BACK:
        return "That was more than 7 days ago: who is on this session stays as it is."
    return None


def why_on_it_already(name: str) -> str:
    return f"{name} is on this session already."


def why_no_seat(seats: int) -> str:
    """Why somebody needs a seat more: none is free."""
    taken = "The only seat is" if seats == 1 else f"All {seats} seats are"
    return f"{taken} taken. Say why there is one more."


def put_on_in_words(name: str, *, seats: int, free: int) -> str:
    """What putting somebody on a session does to it; where none is free, there is one seat more."""
    only = f"{name} is added to this session only, and to no group."
    return only if free > 0 else f"{only} It has {counted(seats + 1, 'seat')} then, not {seats}."


def why_guest_stays(*, is_marked: bool) -> str | None:
    """Why somebody cannot be taken off a session."""
    if is_marked:
        return "Something is recorded of them here. Put them back to expected first."
    return None


def why_not_undo(
    verb: str | None, done_at: datetime, *, starts_at: datetime, now: datetime
) -> str | None:
    """Why the last change of a session cannot be undone any more; its verb, None for no change.

    Who comes as a guest is known as it begins, or later.
    """
    if verb not in CAN_BE_UNDONE:
        return UNDONE_ALREADY
    if starts_at <= now and verb not in GUESTS:
        return BEGUN
    return TOO_LATE if now - done_at > UNDO else None


def first_start(starts_at: datetime, before: Mapping[str, Any]) -> datetime:
    """When a session begins, or began before a change, whichever is the earlier."""
    was = before.get("starts_at")
    return min(starts_at, datetime.fromisoformat(was)) if was else starts_at


def called_off_words(names: Collection[str]) -> str:
    """What to know of those who called off for another time: that it still stands."""
    who = "has" if len(names) == 1 else "have"
    return f"{listed(names)} {who} called off. That stays as it is at the new time."


def why_not_as_left(after: Mapping[str, Any], there: Mapping[str, Any]) -> str | None:
    """Why a change cannot be undone: something that it changed has been changed since."""
    names = [name for name in FACTS if name in after and after[name] != there[name]]
    if not names:
        return None
    the = "" if names[0] in CLAUSES else "the "
    return f"Since then somebody has changed {the}{changed_words(names)}. Look at it again."
