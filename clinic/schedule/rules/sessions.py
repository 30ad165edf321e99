from collections.abc import Collection, Iterable
from datetime import date

from clinic.days import Range
from clinic.formats import counted
from clinic.schedule.models import Mode
from clinic.schedule.rules.days import why_too_far
from clinic.schedule.rules.words import listed


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
        return "This room is at another site than the program."
    return None


def why_not_leaders(leader_ids: Collection[int]) -> str | None:
    """Why these cannot lead together."""
    if len(set(leader_ids)) < len(leader_ids):
        return "The same person is chosen twice as a leader."
    return None


def why_closed(day: date, closures: Iterable[tuple[date, date, str]]) -> str | None:
    """Why nothing can be planned on a day: the site is closed; first, last day and name of each."""
    for first, last, name in closures:
        if first <= day <= last:
            return f"The site is closed on {listed([day])}: {name}."
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


def why_it_stays(
    *, is_of_group: bool, has_begun: bool, is_held: bool, is_cancelled: bool = False
) -> str | None:
    """Why a session can no longer be moved or cancelled by itself."""
    if is_of_group:
        return "This session belongs to a group: change the group."
    if is_held:
        return "Attendance has been recorded for this session: it stays as it is."
    if has_begun:
        return "This session has begun: it stays as it is."
    if is_cancelled:
        return "This session is cancelled. Reinstate it first."
    return None


def why_changed_since(seen: int | None, sequence: int) -> str | None:
    """Why somebody who saw a session as it was may not change it as it is."""
    if seen is not None and seen != sequence:
        return "Somebody has changed this session since you opened it. Look at it again."
    return None
