from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, select

from clinic.days import Range, Span
from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.programs.queries import closures_of
from clinic.schedule.models import Booking, Session, SessionLeader
from clinic.schedule.queries.bookings import HOLDS_A_SEAT
from clinic.schedule.queries.offers import rooms_to_offer
from clinic.schedule.queries.people import Away, away_of
from clinic.schedule.queries.staff import Times, times_of_staff
from clinic.schedule.rules.availability import working_hours
from clinic.schedule.rules.slots import Slot, free_of, slots, spans_on


def spans_of_staff(staff_id: int, first: date, last: date) -> list[Span]:
    """When somebody leads, around these days."""
    return _spans(
        first,
        last,
        exists().where(SessionLeader.session_id == Session.id, SessionLeader.staff_id == staff_id),
    )


def spans_of_participants(participant_ids: Collection[int], first: date, last: date) -> list[Span]:
    """When any of these people has a session, around these days."""
    theirs = (
        exists()
        .where(Booking.session_id == Session.id, HOLDS_A_SEAT)
        .where(Enrollment.id == Booking.enrollment_id)
        .where(Enrollment.participant_id.in_(participant_ids))
    )
    return _spans(first, last, theirs)


def _spans(first: date, last: date, condition: ColumnElement[bool]) -> list[Span]:
    day = timedelta(days=1)  # at another site it may be another day
    rows = db.execute(
        select(Session.starts_at, Session.ends_at).where(
            Session.day.between(first - day, last + day), ~Session.is_cancelled, condition
        )
    )
    return [Span(*row) for row in rows]


def spans_of_rooms(site_id: int, first: date, last: date) -> dict[int | None, list[Span]]:
    """Room id to when it is taken, on these days of its site."""
    found: dict[int | None, list[Span]] = defaultdict(list)
    for room_id, starts_at, ends_at in db.execute(
        select(Session.room_id, Session.starts_at, Session.ends_at).where(
            Session.site_id == site_id,
            Session.day.between(first, last),
            Session.room_id.is_not(None),
            ~Session.is_cancelled,
        )
    ):
        found[room_id].append(Span(starts_at, ends_at))
    return found


class Wanted(NamedTuple):
    """For what a free time is looked for: whose, how long, and in how large a room, if in any."""

    site_id: int
    zone: ZoneInfo
    lead_id: int
    enrolled: dict[int, Range]  # enrollments and their days
    participant_ids: Collection[int]
    minutes: int
    seats: int | None


class Day(NamedTuple):
    """The free times of a day, or why it has none."""

    day: date
    slots: list[Slot]
    note: str


def free_times(wanted: Wanted, days: Sequence[date], *, now: datetime) -> list[Day]:
    """When everyone and a room are free on these days, from now on."""
    first, last = days[0], days[-1]
    times = times_of_staff([wanted.lead_id])
    away = away_of(wanted.enrolled)
    closures = [(each.from_on, each.until_on, each.name) for each in closures_of(wanted.site_id)]
    busy = [
        Span(datetime.combine(first - timedelta(days=1), time.min, UTC), now),
        *spans_of_staff(wanted.lead_id, first, last),
        *spans_of_participants(wanted.participant_ids, first, last),
    ]
    unavailable = [each for those in away.busy.values() for each in those]
    rooms = free_rooms(wanted.site_id, first, last, seats=wanted.seats)
    working = working_hours(times.hours[wanted.lead_id])
    found = []
    for day in days:
        note = _why_no_time(day, wanted, times, away, closures)
        free = (
            []
            if note
            else free_of(
                spans_on(day, working, wanted.zone),
                [*busy, *spans_on(day, unavailable, wanted.zone)],
            )
        )
        proposed = slots(free, minutes=wanted.minutes, rooms=rooms, at=wanted.zone)
        found.append(Day(day, list(proposed), note))
    return found


def _why_no_time(
    day: date,
    wanted: Wanted,
    times: Times,
    away: Away,
    closures: Collection[tuple[date, date, str]],
) -> str:
    if closed := next((name for first, last, name in closures if first <= day <= last), None):
        return f"Closed: {closed}"
    if any(off.covers(day) for off in times.off[wanted.lead_id]):
        return "Time off"
    if any(not enrolled.covers(day) for enrolled in wanted.enrolled.values()):
        return "Not enrolled"
    if any(leave.covers(day) for leaves in away.leaves.values() for leave in leaves):
        return "On leave"
    return ""


def free_rooms(
    site_id: int, first: date, last: date, *, seats: int | None
) -> list[tuple[int | None, list[Span]]]:
    """Rooms of enough seats, the smallest first, and when they are taken; no room for no seats."""
    if seats is None:
        return [(None, [])]
    taken = spans_of_rooms(site_id, first, last)
    return [
        (room.id, taken.get(room.id, [])) for room in rooms_to_offer(site_id) if room.seats >= seats
    ]
