"""What the overview pages say. Values in, words out."""

from collections.abc import Iterable
from datetime import date

from clinic.enrollment.models import Leave
from clinic.formats import day_numeric, hours, wall_range
from clinic.programs.models import Level
from clinic.schedule.models import Series

LEVELS = {
    Level.OUTPATIENT: "Outpatient (ASAM 1)",
    Level.INTENSIVE_OUTPATIENT: "Intensive outpatient (ASAM 2.1)",
    Level.PARTIAL_HOSPITALIZATION: "Partial hospitalization (ASAM 2.5)",
    Level.AFTERCARE: "Aftercare",
}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PARTS = (("morning", "Morning"), ("afternoon", "Afternoon"), ("evening", "Evening"))


def sheet_state(*, listed: int, marked: int, signed: int, is_cancelled: bool) -> str:
    """How far the attendance of a session is taken."""
    if is_cancelled:
        return "cancelled"
    if listed and signed == listed:
        return "signed"
    if not marked:
        return "not started"
    return "complete" if marked == listed else "partly"


def zone_note(timezones: Iterable[str]) -> str:
    """Which clock the times of a page are on: `New York time`."""
    cities = sorted({zone.rpartition("/")[2].replace("_", " ") for zone in timezones})
    return f"{' and '.join(cities)} time" if cities else ""


def meets(series: Series) -> str:
    """When a series meets: `Mon, Tue, Thu 6:00 - 9:00 pm`."""
    days = ", ".join(WEEKDAYS[int(digit)] for digit in series.weekdays)
    every = f", every {series.every_weeks} weeks" if series.every_weeks > 1 else ""
    return f"{days} {wall_range(series.starts, series.ends)}{every}"


def period(from_on: date, until_on: date | None) -> str:
    """`Mar 9, 2026 - May 3, 2026`, or `from Mar 9, 2026`."""
    if until_on is None:
        return f"from {day_numeric(from_on)}"
    return f"{day_numeric(from_on)} – {day_numeric(until_on)}"


def target_words(min_minutes: int, max_minutes: int) -> str:
    if min_minutes == max_minutes:
        return f"{hours(min_minutes)} hours a week"
    return f"{hours(min_minutes)} – {hours(max_minutes)} hours a week"


def is_away(leaves: Iterable[Leave], day: date) -> bool:
    return any(leave.from_on <= day <= leave.until_on for leave in leaves)


def seats_words(booked: int, seats: int) -> str:
    """`9 of 12`; the fullest coming session counts."""
    return f"{booked} of {seats}"
