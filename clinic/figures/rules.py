"""What a rule set asks of a week besides its hours: full days, no long gap between them,
not too many sessions of a kind, and hours on average. Values in, answer out.

A `share` is what one booking contributes to its week, as the hours have it: the day and kind of
its session, and its minutes planned, delivered, unconfirmed and upcoming. What is delivered, to
confirm or booked ahead can still make a day; what was missed cannot.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

from clinic.days import DAY, WEEK, Range
from clinic.formats import counted, duration, month_day
from clinic.programs.models import Kind, Measure, Population, Program
from clinic.programs.rules import figure

DAYS_OF_A_WEEK: Final = 7
JUDGED: Final = (
    Measure.DAY_MINUTES_MIN,
    Measure.DAY_SERVICES_MIN,
    Measure.WEEK_DAYS_MIN,
    Measure.WEEK_DAYS_MAX,
    Measure.GAP_DAYS_MAX,
    Measure.AVERAGE_WEEKS,
    Measure.MIX_SESSIONS_MAX,
)


class Figures(NamedTuple):
    """The figures of a rule set that a week of one of its programs is judged by."""

    day_minutes: int = 0
    day_services: int = 0
    days_min: int = 0
    days_max: int | None = None
    gap_days: int | None = None
    average_weeks: int = 1
    sessions_max: tuple[tuple[Kind, int], ...] = ()

    @property
    def weeks_before(self) -> int:
        """How many weeks before the one that is judged have to be known."""
        return max(self.average_weeks - 1, 0 if self.gap_days is None else 1)


NOTHING: Final = Figures()


class What(StrEnum):
    """What a finding is about, in the order in which pages say it."""

    DAYS_BELOW = "days_below"
    TOO_FEW_FULL_DAYS = "too_few_full_days"
    LONG_GAP = "long_gap"
    TOO_MANY_SESSIONS = "too_many_sessions"
    AVERAGE_MET = "average_met"
    AVERAGE_BELOW = "average_below"


class Finding(NamedTuple):
    """Something that a rule set says of a week, beside its state and never part of it."""

    what: What
    words: str
    is_pressing: bool = False  # whether somebody can still do something about it


class Day(NamedTuple):
    """One day of a week: what was planned, and what is delivered or still possible."""

    planned: int
    minutes: int
    services: int


class Counted(NamedTuple):
    """A week that is judged, for an average: what it asks for, and what it brings."""

    least: int
    minutes: int


class Gap(NamedTuple):
    """Days in a row without service, from one to another."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first) // DAY + 1


def figures_of(found: Collection[Any], population: Population) -> Figures:
    """Return what the rules of a rule set ask of a week, for one population."""

    def of(measure: Measure, kind: Kind | None = None) -> int | None:
        return figure(found, measure, population=population, kind=kind)

    most = ((kind, of(Measure.MIX_SESSIONS_MAX, kind)) for kind in Kind)
    return Figures(
        of(Measure.DAY_MINUTES_MIN) or 0,
        of(Measure.DAY_SERVICES_MIN) or 0,
        of(Measure.WEEK_DAYS_MIN) or 0,
        of(Measure.WEEK_DAYS_MAX),
        of(Measure.GAP_DAYS_MAX),
        of(Measure.AVERAGE_WEEKS) or 1,
        tuple((kind, number) for kind, number in most if number is not None),
    )


def asked_of(programs: Iterable[Program]) -> dict[int, Figures]:
    """Return what the rule sets of programs ask of a week, of those of which one asks anything."""
    asked = (
        (
            each.id,
            figures_of(
                [one for one in each.rule_set.rules if one.measure in JUDGED], each.population
            ),
        )
        for each in programs
        if each.rule_set is not None
    )
    return {program_id: figures for program_id, figures in asked if figures != NOTHING}


def judged(
    figures: Figures,
    week: date,
    shares: Collection[Any],
    *,
    before: Collection[Any],
    enrolled: Range,
    away: Collection[Range],
    least_days: int,
    today: date,
) -> list[Finding]:
    """Return what a rule set says of a week that is judged.

    `before` are the shares of the week before it, `least_days` are the service days that the
    target asks for: where they are too few a flag says so already.
    """
    days = days_of(shares)
    found = [
        *_days_below(figures, days, today),
        *_full_days(figures, days, least_days),
        *_too_many(figures, shares),
    ]
    if figures.gap_days is not None:
        served = {day for day, one in (days_of(before) | days).items() if one.minutes}
        gap = longest_gap(week, served, enrolled=enrolled, away=away)
        if gap is not None and gap.days > figures.gap_days:
            found.append(_gap_found(gap, figures.gap_days, week, today))
    return sorted(found, key=lambda each: _ORDER[each.what])


_ORDER = {what: place for place, what in enumerate(What)}


