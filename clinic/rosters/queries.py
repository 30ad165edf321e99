from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import true

from clinic.days import Range
from clinic.db import AnyRow
from clinic.enrollment.models import Enrollment
from clinic.participants.models import Participant
from clinic.participants.queries import search
from clinic.programs.models import Kind
from clinic.programs.queries import get_organization
from clinic.rosters.rules import Choosable, group_to_choose, person_to_choose
from clinic.schedule.models import Series
from clinic.schedule.queries.people import leaves_of, people_to_join
from clinic.schedule.queries.rosters import (
    booked_among,
    full_sessions,
    meetings_beside,
    places_on,
)
from clinic.schedule.queries.series import most_booked, series_at, series_of_leader
from clinic.schedule.rules.rosters import why_not_join, why_not_twice
from clinic.schedule.rules.series import meets_within

LISTED = 60  # people that are shown before names have to be typed
FOUND = 12  # people that a search by name shows


def groups_to_choose(
    enrollment: Enrollment,
    *,
    days: Range,
    but: int | None = None,
    scope: int | None,
    now: datetime,
) -> list[Choosable]:
    """The groups that somebody may put an enrollment on, those that it can be put on first.

    Of places for one person only those that are free. `but` is the group that it leaves.
    """
    site, program_id = enrollment.program.site, enrollment.program_id
    groups = [one for one in series_at(site.id, running_on=site.today(now)) if one.id != but]
    if scope is not None and enrollment.clinician_id != scope:
        led = series_of_leader(scope)
        groups = [one for one in groups if one.id in led]
    whys = _why_not([enrollment], groups, site_id=site.id, days=days, but=but, now=now)
    booked = most_booked([one.id for one in groups], after=now)
    groups.sort(key=lambda one: ((enrollment.id, one.id) in whys, one.program_id != program_id))
    found = [
        Choosable(
            one.id,
            group_to_choose(one, booked=booked.get(one.id, 0), program_id=program_id),
            whys.get((enrollment.id, one.id)),
        )
        for one in groups
    ]
    alone = {one.id for one in groups if one.kind is Kind.INDIVIDUAL}
    return [each for each in found if each.why_not is None or each.id not in alone]


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
    places = _places([series.id], [row.id for row in rows])
    is_on = {row.id for row in rows if why_not_twice(days, places[row.id, series.id])}
    rows = [row for row in rows if row.id in named or row.id not in is_on]
    whys = _why_not(rows, [series], site_id=series.site_id, days=days, now=now)
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


def _why_not(
    people: Sequence[Any],
    groups: Sequence[Series],
    *,
    site_id: int,
    days: Range,
    but: int | None = None,
    now: datetime,
) -> dict[tuple[int, int], str]:
    """Enrollment and group to why the one cannot be put on the other; nothing where it can."""
    ids, series_ids = [one.id for one in people], [one.id for one in groups]
    already = _places(series_ids, ids)
    full = full_sessions(series_ids, since=days.from_on, now=now)
    booked = booked_among([row.id for row in full], ids)
    participant_ids = {one.participant_id for one in people}
    beside: dict[tuple[int, int], dict[str, list[date]]] = defaultdict(lambda: defaultdict(list))
    for participant_id, series_id, day, title in meetings_beside(
        series_ids, participant_ids, site_id=site_id, since=days.from_on, but=but, now=now
    ):
        beside[participant_id, series_id][title].append(day)
    away, week_starts = leaves_of(ids), get_organization().week_starts
    found = {
        (one.id, group.id): why_not_join(
            group.title,
            days=days,
            enrolled=Range(one.from_on, one.until_on),
            runs=Range(group.from_on, group.until_on),
            meets=partial(meets_within, group, week_starts),
            already=already[one.id, group.id],
            away=away[one.id],
            full=[
                row.day
                for row in full
                if row.series_id == group.id and (row.id, one.id) not in booked
            ],
            beside=beside[one.participant_id, group.id],
        )
        for one in people
        for group in groups
    }
    return {pair: why for pair, why in found.items() if why is not None}


def _places(
    series_ids: Collection[int], ids: Collection[int]
) -> defaultdict[tuple[int, int], list[Range]]:
    """The days for which enrollments are on groups already, by enrollment and group."""
    found = defaultdict[tuple[int, int], list[Range]](list)
    for enrollment_id, series_id, *place in places_on(series_ids, ids):
        found[enrollment_id, series_id].append(Range(*place))
    return found
