from collections.abc import Collection, Iterable
from datetime import date

from clinic.schedule.rules.words import listed


def clash_sentence(what: str, days: Collection[date]) -> str:
    """What is wrong when somebody or something is wanted twice at a time."""
    return f"{what} are at the same time on {listed(sorted(days))}."


def wanted_twice(name: str, one: str, other: str) -> str:
    """Whom or what two sessions want at a time, for `clash_sentence`."""
    return f"{name} is wanted twice: {one} and {other}"


def clash_sentences(clashes: Iterable[tuple[str, tuple[str, str], date]]) -> list[str]:
    """What is wanted twice at a time, a sentence a pair: its name, the two titles and the day."""
    found: dict[str, set[date]] = {}
    for name, titles, day in clashes:
        found.setdefault(wanted_twice(name, *titles), set()).add(day)
    return [clash_sentence(what, days) for what, days in found.items()]
