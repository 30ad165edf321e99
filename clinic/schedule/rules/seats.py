from collections.abc import Collection, Iterator
from datetime import date
from typing import NamedTuple

from clinic.formats import counted
from clinic.programs.models import Kind, Measure, Population, Rule
from clinic.programs.rules import figure
from clinic.schedule.rules.words import listed


def free_seats(taken: Collection[int | None], seats: int) -> Iterator[int]:
    """The free seat numbers, lowest first."""
    return (number for number in range(1, seats + 1) if number not in taken)


def why_too_few_seats(title: str, day: date, *, booked: int, seats: int) -> str | None:
    """The sentence when more people are booked than a session would have seats."""
    if booked <= seats:
        return None
    return f"{title} on {listed([day])} has {booked} people on its roster, {seats} seats."


def why_full(title: str, days: Collection[date], *, free: int = 0, wanted: int = 1) -> str | None:
    """The sentence when a session has too few free seats on some days; None when there are none."""
    if not days:
        return None
    seats = counted(free, "free seat") if free else "no free seat"
    asked = f", not {wanted}" if free else ""
    return f"{title} has {seats} on {listed(sorted(days))}{asked}."


def why_not_people(participant_ids: Collection[int]) -> str | None:
    """Why these people cannot be booked into one session."""
    if not participant_ids:
        return "Choose who it is for."
    if len(set(participant_ids)) < len(participant_ids):
        return "The same person is chosen twice."
    return None


def why_too_many(people: int, seats: int) -> str | None:
    """Why so many people cannot be booked into a session of so many seats."""
    if people > seats:
        return f"{counted(people, 'person', 'people')} cannot sit on {counted(seats, 'seat')}."
    return None


def seat_warnings(
    figures: Collection[Rule], *, seats: int, kind: Kind, population: Population, leaders: int
) -> list[str]:
    """What the program's rule set says against so many seats. It warns; a room's seats refuse."""
    applies = {"population": population, "kind": kind, "leaders": leaders}
    most = figure(figures, Measure.SEATS_MAX, **applies)  # type: ignore[arg-type]  # by name
    least = figure(figures, Measure.SEATS_MIN, **applies)  # type: ignore[arg-type]  # by name
    led = counted(leaders, "leader")
    if most is not None and seats > most:
        return [f"The rule set allows {most} in a session of this kind with {led}, not {seats}."]
    if least is not None and seats < least:
        return [f"The rule set asks for places for {least} or more in a session of this kind."]
    return []


class Rail(NamedTuple):
    """What the rule set says of how many may be there, and whether it is broken."""

    sentence: str
    is_broken: bool


def group_rail(
    figures: Collection[Rule],
    *,
    kind: Kind,
    population: Population,
    leaders: int,
    people: int,
    rule_set: str,
) -> Rail | None:
    """What the rule set says against as many people with as many leaders as are there now, or
    else how many there may be; nothing where it says nothing."""

    def most_with(number: int) -> int | None:
        return figure(figures, Measure.SEATS_MAX, population=population, kind=kind, leaders=number)

    what = "this group" if kind is Kind.GROUP else "this session"
    led = counted(leaders, "leader") if leaders else "no leader"
    here = f"{people} {'is' if people == 1 else 'are'} here"
    most = most_with(leaders)
    least = figure(figures, Measure.SEATS_MIN, population=population, kind=kind, leaders=leaders)
    if most is not None and people > most:
        sentence = f"With {led} {what} may hold {most} ({rule_set}): {here}."
        more = most_with(leaders + 1)
        if more is not None and more > most:
            sentence += f" With {counted(leaders + 1, 'leader')} it may hold {more}."
        return Rail(sentence, is_broken=True)
    if least is not None and people < least:
        return Rail(f"{what.capitalize()} needs {least} or more ({rule_set}): {here}.", True)
    if most is not None:
        return Rail(f"With {led} {what} may hold {most} ({rule_set}).", is_broken=False)
    return None
