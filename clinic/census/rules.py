"""Who is active on a day, who comes and who goes. Values in, answer out."""

from collections.abc import Iterable
from datetime import date

from clinic.days import DAY, Range, common, days_without
from clinic.enrollment.models import Enrollment
from clinic.enrollment.rules import Standing, ending_words, is_away, standing

AVERAGED = 30  # days of an average daily census


def census(enrollments: Iterable[Enrollment], day: date) -> tuple[int, int]:
    """How many enrollments are active on a day, and how many on leave."""
    standings = [standing(each, day) for each in enrollments]
    return standings.count(Standing.ACTIVE), standings.count(Standing.ON_LEAVE)


def average_census(enrollments: Iterable[Enrollment], day: date) -> float:
    """The average daily census of the last 30 days up to that one; leave is not counted."""
    days = Range(day - (AVERAGED - 1) * DAY, day)
    return sum(_active_days(each, days) for each in enrollments) / AVERAGED


def _active_days(enrollment: Enrollment, days: Range) -> int:
    enrolled = common(days, enrollment.days)
    leaves = [leave.days for leave in enrollment.leaves]
    active = days_without(enrolled, leaves) if enrolled else []
    return sum((each.until_on - each.from_on).days + 1 for each in active if each.until_on)


def arriving(enrollments: Iterable[Enrollment], days: Range) -> list[Enrollment]:
    """Whose first day is one of these, by day."""
    found = [each for each in enrollments if days.covers(each.from_on)]
    return sorted(found, key=lambda each: (each.from_on, each.id))


def leaving(enrollments: Iterable[Enrollment], days: Range) -> list[Enrollment]:
    """Whose last day is one of these, by day."""
    found = [each for each in enrollments if each.until_on and days.covers(each.until_on)]
    return sorted(found, key=lambda each: (each.until_on, each.id))


def returning_on(enrollment: Enrollment, day: date) -> date | None:
    """The first day after the leave that somebody is on; None when they end with it."""
    while is_away(enrollment, day):
        day += DAY
    return day if enrollment.days.covers(day) else None


def end_words(enrollment: Enrollment, today: date, *, with_reasons: bool) -> str:
    """How an enrollment ends: `Planned end`, `Left: dropped out`, `Completed`."""
    if enrollment.outcome is not None:
        reason = enrollment.end_reason if with_reasons else None
        return ending_words(enrollment.outcome, reason)
    is_past = enrollment.until_on is not None and enrollment.until_on < today
    return "Outcome not recorded" if is_past else "Planned end"


def caseload_state(number: int, limit: int) -> str:
    """Where a caseload stands against its limit: `within`, `at limit` or `over limit`."""
    if number < limit:
        return "within"
    return "at limit" if number == limit else "over limit"
