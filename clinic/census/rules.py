"""Who is active on a day, who comes and who goes. Values in, answer out."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from clinic.days import DAY, Range, common, days_without
from clinic.enrollment.models import EndReason, Outcome
from clinic.enrollment.rules import ending_words, is_away, status_on

AVERAGED = 30  # days of an average daily census


class Stay(NamedTuple):
    """An enrollment as the census counts it."""

    enrollment_id: int
    participant_id: int
    program_id: int
    clinician_id: int | None
    from_on: date
    until_on: date | None
    outcome: Outcome | None = None
    end_reason: EndReason | None = None
    leaves: Collection[Range] = ()

    def status(self, day: date) -> str:
        return status_on(
            day,
            from_on=self.from_on,
            until_on=self.until_on,
            outcome=self.outcome,
            is_on_leave=is_away(self.leaves, day),
        )


class Standing(NamedTuple):
    """How many enrollments are active on a day, and how many on leave."""

    active: int
    on_leave: int


def census(stays: Iterable[Stay], day: date) -> Standing:
    statuses = [stay.status(day) for stay in stays]
    return Standing(statuses.count("active"), statuses.count("on leave"))


def average_census(stays: Iterable[Stay], day: date) -> float:
    """The average daily census of the last 30 days up to that one; leave is not counted."""
    days = Range(day - (AVERAGED - 1) * DAY, day)
    return sum(_active_days(stay, days) for stay in stays) / AVERAGED


def _active_days(stay: Stay, days: Range) -> int:
    enrolled = common(days, Range(stay.from_on, stay.until_on))
    active = days_without(enrolled, stay.leaves) if enrolled else []
    return sum((each.until_on - each.from_on).days + 1 for each in active if each.until_on)


def arriving(stays: Iterable[Stay], days: Range) -> list[Stay]:
    """Whose first day is one of these, by day."""
    found = [stay for stay in stays if days.covers(stay.from_on)]
    return sorted(found, key=lambda stay: (stay.from_on, stay.enrollment_id))


def leaving(stays: Iterable[Stay], days: Range) -> list[Stay]:
    """Whose last day is one of these, by day."""
    found = [
        (stay.until_on, stay.enrollment_id, stay)
        for stay in stays
        if stay.until_on is not None and days.covers(stay.until_on)
    ]
    return [stay for *_, stay in sorted(found)]


def returning_on(stay: Stay, day: date) -> date | None:
    """The first day after the leave that somebody is on; None when they end with it."""
    while is_away(stay.leaves, day):
        day += DAY
    return None if stay.until_on is not None and day > stay.until_on else day


def end_words(outcome: Outcome | None, reason: EndReason | None, *, is_past: bool) -> str:
    """How an enrollment ends: `Planned end`, `Left: dropped out`, `Completed`."""
    if outcome is None:
        return "Outcome not recorded" if is_past else "Planned end"
    return ending_words(outcome, reason)


def caseload_state(number: int, limit: int) -> str:
    """Where a caseload stands against its limit: `within`, `at limit` or `over limit`."""
    if number < limit:
        return "within"
    return "at limit" if number == limit else "over limit"
