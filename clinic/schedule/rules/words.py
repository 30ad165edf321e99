from datetime import date, timedelta
from enum import Flag, StrEnum, auto
from typing import Any
from zoneinfo import ZoneInfo

from clinic.days import SHORT_WEEKDAYS, instant_of
from clinic.formats import counted, day_numeric, day_short, time_range, wall_range, wall_time
from clinic.programs.models import Kind
from clinic.schedule.models import Method, Status


class Standing(StrEnum):
    """Where a series stands, in the order in which pages list it."""

    RUNNING = "running"
    COMING = "coming"
    OVER = "over"


MINUTE = timedelta(minutes=1)
NAMED = 3  # days that a sentence lists before it counts the others
KINDS = {  # the title of a session whose own is not shown, or not yet typed
    kind: "Session" if kind is Kind.OTHER else f"{kind.value.capitalize()} session" for kind in Kind
}

MARKS = {  # what is known of somebody at a session
    Status.EXPECTED: "expected",
    Status.PRESENT: "present",
    Status.EXCUSED: "excused",
    Status.LATE_CANCEL: "late cancel",
    Status.NO_SHOW: "no-show",
}
METHODS = {
    Method.KIOSK: "kiosk",
    Method.CARRIED: "carried on",
    Method.STAFF: "staff",
    Method.IMPORT: "import",
}


def meets(plan: Any) -> str:
    """When a series meets: `Mon, Tue, Thu 6:00 - 9:00 pm`; `plan` has the columns of one."""
    days = ", ".join(SHORT_WEEKDAYS[int(digit)] for digit in plan.weekdays)
    every = f", every {plan.every_weeks} weeks" if plan.every_weeks > 1 else ""
    return f"{days} {wall_range(plan.starts, plan.ends)}{every}"


def session_words(row: Any) -> str:
    """`Mon, Mar 9, 6:00 - 9:00 pm: Process`; of a session with its timezone."""
    times = time_range(row.starts_at, row.ends_at, ZoneInfo(row.timezone))
    return f"{day_short(row.day)}, {times}: {row.title}"


def period(from_on: date, until_on: date | None) -> str:
    """`Mar 9, 2026 - May 3, 2026`, or `from Mar 9, 2026`."""
    if until_on is None:
        return f"from {day_numeric(from_on)}"
    return f"{day_numeric(from_on)} – {day_numeric(until_on)}"


def session_changes(created: int, changed: int, removed: int) -> list[str]:
    """What another plan does to sessions: `3 sessions are made.`"""
    verbs = (
        (created, "", ("is made", "are made")),
        (changed, " to come", ("changes", "change")),
        (removed, " to come", ("goes", "go")),
    )
    return [f"{counted(n, 'session')}{which} {words[n != 1]}." for n, which, words in verbs if n]


def zone_note(*timezones: str) -> str:
    """Which clock times are on: `New York time`, `Chicago and New York time`."""
    cities = sorted({zone.rpartition("/")[2].replace("_", " ") for zone in timezones})
    return f"{' and '.join(cities)} time" if cities else ""


def standing(day: date, *, from_on: date, until_on: date | None) -> Standing:
    """Where a series stands on a day."""
    if day < from_on:
        return Standing.COMING
    return Standing.OVER if until_on is not None and until_on < day else Standing.RUNNING


def listed(days: list[date]) -> str:
    shown = ", ".join(f"{day:%a %b} {day.day}" for day in days[:NAMED])
    more = len(days) - NAMED
    return shown if more <= 0 else f"{shown} and {counted(more, 'more day')}"


def seats_words(booked: int, seats: int) -> str:
    """`9 of 12`; the fullest coming session counts."""
    return f"{booked} of {seats}"


def clocks_note(session: Any, zone: ZoneInfo) -> str | None:
    """What the night on which the clocks go forward did to an occurrence of a series.

    `session` has the day and the instants of a session and the wall times of its series, if any.
    """
    for planned, instant, words in (
        (session.planned_start, session.starts_at, "moved from {} to {}"),
        (session.planned_end, session.ends_at, "ends at {1} instead of {0}"),
    ):
        if planned is None or instant != instant_of(session.day, planned, zone):
            continue  # of no series, or moved by somebody
        shown = instant.astimezone(zone).time()
        if shown != planned:
            return f"Clocks change: {words.format(wall_time(planned), wall_time(shown))}"
    return None


class Punctuality(Flag):
    """How the times of somebody who was present differ from the session's, beyond its grace."""

    ON_TIME = 0
    LATE = auto()
    LEFT_EARLY = auto()


def punctuality(marked: Any, session: Any) -> Punctuality:
    """`marked` has the columns of a booking, `session` its times and the program's grace."""
    found = Punctuality.ON_TIME
    if marked.arrived_at and minutes_late(marked, session) > session.grace_minutes:
        found |= Punctuality.LATE
    if marked.left_at and (session.ends_at - marked.left_at) // MINUTE > session.grace_minutes:
        found |= Punctuality.LEFT_EARLY
    return found


def minutes_late(marked: Any, session: Any) -> int:
    return (marked.arrived_at - session.starts_at) // MINUTE  # type: ignore[no-any-return]


def attendance_label(marked: Any, session: Any) -> str:
    """An attendance in words: `Present`, `Late, 12 min`, `Left early`, `No-show`."""
    found = punctuality(marked, session)
    words = []
    if Punctuality.LATE in found:
        words.append(f"Late, {minutes_late(marked, session)} min")
    if Punctuality.LEFT_EARLY in found:
        words.append("left early" if words else "Left early")
    return ", ".join(words) or MARKS[marked.status].capitalize()
