from collections.abc import Collection
from datetime import date

from clinic.days import WEEK, Range, week_of
from clinic.formats import (
    week_range,
)

WEEKS_BEHIND = 8  # that can be chosen as weeks of stepping down
WEEKS_AHEAD = 12


def weeks_around(
    today: date, week_starts: int, *, enrolled: Range, chosen: Collection[date]
) -> list[tuple[str, str]]:
    """The weeks of an enrollment around today, and those that are chosen already."""
    this = week_of(today, week_starts)
    near = (this + number * WEEK for number in range(-WEEKS_BEHIND, WEEKS_AHEAD))
    first, last = week_of(enrolled.from_on, week_starts), enrolled.until_on or date.max
    weeks = sorted({*chosen, *(week for week in near if first <= week <= last)})
    return [(str(week), week_range(week, this_year=this.year)) for week in weeks]
