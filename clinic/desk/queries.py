from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import select

from clinic.attendance.queries import calls_of
from clinic.coverage.rules import NOTHING, Cover
from clinic.days import DAY, week_of
from clinic.db import AnyRow, db
from clinic.desk.rules import Free
from clinic.enrollment.models import Enrollment
from clinic.hours.queries import EnrollmentWeek, losses_of, weeks_of
from clinic.hours.rules import WeekOf
from clinic.makeups.queries import places_for
from clinic.makeups.rules import Place, Ranked
from clinic.offers.rules import suggested
from clinic.programs.queries import Home
from clinic.schedule.models import Session
from clinic.schedule.queries.bookings import bookings_of
from clinic.schedule.queries.staff import led_by

AHEAD = timedelta(weeks=3)


def visits_of(
    enrollments: Iterable[Enrollment], today: date, until: date | None = None
) -> Sequence[AnyRow]:
    """What somebody is booked for from today on, wherever that is, by start."""
    return bookings_of([each.id for each in enrollments], today - DAY, until or today + AHEAD)


def visits_on(
    enrollments: Iterable[Enrollment],
    today: date,
    first_on: date | None,
    last_on: date,
    *,
    now: datetime,
) -> list[AnyRow]:
    """What somebody is booked for from now, or a first day, through a day; none that is over."""
    rows = visits_of(enrollments, today, last_on)
    first = today - DAY if first_on is None or first_on <= today else first_on
    return [row for row in rows if row.ends_at > now and row.day >= first]


def called_off(
    enrollments: Collection[Enrollment], today: date, scope: int | None, *, now: datetime
) -> dict[str, list[AnyRow]]:
    """What somebody was called off in and could still come to, by the act that did, whose ever it
    was: of the sessions in which one may mark them."""
    calls = calls_of([each.id for each in enrollments], today, now=now)
    own = own_of([*chain(*calls.values())], enrollments, scope) if calls else set()
    mine = {act: [row for row in rows if row.session_id in own] for act, rows in calls.items()}
    return {act: rows for act, rows in mine.items() if rows}


def own_of(
    rows: Iterable[AnyRow], enrollments: Iterable[Enrollment], scope: int | None
) -> set[int]:
    """The sessions, of these, in which somebody may mark this person.

    For whom there is a limit: those that they lead, and all of whom they care for.
    """
    theirs = {each.id for each in enrollments if scope in {None, each.clinician_id}}
    led = led_of(rows, scope)
    return {*led, *(row.session_id for row in rows if row.enrollment_id in theirs)}


def led_of(rows: Iterable[Any], scope: int | None) -> set[int]:
    """The sessions, of these, that somebody leads; all of them for whom there is no limit."""
    ids = {row.session_id for row in rows}
    if scope is None:
        return ids
    return set(db.scalars(select(Session.id).where(Session.id.in_(ids), led_by(scope))))


def weeks_until(
    enrollments: Iterable[Enrollment], last: date, home: Home, *, now: datetime
) -> list[EnrollmentWeek]:
    """The weeks of these enrollments from this one to that of a day, by their first days."""
    ids = [each.id for each in enrollments]
    found = weeks_of(ids, now=now, first=home.week, last=week_of(last, home.week_starts))
    return [each._replace(hours=each.hours.settled) for each in found]


def free_seats(
    enrollments: Collection[Enrollment],
    weeks: Collection[date],
    *,
    short: Collection[int] = (),
    now: datetime,
) -> Free:
    """The sessions of these weeks that somebody could join, none that is over.

    What they could join with several enrollments is for one whose week is `short`, else for that
    of its program: the hours go there.
    """
    found = places_for(
        [each.id for each in enrollments], min(weeks), max(weeks), now=now, begun=True
    )
    joined_by: dict[int, Enrollment] = {}
    places = {}

    def rank(each: Enrollment, place: Place) -> tuple[bool, bool]:
        return each.id not in short, each.program_id != place.program_id

    for each in enrollments:
        for place in found[each.id]:
            other = joined_by.get(place.session_id)
            if place.week in weeks and (other is None or rank(each, place) < rank(other, place)):
                joined_by[place.session_id] = each
                places[place.session_id] = place
    by_start = sorted(places.values(), key=lambda each: (each.starts_at, each.session_id))
    return Free(by_start, {session_id: each.id for session_id, each in joined_by.items()})


def best_of(
    free: Free,
    weeks: Mapping[int, WeekOf],
    offers: Collection[AnyRow],
    uncovered: Collection[int],
    *,
    now: datetime,
) -> list[Ranked]:
    """The free seats that bring somebody hours which they lack, those to offer first at their head;
    `weeks` are those that run, by their enrollments, `offers` what they were offered before, and
    `uncovered` the sessions that go beyond what is authorized."""
    missing = {each: week for each, week in weeks.items() if week.missing}
    if not missing or not free.places:
        return []
    losses = losses_of(missing, min(week.week for week in missing.values()), now=now)
    return [
        best
        for each, week in missing.items()
        for best in suggested(
            [
                place
                for place in free.places
                if free.joined_by[place.session_id] == each and place.week == week.week
            ],
            losses[each],
            [row for row in offers if row.enrollment_id == each],
            missing=week.missing,
            is_covered=lambda place: place.session_id not in uncovered,
            most=None,
        )
    ]


def uncovered_of(free: Free, covers: Mapping[int, Cover]) -> set[int]:
    """Which of the free seats go beyond what is authorized for them: whoever adds them there, or
    offers one, says why."""
    return {
        place.session_id
        for place in free.places
        if not covers.get(free.joined_by[place.session_id], NOTHING).covers_place(place)
    }
