from datetime import date
from typing import Any

from clinic.days import SHORT_WEEKDAYS
from clinic.formats import counted, day_numeric, wall_range

NAMED = 3  # days that a sentence lists before it counts the others


def meets(plan: Any) -> str:
    """When a series meets: `Mon, Tue, Thu 6:00 - 9:00 pm`; `plan` has the columns of one."""
    days = ", ".join(SHORT_WEEKDAYS[int(digit)] for digit in plan.weekdays)
    every = f", every {plan.every_weeks} weeks" if plan.every_weeks > 1 else ""
    return f"{days} {wall_range(plan.starts, plan.ends)}{every}"


def period(from_on: date, until_on: date | None) -> str:
    """`Mar 9, 2026 - May 3, 2026`, or `from Mar 9, 2026`."""
    if until_on is None:
        return f"from {day_numeric(from_on)}"
    return f"{day_numeric(from_on)} – {day_numeric(until_on)}"


def zone_note(*timezones: str) -> str:
    """Which clock times are on: `New York time`, `Chicago and New York time`."""
    cities = sorted({zone.rpartition("/")[2].replace("_", " ") for zone in timezones})
    return f"{' and '.join(cities)} time" if cities else ""


def standing(day: date, *, from_on: date, until_on: date | None) -> str:
    """`coming`, `running` or `over`: where a series stands on a day."""
    if day < from_on:
        return "coming"
    return "over" if until_on is not None and until_on < day else "running"


def listed(days: list[date]) -> str:
    shown = ", ".join(f"{day:%a %b} {day.day}" for day in days[:NAMED])
    more = len(days) - NAMED
    return shown if more <= 0 else f"{shown} and {counted(more, 'more day')}"


def seats_words(booked: int, seats: int) -> str:
    """`9 of 12`; the fullest coming session counts."""
    return f"{booked} of {seats}"
