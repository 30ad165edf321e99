from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

from clinic.days import Range
from clinic.formats import counted, wall_time
from clinic.programs.models import Closure
from clinic.schedule.models import Mode
from clinic.schedule.rules.words import listed

FARTHEST = timedelta(days=5 * 366)  # ahead of today
CHANGED_SINCE = "Somebody has changed this session since you opened it. Check it again."
OLDEST = timedelta(days=2 * 366)  # before today
EARLIEST_DOORS = timedelta(hours=3)  # before the start; none open earlier


def opens_at(starts_at: datetime, doors_minutes: int) -> datetime:
    """When check-in opens."""
    return starts_at - min(timedelta(minutes=doors_minutes), EARLIEST_DOORS)


def why_too_far(day: date | None, *, today: date) -> str | None:
    """Why a day is too far ahead to plan for: most of those are slips of the hand."""
    if day is not None and day - today > FARTHEST:
        return "That day is more than five years ahead."
    return None


def why_too_long_ago(day: date, *, today: date) -> str | None:
    """Why a new group cannot have begun on a day."""
    return "That day is more than two years ago." if today - day > OLDEST else None


def credit(
    starts_at: datetime, ends_at: datetime, *, break_minutes: int, breaks_count: bool
) -> int:
    """Minutes that full attendance of a session counts."""
    scheduled = int((ends_at - starts_at).total_seconds()) // 60
    return scheduled if breaks_count else max(0, scheduled - break_minutes)


def why_not_times(starts: time, ends: time, *, break_minutes: int = 0) -> str | None:
    """Why a session cannot run from `starts` to `ends` of one day."""
    if ends <= starts:
        return f"The end, {wall_time(ends)}, is not after the start, {wall_time(starts)}."
    length = (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
    if break_minutes >= length:
        return f"A break of {break_minutes} minutes leaves nothing of {length}."
    return None


def day_part(minute_of_day: int, *, afternoon_from: int, evening_from: int) -> str:
    """`morning`, `afternoon` or `evening`, by the local minute at which a session starts."""
    if minute_of_day < afternoon_from:
        return "morning"
    return "afternoon" if minute_of_day < evening_from else "evening"


def why_not_room(mode: Mode, room_seats: int | None, seats: int) -> str | None:
    """Why a session of so many seats cannot be in its room; None is no room."""
    if room_seats is None:
        return None if mode is Mode.VIRTUAL else "Choose a room, or make it virtual."
    if mode is Mode.IN_PERSON and room_seats < seats:
        return f"The room has {counted(room_seats, 'seat')}, not {seats}."
    return None


def why_not_place(site_id: int, room_site_id: int | None) -> str | None:
    """Why a session of a program at one site cannot be in a room of another."""
    if room_site_id is not None and room_site_id != site_id:
        return "This room is at a different site than the program."
    return None


def why_not_leaders(leader_ids: Collection[int]) -> str | None:
    """Why these cannot lead together."""
    if len(set(leader_ids)) < len(leader_ids):
        return "The same person is chosen twice as a leader."
    return None


def closure_on(day: date, closures: Iterable[Closure]) -> Closure | None:
    """The closure that a day lies in, of those of a site."""
    return next((each for each in closures if each.from_on <= day <= each.until_on), None)


def why_closed(day: date, closures: Iterable[Closure]) -> str | None:
    """Why nothing can be planned on a day: the site is closed."""
    closure = closure_on(day, closures)
    return f"The site is closed on {listed([day])}: {closure.name}." if closure else None


def why_gone(places: Collection[str]) -> str | None:
    """Why a session cannot be again what it was; `places` are those of it that are out of use."""
    for name in places:
        return f"{name} is retired, so this session cannot take place as it was."
    return None


def why_not_there(name: str, day: date, *, enrolled: Range, leaves: Iterable[Range]) -> str | None:
    """Why somebody cannot be put on a session of a day."""
    if not enrolled.covers(day):
        return f"{name} is not enrolled on {listed([day])}."
    if any(leave.covers(day) for leave in leaves):
        return f"{name} is on leave on {listed([day])}."
    return None


def why_not_plan(day: date, *, today: date) -> str | None:
    """Why no session can be planned for a day."""
    if day < today:
        return "That day is over. Plan the session for today or later."
    return why_too_far(day, today=today)


def why_changed_since(seen: int | None, sequence: int) -> str | None:
    """Why somebody who saw a session as it was may not change it as it is."""
    if seen is not None and seen != sequence:
        return CHANGED_SINCE
    return None


def clash_sentence(what: str, days: Collection[date]) -> str:
    """What is wrong when somebody or something is wanted twice at a time."""
    return f"{what} are at the same time on {listed(sorted(days))}."


def wanted_twice(name: str, one: str, other: str) -> str:
    """Whom or what two sessions want at a time, for `clash_sentence`."""
    return f"{name} is wanted twice: {one} and {other}"


def clash_sentences(clashes: Iterable[tuple[str, tuple[str, str], date]]) -> list[str]:
    """What is wanted twice at a time: its name, the two titles and the day.

    A sentence a pair, whichever of the two begins first.
    """
    found: dict[tuple[str, str, str], set[date]] = {}
    for name, (one, other), day in clashes:
        turned = (name, other, one)
        found.setdefault(turned if turned in found else (name, one, other), set()).add(day)
    return [clash_sentence(wanted_twice(*pair), days) for pair, days in found.items()]
