"""Which programs there are for somebody, and how an episode of care is spoken of. Values in,
words out."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from clinic.days import WEEK, week_of
from clinic.enrollment.models import Enrollment, Outcome
from clinic.enrollment.rules import episodes, prescribed
from clinic.formats import (
    counted,
    day_numeric,
    week_range,
)
from clinic.programs.models import Population, Program
from clinic.programs.rules import INTENSITY, LEVELS

PARTINGS = {
    Outcome.COMPLETED: "They completed",
    Outcome.TRANSFERRED: "They were transferred from",
    Outcome.LEFT: "They left",
    Outcome.DISCHARGED: "They were discharged from",
}


def program_words(program: Program) -> str:
    """A program to choose: level, hours, length, site."""
    weeks = counted(program.weeks, "week") if program.weeks else "open end"
    return " · ".join((LEVELS[program.level], prescribed(program), weeks, program.site.name))


ADULT = 18  # years


class Offer(NamedTuple):
    """A program to choose for somebody, and what speaks against it."""

    program: Program
    doubt: str | None


def offers(
    programs: Iterable[Program], *, birth_on: date | None, today: date, left: Program | None = None
) -> list[Offer]:
    """The programs that there are for somebody, those that hardly fit last; `left` ends for it."""
    found = [Offer(each, _why_unfit(each, birth_on, today, left)) for each in programs]
    return sorted(found, key=lambda offer: offer.doubt is not None)


def _why_unfit(
    program: Program, birth_on: date | None, today: date, left: Program | None
) -> str | None:
    if birth_on is not None:
        age = (
            today.year - birth_on.year - ((today.month, today.day) < (birth_on.month, birth_on.day))
        )
        fits = Population.ADULT if age >= ADULT else Population.ADOLESCENT
        who = f"they are {age}"
    elif left is not None:
        fits, who = left.population, f"{left.name} is not"
    else:
        return None
    return None if program.population is fits else f"For {program.population}s; {who}."


def chosen(offered: Iterable[Offer], *, left: Program | None = None) -> Program | None:
    """The program that follows from what is known, if there is just one.

    After another program that is the next lower level of care at the same site.
    """
    fitting = [offer.program for offer in offered if offer.doubt is None]
    if left is not None:
        lower = [
            each
            for each in fitting
            if each.site_id == left.site_id and _intensity(each) < _intensity(left)
        ]
        next_lower = max(map(_intensity, lower), default=None)
        fitting = [each for each in lower if _intensity(each) == next_lower]
    return fitting[0] if len(fitting) == 1 else None


def _intensity(program: Program) -> int:
    return INTENSITY.index(program.level)


def episode_words(enrollments: Collection[Enrollment], from_on: date) -> str:
    """Whether an enrollment from a day on begins a new episode of care; nothing for the first."""
    before = [each for each in enrollments if each.from_on <= from_on]
    if not before:
        return ""
    wanted = Enrollment(id=max(each.id for each in before) + 1, from_on=from_on)  # never stored
    episode = next(each for each in episodes([*before, wanted]) if wanted in each)
    if len(episode) > 1:
        others = ", ".join(each.program.name for each in before if each in episode)
        return f"This belongs to the same episode of care as {others}."
    last = max(before, key=lambda each: (each.until_on or date.max, each.id))
    parting = PARTINGS[last.outcome or Outcome.COMPLETED]
    return (
        f"{parting} {last.program.name} on {day_numeric(last.until_on)}:"
        " this begins a new episode of care."
    )


STEPPING_DOWN = 4  # weeks of the new program of which some can be transition weeks


def weeks_after(from_on: date, week_starts: int, *, this_year: int) -> list[tuple[str, str]]:
    """The first weeks of an enrollment, to choose as weeks of stepping down."""
    first = week_of(from_on, week_starts)
    weeks = [first + number * WEEK for number in range(STEPPING_DOWN)]
    return [(str(week), week_range(week, this_year=this_year)) for week in weeks]
