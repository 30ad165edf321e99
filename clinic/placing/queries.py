"""Which groups somebody can be put on, and why not on others."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import select

from clinic.days import Range, WeeklyTime, minute_of
from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.enrollment.rules import target_on
from clinic.placing.rules import Block, Day, Goal, Week, block_of, goal_of, week_from, why_doubt
from clinic.programs.models import DayPart, MixItem, Organization, Program
from clinic.programs.queries import get_organization
from clinic.schedule.models import Series
from clinic.schedule.queries.people import leaves_of
from clinic.schedule.queries.rosters import (
    booked_among,
    full_sessions,
    meetings_beside,
    places_on,
)
from clinic.schedule.queries.series import most_taken, series_at, series_of_leader
from clinic.schedule.rules.rosters import why_not_join
from clinic.schedule.rules.series import meets_within
from clinic.schedule.rules.sessions import day_part
from clinic.schedule.rules.words import group_name, led_name


class Who(NamedTuple):
    """An enrollment that is still to be, as far as groups ask for it; nothing has the id 0."""

    participant_id: int
    from_on: date
    until_on: date | None
    id: int = 0


class Leaving(NamedTuple):
    """What ends where somebody goes on elsewhere, and so is not in the way."""

    series_id: int | None = None
    enrollment_id: int | None = None


NOTHING = Leaving()


def groups_of(program: Program, *, running_on: date) -> list[Series]:
    """The groups of a program that have not ended on a day."""
    groups = series_at(program.site_id, running_on=running_on)
    return [one for one in groups if one.program_id == program.id]


def groups_for(
    enrollment: Enrollment, *, scope: int | None, running_on: date, but: int | None = None
) -> list[Series]:
    """The groups at its site that somebody may put an enrollment on; `but` is one it leaves."""
    groups = series_at(enrollment.program.site_id, running_on=running_on)
    if scope is not None and enrollment.clinician_id != scope:
        led = series_of_leader(scope)
        groups = [one for one in groups if one.id in led]
    return [one for one in groups if one.id != but]


def with_theirs(
    groups: Sequence[Series],
    enrollment: Enrollment,
    *,
    days: Range,
    running_on: date,
    but: int | None,
) -> list[Series]:
    """These groups and all that an enrollment is on in these days, which count to its week
    whoever leads them; `but` is one it leaves."""
    everything = groups_for(enrollment, scope=None, running_on=running_on, but=but)
    places = places_of([one.id for one in everything], [enrollment.id])
    offered = {one.id for one in groups}
    return [
        one
        for one in everything
        if one.id in offered or any(days.overlaps(each) for each in places[enrollment.id, one.id])
    ]


def own_week(enrollment: Enrollment, *, running_on: date, now: datetime) -> list[Day]:
    """The days of the week on which somebody meets with a group, from a day on."""
    groups = groups_for(enrollment, scope=None, running_on=running_on)
    program, target = enrollment.program, target_on(enrollment, running_on)
    goal = Goal(target.min_minutes, target.max_minutes, target.min_service_days)
    days = Range(running_on, None)
    week = week_to_choose(groups, enrollment, goal, program=program, days=days, now=now)
    theirs = (
        day._replace(
            parts=[(part, [one for one in blocks if one.is_theirs]) for part, blocks in day.parts]
        )
        for day in week.days
    )
    return [day for day in theirs if day.blocks]


def goal_in(program: Program, *, least: int, most: int, min_days: int | None = None) -> Goal:
    """What a week in a program is held against."""
    mix = db.scalars(
        select(MixItem).where(MixItem.program_id == program.id).order_by(MixItem.kind)
    ).all()
    return goal_of(program, mix, least=least, most=most, min_days=min_days)


def week_to_choose(
    groups: Sequence[Series],
    who: Who | Enrollment,
    goal: Goal,
    *,
    program: Program,
    days: Range,
    busy: Collection[WeeklyTime] = (),
    chosen: Collection[int | None] = (),
    first_leader: str = "",
    leaving: Leaving = NOTHING,
    now: datetime,
) -> Week:
    """Groups as a week to choose from for some days: their seats, and what is in the way."""
    organization = get_organization()
    places = places_of([one.id for one in groups], [who.id])
    whys = why_not(
        [who], groups, places, site_id=program.site_id, days=days, leaving=leaving, now=now
    )
    booked = most_taken([one.id for one in groups], after=now)

    def block(one: Series) -> Block:
        part = _part_of(one, organization)
        found = block_of(one, part, booked=booked.get(one.id, 0), program_id=program.id)
        return found._replace(
            why_not=whys.get((who.id, one.id)),
            doubt=why_doubt(found, busy),
            is_theirs=any(days.overlaps(each) for each in places[who.id, one.id]),
            is_chosen=one.id in chosen,
        )

    starts = organization.week_starts
    return week_from(map(block, groups), goal, week_starts=starts, first_leader=first_leader)


def _part_of(series: Series, organization: Organization) -> DayPart:
    return DayPart(
        day_part(
            minute_of(series.plan.starts),
            afternoon_from=organization.afternoon_from,
            evening_from=organization.evening_from,
        )
    )


def why_not(
    people: Sequence[Any],
    groups: Sequence[Series],
    already: Mapping[tuple[int, int], Collection[Range]],
    *,
    site_id: int,
    days: Range,
    leaving: Leaving = NOTHING,
    now: datetime,
) -> dict[tuple[int, int], str]:
    """Enrollment and group to why the one cannot be put on the other; nothing where it can.

    `already` are the places that they have, as `places_of` has them.
    """
    ids, series_ids = [one.id for one in people], [one.id for one in groups]
    full = full_sessions(series_ids, since=days.from_on, now=now)
    booked = booked_among([row.id for row in full], ids)
    participant_ids = {one.participant_id for one in people}
    beside: dict[tuple[int, int], dict[str, list[date]]] = defaultdict(lambda: defaultdict(list))
    for other in meetings_beside(
        series_ids,
        participant_ids,
        site_id=site_id,
        since=days.from_on,
        but=leaving.series_id,
        but_of=leaving.enrollment_id,
        now=now,
    ):
        beside[other.participant_id, other.series_id][led_name(other)].append(other.day)
    away, week_starts = leaves_of(ids), get_organization().week_starts
    found = {
        (one.id, group.id): why_not_join(
            group_name(group),
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


def places_of(
    series_ids: Collection[int], ids: Collection[int]
) -> defaultdict[tuple[int, int], list[Range]]:
    """The days for which enrollments are on groups already, by enrollment and group."""
    found = defaultdict[tuple[int, int], list[Range]](list)
    for enrollment_id, series_id, *place in places_on(series_ids, ids):
        found[enrollment_id, series_id].append(Range(*place))
    return found
