"""Who may use a kiosk as staff, for how long, and what it shows them. Values in, answer out."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from clinic.formats import clock_time, counted
from clinic.kiosk.models import Station
from clinic.names import words_of
from clinic.permissions import Permission
from clinic.schedule.models import Status
from clinic.schedule.rules.sessions import opens_at
from clinic.schedule.rules.words import MARKS

PIN_DIGITS: Final = 6
# A kiosk that staff have opened locks itself: when nobody uses it, and after so long at most.
IDLE: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(hours=4)
# After wrong PINs at one kiosk none is tried there for so long at most. Of twenty people's, one is
# found in one day of a hundred and seventy, by somebody who stays that long.
LONGEST_PAUSE: Final = timedelta(minutes=5)
FEWEST_LETTERS: Final = 2
MOST_FOUND: Final = 8

WRONG: Final = "This PIN is not right."
LOCKED: Final = "Locked. Enter your staff PIN."
NOT_A_ROOM = "This kiosk is not the screen in a room."
NOT_A_SEARCH: Final = "This kiosk is not one on which people are found by name."
TYPE_MORE: Final = "Type two letters of the name."
NOT_YOURS: Final = "Ask the front desk or an admin to unpair it."
NOT_EXPECTED: Final = "They are not expected here today, or not by you."


def may_unlock(permissions: Collection[Permission]) -> bool:
    """Whether a kiosk can be opened with somebody's PIN: whoever may mark who is here."""
    return Permission.RECORD_ATTENDANCE in permissions


def may_unpair(permissions: Collection[Permission]) -> bool:
    return Permission.SEE_KIOSK_INBOX in permissions


def is_over(unlock: Any, *, now: datetime) -> bool:
    """Whether a kiosk that was opened has locked itself."""
    idle: timedelta = now - unlock.used_at
    return idle > IDLE or bool(now - unlock.unlocked_at > LONGEST)


def too_many(pause: timedelta) -> str:
    seconds = counted(-(-pause // timedelta(seconds=1)), "second")
    return f"Too many PINs were wrong here. Please try again in {seconds}."


def why_not_search(kind: Station, typed: str) -> str | None:
    """Why nobody is looked for."""
    if kind is not Station.SEARCH:
        return NOT_A_SEARCH
    return None if len("".join(words_of(typed))) >= FEWEST_LETTERS else TYPE_MORE


def is_called(typed: str, *names: str | None) -> bool:
    """Whether every word that is typed begins a word of somebody's names."""
    known = [word for name in names if name for word in words_of(name)]
    return all(any(word.startswith(begin) for word in known) for begin in words_of(typed))


def is_open(visit: Any, *, now: datetime) -> bool:
    """Whether somebody can be checked in to a session now, and is not yet."""
    opens = opens_at(visit.starts_at, visit.doors_minutes)
    return opens <= now <= visit.ends_at and visit.status is not Status.PRESENT


def visit_shown(visits: Sequence[Any], *, now: datetime) -> Any:
    """Of what somebody is expected at today, by start, what is to be said of them."""
    for is_wanted in (
        lambda visit: is_open(visit, now=now),
        lambda visit: visit.ends_at >= now,
    ):
        found = next(filter(is_wanted, visits), None)
        if found is not None:
            return found
    return visits[-1]


def person_words(
    who: int, name: str, visits: Sequence[Any], *, zone: ZoneInfo, now: datetime
) -> dict[str, Any]:
    """What a kiosk shows of somebody: which session, how it stands with them, and whether they can
    be checked in."""
    visit = visit_shown(visits, now=now)
    can_come = any(is_open(each, now=now) for each in visits)
    return {
        "id": who,
        "name": name,
        "session": " · ".join(filter(None, [clock_time(visit.starts_at, zone), visit.room])),
        "state": _state(visit, zone=zone, now=now),
        "can_check_in": can_come,
    }


def _state(visit: Any, *, zone: ZoneInfo, now: datetime) -> str:
    if visit.status is Status.PRESENT:
        return f"Checked in at {clock_time(visit.arrived_at or visit.starts_at, zone)}"
    if visit.status is not Status.EXPECTED:
        return MARKS[visit.status].capitalize()
    opens = opens_at(visit.starts_at, visit.doors_minutes)
    if now < opens:
        return f"Check-in opens at {clock_time(opens, zone)}"
    return "Over" if visit.ends_at < now else ""


def checked_in_words(name: str, places: Iterable[Any], *, zone: ZoneInfo, is_new: bool) -> str:
    """`Jo A. is checked in: 10:00 am, Garden Room.`"""
    where = [
        ", ".join(filter(None, [clock_time(each.starts_at, zone), each.room])) for each in places
    ]
    return f"{name} {'is' if is_new else 'was already'} checked in: {'; '.join(where)}."
