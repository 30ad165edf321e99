"""Records as tables for spreadsheets: which there are, and their columns."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from clinic.days import Range
from clinic.formats import counted


class Table(StrEnum):
    """What can be taken away."""

    HOURS = "hours"
    ATTENDANCE = "attendance"
    SESSIONS = "sessions"
    AMENDMENTS = "amendments"
    AUTHORIZATIONS = "authorizations"


COLUMNS: Final[Mapping[Table, tuple[str, ...]]] = {  # by the contract
    Table.HOURS: (
        "week",
        "enrollment",
        "participant",
        "program",
        "min_minutes",
        "max_minutes",
        "planned_minutes",
        "delivered_minutes",
        "unconfirmed_minutes",
        "upcoming_minutes",
        "reachable_minutes",
        "service_days",
        "state",
    ),
    Table.ATTENDANCE: (
        "start",
        "series",
        "enrollment",
        "participant",
        "status",
        "arrived",
        "left",
        "delivered_minutes",
        "method",
        "signed_off",
        "mode",
        "identity",
        "topic",
        "held_from",
        "held_until",
    ),
    Table.SESSIONS: (
        "start",
        "end",
        "series",
        "title",
        "kind",
        "day_part",
        "room",
        "leaders",
        "status",
        "booked",
        "seats",
        "credit_minutes",
    ),
    Table.AMENDMENTS: (
        "start",
        "series",
        "enrollment",
        "participant",
        "before_status",
        "before_arrived",
        "before_left",
        "after_status",
        "after_arrived",
        "after_left",
        "minutes",
        "reason",
        "asked",
        "asked_by",
        "decision",
        "decided",
        "decided_by",
    ),
    Table.AUTHORIZATIONS: (
        "enrollment",
        "participant",
        "program",
        "payer",
        "number",
        "code",
        "unit",
        "units",
        "from",
        "until",
        "review",
        "used",
        "not_recorded",
        "booked",
        "runs_out",
    ),
}
MOST_DAYS: Final = 366  # of a file that is made by page, so that nobody waits for long


def why_not_days(from_on: date, until_on: date) -> str | None:
    """Why records of these days are not made into one file."""
    number = (until_on - from_on).days + 1
    if number <= MOST_DAYS:
        return None
    return (
        f"A file holds {MOST_DAYS} days at most, and these are {counted(number, 'day')}."
        " Take them in parts."
    )


def file_name(table: Table, days: Range) -> str:
    """What a file is called on somebody's desktop: neither whose it is nor the clinic's trade."""
    return f"{table}-{days.from_on}-to-{days.until_on}.csv"
