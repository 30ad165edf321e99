from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time
from itertools import chain

from sqlalchemy import ColumnElement, exists, select

from clinic.days import DAY, Range, Span
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.programs.models import Site
from clinic.programs.queries import closures_of
from clinic.schedule.models import Booking, Session, SessionLeader
from clinic.schedule.queries.bookings import HOLDS_A_SEAT
from clinic.schedule.queries.offers import rooms_to_offer
from clinic.schedule.queries.people import busy_of, leaves_of
from clinic.schedule.queries.staff import hours_of, time_off_of
from clinic.schedule.rules.availability import working_hours
from clinic.schedule.rules.sessions import closure_on
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
    around = Session.day.between(first - DAY, last + DAY)  # at another site it may be another day
    rows = db.execute(
        select(Session.starts_at, Session.ends_at).where(around, ~Session.is_cancelled, condition)
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


def free_times(
    site: Site,
    days: Sequence[date],
    *,
    lead_id: int,
    people: Collection[AnyRow] = (),
    minutes: int,
    seats: int | None = None,
    now: datetime,
) -> list[tuple[date, list[Slot], str]]:
    """When all these and a room of so many seats are free on these days, from now on.

    Days with their slots, and why they have none; no seats stand for no room. `people` are those
    of `people_to_plan`.
    """
    first, last = days[0], days[-1]
    busy = [
        Span(datetime.combine(first - DAY, time.min, UTC), now),
        *spans_of_staff(lead_id, first, last),
        *spans_of_participants([person.participant_id for person in people], first, last),
    ]
    unavailable = list(chain(*busy_of([person.id for person in people]).values()))
    rooms = free_rooms(site.id, first, last, seats=seats)
    working = working_hours(hours_of([lead_id])[lead_id])
    notes = _notes(site.id, days, lead_id, people)
    found = []
    for day in days:
        free = free_of(
            spans_on(day, working if not notes[day] else (), site.zone),
            [*busy, *spans_on(day, unavailable, site.zone)],
        )
        proposed = slots(free, minutes=minutes, rooms=rooms, at=site.zone)
        found.append((day, list(proposed), notes[day]))
    return found


def _notes(
    site_id: int, days: Sequence[date], lead_id: int, people: Collection[AnyRow]
) -> dict[date, str]:
    """Why whole days have no free time; nothing where they may have some."""
    closures, off = closures_of(site_id), time_off_of([lead_id])[lead_id]
    enrolled = [Range(person.from_on, person.until_on) for person in people]
    leaves = list(chain(*leaves_of([person.id for person in people]).values()))

    def note(day: date) -> str:
        if closure := closure_on(day, closures):
            return f"Closed: {closure.name}"
        if any(each.covers(day) for each in off):
            return "Time off"
        if not all(each.covers(day) for each in enrolled):
            return "Not enrolled"
        return "On leave" if any(each.covers(day) for each in leaves) else ""

    return {day: note(day) for day in days}


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
