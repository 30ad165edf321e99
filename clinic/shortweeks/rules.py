"""When a week is to be closed, what is said of it, and who is written to. Values in, answer out."""

from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from clinic.days import DAY, WEEK, week_of
from clinic.formats import counted, duration, notice
from clinic.hours.rules import State, WeekOf, falls_short
from clinic.permissions import Permission, permissions_of
from clinic.told.models import GoesOn, Offered, ShortBy, WeekClosing

SHORT_BY: Final = {
    ShortBy.ILLNESS: "Illness",
    ShortBy.WORK: "Work",
    ShortBy.FAMILY: "Family or child care",
    ShortBy.TRANSPORT: "Transport",
    ShortBy.PART_OF_IT: "Came late or left early",
    ShortBy.NO_WORD: "Did not come, no word from them",
    ShortBy.CANCELLED: "Sessions were cancelled by the clinic",
    ShortBy.NOT_PLANNED: "Not enough was planned",
    ShortBy.REFUSED: "Refused to come",
    ShortBy.OTHER: "Something else",
}
OFFERED: Final = {
    Offered.MAKE_UP: "A make-up session",
    Offered.OTHER_TIMES: "Another group, or other times",
    Offered.BY_VIDEO: "To take part by video",
    Offered.NOTHING: "Nothing",
}
GOES_ON: Final = {
    GoesOn.AS_BEFORE: "Go on as before",
    GoesOn.CHANGE_TARGET: "Change hours",
    GoesOn.STEP_DOWN: "Step down",
}
LEADS_TO: Final = {  # the act that carries out what was decided
    GoesOn.CHANGE_TARGET: "enrolled.change_target",
    GoesOn.STEP_DOWN: "admissions.step_down",
}
SAY_WHAT: Final = "Say in a few words what it was."
CLOSED_ALREADY: Final = "Somebody has closed this week already."
NOT_CLOSED: Final = "This week is open already."
NOT_SHORT: Final = "This week is not short any more: there is nothing to close."

LATEST: Final = 4  # weeks back: of an older one nobody has to be told any more
CHASED_FROM: Final = 7  # o'clock
NEW: Final = timedelta(days=7)  # raised longer ago, an open week alone is no reason to write
SUBJECT: Final = "Weeks to close"


class Name(NamedTuple):
    """Which week it is."""

    enrollment_id: int
    week: date


def weeks_to_look_at(now: datetime, week_starts: int) -> list[date]:
    """The running week and the one before, wherever on earth it is still or already another."""
    days = (now.date() + DAY * number for number in (-1, 0, 1))
    running = {week_of(day, week_starts) for day in days}
    return sorted(running | {week - WEEK for week in running})


def is_short(week: WeekOf | None) -> bool:
    """Whether nothing that is planned or can still be offered brings a week to its minimum."""
    return week is not None and falls_short(week)


def why_not_close(row: WeekClosing, week: WeekOf | None) -> str | None:
    if row.closed_at is not None:
        return CLOSED_ALREADY
    return None if is_short(week) else NOT_SHORT


def why_not_reopen(row: WeekClosing) -> str | None:
    return NOT_CLOSED if row.closed_at is None else None


def why_not_words(short_by: ShortBy, note: str | None) -> str | None:
    """Why a cause alone does not do."""
    return SAY_WHAT if short_by is ShortBy.OTHER and not note else None


def since_closed(row: Any, week: WeekOf | None) -> str | None:
    """What an amendment has made of a week since it was closed, in words; a row of `listed`."""
    if row.closed_at is None or week is None or week.state is State.OUT_OF_REACH:
        return None
    if week.state is State.REACHED:
        return "Reached since, by an amendment"
    if not is_short(week):
        return "Not short any more"
    if week.balance.delivered != row.delivered_minutes:
        was, now = duration(row.delivered_minutes), duration(week.balance.delivered)
        return f"{now} by now, {was} when it was closed"
    return None


def to_carry_out(row: Any) -> str | None:
    """The act that was decided on and is still to be done; a row of `listed`."""
    is_done = {
        GoesOn.CHANGE_TARGET: row.is_target_changed,
        GoesOn.STEP_DOWN: row.is_followed,
    }.get(row.goes_on, True)
    return None if is_done else LEADS_TO[row.goes_on]


# The message of the morning: it says nothing of whom or of what.


def is_to_chase(row: Any, now: datetime) -> bool:
    """Whether a clinician is written to this morning; a row of `to_chase`."""
    return now - row.newest <= NEW and Permission.DO_TASKS in permissions_of(row.roles)


def reminder(number: int, link: str) -> str:
    """Return the whole message; `link` is where they are, if that is known."""
    return notice(f"you have {counted(number, 'week')} to close.", link)
