from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from clinic.attendance.rules.bookings import ABSENT
from clinic.attendance.rules.words import WORDS
from clinic.days import instant_of
from clinic.formats import clock_time, counted, day_short, wall_time
from clinic.schedule.models import Status

MINUTE = timedelta(minutes=1)


def opening(opens_at: datetime, *, now: datetime, zone: ZoneInfo) -> str | None:
    """What to know before the doors are open."""
    if now >= opens_at:
        return None
    return (
        f"Check-in opens at {clock_time(opens_at, zone)}. Until then only absences can be marked."
    )


def notice_hint(
    starts_at: datetime, notice_hours: int, *, now: datetime, zone: ZoneInfo
) -> str | None:
    """What an absence that is announced now counts as, by the policy; None after the start."""
    if now >= starts_at or not notice_hours:
        return None
    last = starts_at - timedelta(hours=notice_hours)
    asked = counted(notice_hours, "hour")
    if now > last:
        return f"With less than {asked} of notice, an absence announced now is a late cancel."
    until = f"{day_short(last.astimezone(zone).date())}, {clock_time(last, zone)}"
    return f"Announced until {until}, an absence is excused; later it is a late cancel."


def label(marked: Any, session: Any) -> str:
    """A mark in words: `Present`, `Late, 12 min`, `Left early`, `No-show`.

    `marked` has the columns of a booking, `session` its times and the program's grace.
    """
    words = []
    late = (marked.arrived_at - session.starts_at) // MINUTE if marked.arrived_at else 0
    if late > session.grace_minutes:
        words.append(f"Late, {late} min")
    early = (session.ends_at - marked.left_at) // MINUTE if marked.left_at else 0
    if early > session.grace_minutes:
        words.append("left early" if words else "Left early")
    return ", ".join(words) or WORDS[marked.status].capitalize()


def counts(rows: Collection[Any]) -> dict[str, int]:
    """How many of a sheet are there, hold a seat, stay away, and are not yet marked."""
    return {
        "present": sum(row.status is Status.PRESENT for row in rows),
        "expected": sum(row.seat_no is not None for row in rows),
        "absent": sum(row.status in ABSENT for row in rows),
        "unmarked": sum(row.status is Status.EXPECTED for row in rows),
    }


def note_of(session: Any, zone: ZoneInfo) -> str | None:
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
