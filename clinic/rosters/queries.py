from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import true

from clinic.days import Range
from clinic.db import AnyRow
from clinic.participants.models import Participant
from clinic.participants.queries import search
from clinic.placing.queries import places_of, why_not
from clinic.rosters.rules import Choosable, person_to_choose
from clinic.schedule.models import Series
from clinic.schedule.queries.people import leaves_of, people_to_join
from clinic.schedule.rules.rosters import why_not_twice

LISTED = 60  # people that are shown before names have to be typed
FOUND = 12  # people that a search by name shows


def people_to_choose(
    series: Series,
    *,
    days: Range,
    words: str,
    chosen: Collection[int],
    scope: int | None,
    now: datetime,
) -> tuple[list[Choosable], list[AnyRow], bool]:
    """The enrollments that somebody may put on a group, those that can be first; their rows; and
    whether a name that was typed is nobody's of them.

    Those of its program who are not on it, those chosen, and whom a search by name finds; of both
    also whose enrollment is over by then, with that as the reason.
    """
    since = min(days.from_on, series.site.today(now))
    rows = people_to_join(series, since=since, scope=scope, only=true())
    found = _found(words, rows)
    named = {*chosen, *found}
    rows = [row for row in rows if row.id in named or _is_enrolled(row, series, days)]
    places = places_of([series.id], [row.id for row in rows])
    is_on = {row.id for row in rows if why_not_twice(days, places[row.id, series.id])}
    rows = [row for row in rows if row.id in named or row.id not in is_on]
    whys = why_not(rows, [series], places, site_id=series.site_id, days=days, now=now)
    listed = [row for row in rows if row.id not in named][:LISTED]
    rows = [row for row in rows if row.id in named or row in listed]
    rows.sort(key=lambda row: (row.id, series.id) in whys)
    away = leaves_of([row.id for row in rows])
    times = Counter((row.name, row.program_id) for row in rows)
    return (
        [
            Choosable(
                row.id,
                person_to_choose(
                    row,
                    days=days,
                    away=away[row.id],
                    program_id=series.program_id,
                    is_alike=times[row.name, row.program_id] > 1,
                ),
                whys.get((row.id, series.id)),
            )
            for row in rows
        ],
        rows,
        bool(words) and not found,
    )


def _is_enrolled(row: AnyRow, series: Series, days: Range) -> bool:
    """Whether an enrollment is one in the program of a group that is not over by these days."""
    is_over = row.until_on is not None and row.until_on < days.from_on
    return row.program_id == series.program_id and not is_over


def _found(words: str, rows: Sequence[AnyRow]) -> set[int]:
    """The enrollments, of these, of those whom a name that was typed may mean."""
    if not words:
        return set()
    theirs = Participant.id.in_({row.participant_id for row in rows})
    people = {row.id for row in search(words, page=1, only=theirs)[0][:FOUND]}
    return {row.id for row in rows if row.participant_id in people}
