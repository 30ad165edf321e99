"""What an enrollment may be, and where it stands on a day. Values in, answer out."""

from collections.abc import Collection
from datetime import date, timedelta

from clinic.enrollment.models import Outcome

TRANSITION_WEEKS = 2  # at most


def why_not_range(from_on: date, until_on: date | None) -> str | None:
    """Why an enrollment cannot run from a day to a day."""
    if until_on is not None and until_on < from_on:
        return "The last day is before the first."
    return None


def why_not_target(min_minutes: int, max_minutes: int) -> str | None:
    """Why weekly hours cannot be a target."""
    if min_minutes < 0:
        return "Weekly hours cannot be negative."
    if max_minutes < min_minutes:
        return "The most hours a week are fewer than the least."
    if max_minutes > 7 * 24 * 60:
        return "A week has 168 hours."
    return None


def why_not_transition_weeks(weeks: Collection[date]) -> str | None:
    """Why these weeks cannot all be weeks of stepping down."""
    if len(weeks) > TRANSITION_WEEKS:
        listed = ", ".join(str(week) for week in sorted(weeks))
        return f"At most two weeks can be transition weeks, not {listed}."
    return None


def why_not_enroll(
    from_on: date, until_on: date | None, *, others: list[tuple[date, date | None]]
) -> str | None:
    """Why somebody cannot be enrolled in a program for these days; `others` are theirs in it."""
    for other_from, other_until in others:
        begins_before_end = until_on is None or other_from <= until_on
        ends_after_begin = other_until is None or from_on <= other_until
        if begins_before_end and ends_after_begin:
            return "They are enrolled in this program at that time already."
    return None


def end_after(from_on: date, weeks: int | None) -> date | None:
    """The last day of an enrollment of a planned length; None when it has none."""
    return from_on + timedelta(weeks=weeks, days=-1) if weeks else None


def status_on(
    day: date,
    *,
    from_on: date,
    until_on: date | None,
    outcome: Outcome | None,
    is_on_leave: bool = False,
) -> str:
    """`planned`, `active`, `on leave`, `completed`, `transferred`, `left` or `discharged`."""
    if day < from_on:
        return "planned"
    if until_on is not None and day > until_on:
        return (outcome or Outcome.COMPLETED).value
    return "on leave" if is_on_leave else "active"