def days_of(shares: Iterable[Any]) -> dict[date, Day]:
    """Return the days on which something is booked, in order."""
    days: dict[date, Day] = {}
    for share in shares:
        minutes = share.delivered + share.unconfirmed + share.upcoming
        was = days.get(share.day, _NO_DAY)
        days[share.day] = Day(
            was.planned + share.planned, was.minutes + minutes, was.services + (minutes > 0)
        )
    return dict(sorted(days.items()))


_NO_DAY = Day(0, 0, 0)


def is_full(figures: Figures, day: Day) -> bool:
    """Whether a day is, or can still become, a full one."""
    return day.minutes >= max(figures.day_minutes, 1) and day.services >= figures.day_services


def _days_below(figures: Figures, days: dict[date, Day], today: date) -> list[Finding]:
    """Of a day on which nobody came nothing is asked."""
    below = {day: one for day, one in days.items() if one.minutes and not is_full(figures, one)}
    if not below:
        return []
    asked = _asked(figures.day_minutes, figures.day_services)
    said = ", ".join(f"{day:%a} {_had(figures, one)}" for day, one in below.items())
    can_be_mended = any(
        day >= today and one.planned >= figures.day_minutes for day, one in below.items()
    )
    return [Finding(What.DAYS_BELOW, f"Not a full day ({asked} or more): {said}", can_be_mended)]


def _asked(minutes: int, services: int) -> str:
    words = [duration(minutes) if minutes else "", counted(services, "service") if services else ""]
    return " and ".join(filter(None, words))


def _had(figures: Figures, day: Day) -> str:
    """What a day has, of that which is not enough: `1 h 30 min and 1 service`."""
    words = [duration(day.minutes)] if day.minutes < figures.day_minutes else []
    words += [counted(day.services, "service")] if day.services < figures.day_services else []
    return " and ".join(words)


def _full_days(figures: Figures, days: dict[date, Day], least_days: int) -> list[Finding]:
    possible = sum(one.minutes > 0 for one in days.values())
    full = sum(is_full(figures, one) for one in days.values())
    if full >= figures.days_min or possible < least_days:
        return []
    asked = _asked(figures.day_minutes, figures.day_services)
    which = f"full days ({asked} or more)" if asked else "days"
    said = f"{full} of {figures.days_min} {which}"
    return [Finding(What.TOO_FEW_FULL_DAYS, said, is_pressing=True)]


def _too_many(figures: Figures, shares: Collection[Any]) -> list[Finding]:
    found = []
    for kind, most in figures.sessions_max:
        number = sum(
            share.kind is kind and share.delivered + share.unconfirmed + share.upcoming > 0
            for share in shares
        )
        if number > most:
            what = f"{counted(number, f'{kind.value} session')}, {most} a week at most"
            found.append(Finding(What.TOO_MANY_SESSIONS, what))
    return found


def longest_gap(
    week: date, served: Collection[date], *, enrolled: Range, away: Collection[Range]
) -> Gap | None:
    """Return the most days in a row between two service days, of those that reach into a week.

    They may begin in the week before. Days of leave are no part of a gap, and none
    goes on beyond the enrollment; one that the week ends with is as long as it is by then.
    """

    def is_there(day: date) -> bool:
        return enrolled.covers(day) and not any(each.covers(day) for each in away)

    longest: Gap | None = None
    day, last = week - WEEK, week + WEEK - DAY
    since = day - DAY if is_there(day - DAY) else None
    while day <= last:
        is_end = day == last and day not in served and is_there(day + DAY)
        if since is not None and (day in served or is_end):
            gap = Gap(since + DAY, day if is_end else day - DAY)
            if gap.last >= week and gap.days > (longest.days if longest else 0):
                longest = gap
        if day in served:
            since = day
        elif not is_there(day):
            since = None
        day += DAY
    return longest


def _gap_found(gap: Gap, most: int, week: date, today: date) -> Finding:
    """Return a gap by its weekdays, or by its dates if the weekdays would be taken for others."""
    first, last = (
        (f"{gap.first:%a}", f"{gap.last:%a}")
        if gap.first >= week and gap.days < DAYS_OF_A_WEEK
        else (month_day(gap.first), month_day(gap.last))
    )
    said = f"Nothing {first} to {last}: {counted(gap.days, 'day')} in a row, {most} at most"
    return Finding(What.LONG_GAP, said, gap.last >= today)


def averaged(figures: Figures, weeks: Sequence[Counted], *, is_over: bool) -> list[Finding]:
    """Return what is said of a week below its minimum that counts on average, beside its state.

    `weeks` are those up to this one, this one too, that are judged.
    """
    if figures.average_weeks <= 1 or len(weeks) <= 1:
        return []
    brings = sum(each.minutes for each in weeks) // len(weeks)
    least = sum(each.least for each in weeks)
    is_met = sum(each.minutes for each in weeks) >= least
    verb = "Averages" if is_over else "Would average"
    said = f"{verb} {duration(brings)} over {len(weeks)} weeks"
    if is_met:
        return [Finding(What.AVERAGE_MET, f"{said}, which is enough")]
    return [Finding(What.AVERAGE_BELOW, f"{said}, below {duration(least // len(weeks))}")]
