from datetime import date, timedelta

from clinic.schedule.rules.days import why_too_far

AHEAD = timedelta(weeks=26)  # how far an open-ended series is laid out


def reach(until_on: date | None, *, today: date) -> date:
    """The day up to which the sessions of a series are laid out."""
    return until_on or today + AHEAD


def why_not_end(last_on: date, *, from_on: date, ends_on: date | None, today: date) -> str | None:
    """Why a group cannot end with a day; `ends_on` is its last one so far."""
    if last_on < from_on:
        return "The last day is before the first."
    if ends_on is not None and ends_on < last_on:
        return "It ends before that day already. Change its plan to have it go on."
    if last_on < today - timedelta(days=1):
        return "The last day cannot be earlier than yesterday: the past stays as it was."
    return why_too_far(last_on, today=today)


def why_not_other_site(site_id: int, program_site_id: int) -> str | None:
    """Why a group cannot go over to a program of another site."""
    if program_site_id != site_id:
        return "A group stays at its site: end it, and set up another one there."
    return None


def why_never(first_day: date | None) -> str | None:
    """Why a group would never meet; `first_day` is the first on which it would."""
    return None if first_day else "The group would never meet between these days."
