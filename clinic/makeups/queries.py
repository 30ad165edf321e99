"""Sessions with a free seat, and who could come to which of them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from clinic import clock
from clinic.days import DAY, WEEK, Range, Span
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment, Unavailability
from clinic.makeups import rules
from clinic.makeups.rules import Place, Search
from clinic.programs.models import Kind, Program, Room, Site
from clinic.schedule.models import Booking, RosterEntry, SeatHold, Series, Session
from clinic.schedule.queries.bookings import SEATS_BOOKED, SEATS_TAKEN
from clinic.schedule.queries.people import busy_of, leaves_of
from clinic.schedule.rules.availability import weekly
from clinic.schedule.rules.words import MOST_WITH, ONE_TO_ONE

# An individual or family session is somebody's who is on it, called it off, or has it each week;
# a family group, with more people than a session is named after, is open as groups are.
_PEOPLE = (
    select(func.count())
    .where(Booking.session_id == Session.id)
    .correlate(Session)
    .scalar_subquery()
)
_IS_SOMEBODYS = Session.kind.in_(ONE_TO_ONE) & (
    Session.series_id.is_(None)
    | ((Session.kind != Kind.FAMILY) | (_PEOPLE <= MOST_WITH))
    & (
        exists().where(Booking.session_id == Session.id)
        | exists().where(
            RosterEntry.series_id == Session.series_id,
            RosterEntry.from_on <= Session.day,
            or_(RosterEntry.until_on.is_(None), RosterEntry.until_on >= Session.day),
        )
    )
)
# Free, or held for somebody who may still have it.
IS_UNBOOKED = and_(
    Session.is_counted,
    ~Session.is_cancelled,
    Session.credit_minutes > 0,
    Session.seats > SEATS_BOOKED,
    ~_IS_SOMEBODYS,
)
# What a place is made of, besides what the hours read of a session.
MORE = (
    Session.series_id,
    Session.program_id,
    Session.site_id,
    func.coalesce(Series.is_open_to_make_ups, False).label("is_open"),
    Session.title,
    Session.mode,
    Site.timezone,
    Room.name.label("room"),
)
UNAVAILABLE = select(
    Unavailability.enrollment_id,
    Unavailability.weekday,
    Unavailability.from_minute,
    Unavailability.until_minute,
)
HELD = select(SeatHold.enrollment_id, SeatHold.session_id)
_OTHER = aliased(Enrollment)
OTHERS = select(Enrollment.id, _OTHER.id).join(  # of the same person
    _OTHER,
    (_OTHER.participant_id == Enrollment.participant_id) & (_OTHER.id != Enrollment.id),
)


def with_free(
    sessions: Select[*tuple[Any, ...]], free: ColumnElement[int]
) -> Select[*tuple[Any, ...]]:
    """Sessions with what a place is made of, and how many seats are free."""
    return (
        sessions.add_columns(*MORE, free.label("free"))
        .join(Site, Site.id == Session.site_id)
        .outerjoin(Series, Series.id == Session.series_id)
        .outerjoin(Room, Room.id == Session.room_id)
    )


_PLACES = with_free(
    select(
        Session.id,
        Session.week,
        Session.day,
        Session.starts_at,
        Session.ends_at,
        Session.credit_minutes,
        Session.kind,
    ),
    Session.seats - SEATS_TAKEN,
).order_by(Session.starts_at, Session.id)


def places(first: date, last: date, *, now: datetime, begun: bool = False) -> list[Place]:
    """The sessions with a free seat in the weeks whose first days lie from one day to another.

    By start; none that has begun, unless those are asked for that are not over.
    """
    of_weeks = Session.site_id.in_(select(Site.id)) & Session.week.between(first, last)
    in_time = (Session.ends_at if begun else Session.starts_at) > now
    rows = db.execute(_PLACES.where(of_weeks, in_time, IS_UNBOOKED, Session.seats > SEATS_TAKEN))
    return [place(row) for row in rows]


def place(row: AnyRow) -> Place:
    at = clock.zone(row.timezone)
    times = row.starts_at.astimezone(at).time(), row.ends_at.astimezone(at).time()
    return Place(
        row.id,
        row.series_id,
        row.program_id,
        row.site_id,
        row.is_open,
        row.title,
        row.kind,
        row.mode,
        row.week,
        row.day,
        row.starts_at,
        row.ends_at,
        row.timezone,
        weekly(row.day, *times),
        row.credit_minutes,
        row.free,
        row.room,
    )


def places_for(
    enrollment_ids: Collection[int],
    first: date,
    last: date,
    *,
    now: datetime,
    begun: bool = False,
) -> dict[int, list[Place]]:
    """Enrollment id to the sessions that they could come to in the weeks from one to another.

    By start: not at the time of one that they are on or called off in whatever program, nor when
    they cannot come, are not enrolled, or on leave.
    """
    found: dict[int, list[Place]] = {each: [] for each in enrollment_ids}
    free = places(first, last, now=now, begun=begun) if found else []
    if not free:
        return found
    last_day = last + WEEK - DAY
    days = Range(first, last_day)
    rows = db.execute(
        select(
            Enrollment.id,
            Enrollment.program_id,
            Program.site_id,
            Enrollment.from_on,
            Enrollment.until_on,
        )
        .join(Program, Program.id == Enrollment.program_id)
        .where(Enrollment.id.in_(found))
    )
    own = booked_of(found, first, last_day, now=now)
    seekers = rules.seekers(
        [(*row[:3], Range(*row[3:])) for row in rows],
        [row[:2] for row in own],
        days=days,
        others={},
        leaves=leaves_of(found),
        unavailable=busy_of(found),
    )
    search = Search(free, {row.id: Span(row.starts_at, row.ends_at) for row in own})
    for each, seeker in seekers.items():
        for number in range((last - first) // WEEK + 1):
            found[each] += search.places(first + number * WEEK, seeker)
    return found


def booked_of(
    enrollment_ids: Collection[int], first: date, last: date, *, now: datetime
) -> Sequence[AnyRow]:
    """What these people are on or called off, in whatever enrollment, not over nor cancelled."""
    asked = aliased(Enrollment)
    return db.execute(
        select(
            asked.id.label("enrollment_id"),
            Session.id,
            Session.starts_at,
            Session.ends_at,
        )
        .join(Enrollment, Enrollment.participant_id == asked.participant_id)
        .join(Booking, Booking.enrollment_id == Enrollment.id)
        .join(Session, Session.id == Booking.session_id)
        .where(
            asked.id.in_(enrollment_ids),
            Session.day.between(first - DAY, last + DAY),  # elsewhere it may be another day
            Session.ends_at > now,
            ~Session.is_cancelled,
        )
    ).all()
