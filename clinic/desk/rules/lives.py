"""How the life of an enrollment is spoken of. Values in, words out."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from clinic.days import SHORT_WEEKDAYS, wall_at
from clinic.enrollment.models import Enrollment, Outcome
from clinic.enrollment.rules import episodes, target_in_words
from clinic.formats import counted, day_numeric, duration, wall_range
from clinic.programs.models import Program
from clinic.programs.rules import LEVELS
from clinic.schedule.models import Series
from clinic.schedule.rules.words import meets, seats_words


def times_words(times: Iterable[tuple[int, int, int]]) -> str:
    """Weekly times: `Mon, Wed 8:00 am – 4:00 pm`."""
    days: dict[tuple[int, int], list[str]] = {}
    for weekday, first, last in sorted(times):
        days.setdefault((first, last), []).append(SHORT_WEEKDAYS[weekday])
    return "; ".join(
        f"{', '.join(names)} {wall_range(wall_at(first), wall_at(last))}"
        for (first, last), names in days.items()
    )


PARTINGS = {
    Outcome.COMPLETED: "They completed",
    Outcome.TRANSFERRED: "They were transferred from",
    Outcome.LEFT: "They left",
    Outcome.DISCHARGED: "They were discharged from",
}


def hours_words(program: Program) -> str:
    """What a program prescribes: `9 – 12 hours a week on at least 3 days`."""
    return target_in_words(program.min_minutes, program.max_minutes, program.min_service_days)


def program_words(program: Program) -> str:
    """A program to choose: level, hours, length, site."""
    weeks = counted(program.weeks, "week") if program.weeks else "open end"
    return " · ".join((LEVELS[program.level], hours_words(program), weeks, program.site.name))


@dataclass
class _ToCome:
    """An enrollment that is being thought of."""

    id: int
    from_on: date
    until_on: date | None = None
    outcome: Outcome | None = None
    continues_id: int | None = None


def episode_words(enrollments: Collection[Enrollment], from_on: date) -> str:
    """Whether an enrollment from a day on begins a new episode of care; nothing for the first."""
    before = [each for each in enrollments if each.from_on <= from_on]
    if not before:
        return ""
    wanted = _ToCome(max(each.id for each in before) + 1, from_on)
    everything: list[Enrollment | _ToCome] = [*before, wanted]
    episode = next(each for each in episodes(everything) if wanted in each)
    if len(episode) > 1:
        others = ", ".join(each.program.name for each in before if each in episode)
        return f"This belongs to the same episode of care as {others}."
    last = max(before, key=lambda each: (each.until_on or date.max, each.id))
    parting = PARTINGS[last.outcome or Outcome.COMPLETED]
    return (
        f"{parting} {last.program.name} on {day_numeric(last.until_on)}:"
        " this begins a new episode of care."
    )


def group_words(series: Series, *, booked: int) -> str:
    """A group to choose: `Process, Mon 6:00 – 9:00 pm · 3 h a week · 3 of 12 seats taken`."""
    length = (series.ends.hour - series.starts.hour) * 60 + series.ends.minute
    minutes = length - series.starts.minute - series.break_minutes
    weekly = minutes * len(series.weekdays) // series.every_weeks
    seats = "full" if booked >= series.seats else f"{seats_words(booked, series.seats)} seats taken"
    return f"{series.title}, {meets(series)} · {duration(weekly)} a week · {seats}"
