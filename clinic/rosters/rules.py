"""What can be chosen for a roster, and what an act on it leads to, in words."""

from collections.abc import Collection, Iterable
from itertools import chain
from typing import Any, NamedTuple

from clinic.consequences import Consequences, Part
from clinic.days import Range
from clinic.formats import day_short


class Choosable(NamedTuple):
    """An enrollment that can be chosen, or why it cannot."""

    id: int
    words: str
    why_not: str | None


def person_to_choose(
    person: Any, *, days: Range, away: Iterable[Range], program_id: int, is_alike: bool
) -> str:
    """A name with all that a leader should know of it: who it is, and from when they come."""
    number = f" ({person.number})" if is_alike else ""
    program = "" if person.program_id == program_id else person.program
    begins = f"enrolled from {day_short(person.from_on)}" if person.from_on > days.from_on else ""
    last_on = next((leave.until_on for leave in away if leave.covers(days.from_on)), None)
    leave = f"on leave through {day_short(last_on)}" if last_on else ""
    return ", ".join(filter(None, (f"{person.name}{number}", program, begins, leave)))


def by_person(found: Collection[tuple[str, Consequences]]) -> Consequences:
    """What an act leads to for people, of whom two may have the same name: a part for each."""
    return Consequences(
        tuple(_as_one(name, one.parts) for name, one in found),
        tuple(f"{name}: {each}" for name, one in found for each in one.warnings),
        tuple(more for _, one in found for more in one.beyond),
    )


def _as_one(name: str, parts: Iterable[Part]) -> Part:
    parts = list(parts)
    return Part(
        name,
        tuple(chain.from_iterable(each.sentences for each in parts)),
        tuple(chain.from_iterable(each.changes for each in parts)),
        tuple(chain.from_iterable(each.lists for each in parts)),
        tuple(chain.from_iterable(each.weeks for each in parts)),
    )
