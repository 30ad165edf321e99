"""What a change of one session leads to, in words and weeks. Values in, values out."""

from collections.abc import Iterator, Sequence
from datetime import date

from clinic.admissions.rules import Picture, hours_warnings, shown
from clinic.consequences import Change, Consequences, Part
from clinic.formats import month_day
from clinic.names import sort_key

NOBODYS = "Nobody’s hours change."


def consequences(
    before: Picture,
    after: Picture,
    *,
    heading: str = "What changes",
    sentences: Sequence[str] = (),
    changes: Sequence[Change] = (),
    doubts: Sequence[str] = (),
    with_hours: bool = True,
    week: date,
) -> Consequences:
    """What an act leads to, with whose hours become others; `week` is the first day of this one."""
    weeks = tuple(_weeks_changed(before, after))
    hours = Part("Hours", () if weeks else (NOBODYS,), weeks=weeks)
    return Consequences(
        (
            Part(heading, tuple(sentences), tuple(changes)),
            *([hours] if with_hours else []),
        ),
        (*doubts, *hours_warnings(before, after, week=week)),
    )


def _weeks_changed(before: Picture, after: Picture) -> Iterator[Change]:
    """The weeks that read otherwise afterwards, by whose they are."""
    names = before.programs | after.programs
    keys = sorted(before.weeks | after.weeks, key=lambda key: (sort_key(names[key[0]]), key))
    for key in keys:
        was, will = before.weeks.get(key), after.weeks.get(key)
        if shown(was) != shown(will):
            yield Change(names[key[0]], was, will, f"week of {month_day(key[1])}")
