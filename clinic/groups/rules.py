"""What a change of a group means for the weeks of whoever is on it. Values in, values out."""

from collections.abc import Mapping
from datetime import date

from clinic.consequences import Part
from clinic.formats import counted, duration, month_day
from clinic.names import sort_key

Lacking = Mapping[tuple[int, date], int]  # by enrollment and week, the minutes that are missing


def first_lacking(before: Lacking, after: Lacking) -> dict[int, tuple[date, int]]:
    """Enrollment to the first week that lacks more minutes afterwards, and how many then."""
    found: dict[int, tuple[date, int]] = {}
    for (enrollment_id, week), missing in sorted(after.items()):
        if missing > before.get((enrollment_id, week), 0):
            found.setdefault(enrollment_id, (week, missing))
    return found


def lacking_part(found: Mapping[int, tuple[date, int]], names: Mapping[int, str]) -> Part:
    """The same in words: how many there are, and the week of each by their name."""
    whose = sorted(found, key=lambda each: (sort_key(names[each]), each))
    lines = tuple(
        f"{names[each]}: {duration(missing)} missing in the week of {month_day(week)}"
        for each in whose
        for week, missing in [found[each]]
    )
    people = counted(len(lines), "person", "people")
    sentence = f"{people} would have fewer hours than prescribed."
    return Part("Hours", (sentence,), lists=(Part("The first week of each", lines),))
