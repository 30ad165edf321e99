"""On which mornings who is written to, and what. Values in, answer out."""

from datetime import date, datetime
from typing import Any, Final

from clinic.formats import notice
from clinic.permissions import Permission, permissions_of

MORNING: Final = range(7, 12)  # o'clock: what comes up later stands on the next day's
SUBJECT: Final = "Something to look at"
SENTENCE: Final = "there is something to look at this morning."  # not how much of what
WORKING_DAYS: Final = range(5)


def is_open(day: date, *, is_closed: bool, has_sessions: bool) -> bool:
    """Return whether somebody is there who could do something: on a day with sessions, else from
    Monday to Friday unless the site is closed."""
    return has_sessions or (day.weekday() in WORKING_DAYS and not is_closed)


def is_morning(local: datetime) -> bool:
    return local.hour in MORNING


def is_written_to(row: Any) -> bool:
    """Return whether one of the staff has such a list at all; a row of their account."""
    return Permission.DO_TASKS in permissions_of(row.roles)


def is_own(clinician_id: int | None, scope: int | None) -> bool:
    """Return whether somebody's week is on a list: of one's own caseload where there is a limit."""
    return scope is None or clinician_id == scope


def message(link: str) -> str:
    """Return the whole message; `link` is where the list is, if that is known."""
    return notice(SENTENCE, link)
