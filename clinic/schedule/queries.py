from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from clinic.accounts.models import Staff
from clinic.db import AnyRow, session
from clinic.enrollment.models import Enrollment
from clinic.errors import NotFound
from clinic.programs.models import Room, Site
from clinic.schedule.models import (
    Booking,
    RosterEntry,
    Series,
    SeriesLeader,
    Session,
    SessionLeader,
    Status,
)

HOLDS_A_SEAT = Booking.seat_no.is_not(None)
HAS_ATTENDANCE = exists().where(Booking.session_id == Session.id, Booking.status != Status.EXPECTED)


class DoubleBooking(NamedTuple):
    """Two sessions at the same time for one room, leader or participant."""

    resource_id: int
    one_id: int
    other_id: int
    day: date


def find_series(key: str) -> Series | None:
    return session.scalars(_series().where(Series.key == key)).one_or_none()


def get_series(series_id: int | None) -> Series:
    series = session.scalars(_series().where(Series.id == series_id)).one_or_none()
    if series is None:
        raise NotFound
    return series


def series_at(site_id: int, *, running_on: date) -> Sequence[Series]:
    """The series of a site that have not ended on a day, by title."""
    return session.scalars(
        _series()
        .where(
            Series.site_id == site_id,
            or_(Series.until_on.is_(None), Series.until_on >= running_on),
        )
        .order_by(Series.title, Series.starts, Series.id)
    ).all()


def series_to_lay_out() -> Sequence[AnyRow]:
    """Those that may not reach as far as they should: id, until_on, laid_out_until, timezone."""
    reach = Series.laid_out_until
    return session.execute(
        select(Series.id, Series.until_on, reach, Site.timezone)
        .join(Site, Site.id == Series.site_id)
        .where(or_(reach.is_(None), Series.until_on.is_(None), reach < Series.until_on))
        .order_by(Series.id)
    ).all()


def _series() -> Select[Series]:
    return select(Series).options(
        joinedload(Series.site),
        joinedload(Series.program),
        joinedload(Series.room),
        selectinload(Series.leaders).joinedload(SeriesLeader.staff),
    )


def get_session(session_id: int | None) -> Session:
    found = session.scalars(_sessions().where(Session.id == session_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def find_one_off(key: str) -> Session | None:
    return session.scalars(_sessions().where(Session.key == key)).one_or_none()


def _sessions() -> Select[Session]:
    return select(Session).options(
        joinedload(Session.site),
        joinedload(Session.program),
        joinedload(Session.room),
        joinedload(Session.series),
        selectinload(Session.leaders).joinedload(SessionLeader.staff),
    )


def led_by(staff_id: int) -> ColumnElement[bool]:
    """The condition that a session is led or co-led by someone."""
    return exists().where(
        SessionLeader.session_id == Session.id, SessionLeader.staff_id == staff_id
    )


def in_scope(staff_id: int) -> ColumnElement[bool]:
    """The condition that an enrollment is someone's caseload or in a session that they lead."""
    leads = (
        select(Booking.enrollment_id)
        .join(SessionLeader, SessionLeader.session_id == Booking.session_id)
        .where(SessionLeader.staff_id == staff_id)
    )
    return or_(Enrollment.clinician_id == staff_id, Enrollment.id.in_(leads))


def leaders_of(session_ids: Collection[int]) -> dict[int, list[Row[int, str, str]]]:
    """Session id to its leaders, the lead first: rows of session_id, key, name."""
    found: dict[int, list[Row[int, str, str]]] = defaultdict(list)
    rows = session.execute(
        select(SessionLeader.session_id, Staff.key, Staff.name)
        .join(Staff, Staff.id == SessionLeader.staff_id)
        .where(SessionLeader.session_id.in_(session_ids))
        .order_by(SessionLeader.session_id, SessionLeader.position)
    )
    for row in rows:
        found[row.session_id].append(row)
    return found


def sessions_between(
    first: date, last: date, *, site_id: int | None = None, scope: int | None = None
) -> Sequence[AnyRow]:
    """Every session of the local days from first to last, by start, with its seats and arrivals."""
    counts = (
        select(
            Booking.session_id,
            func.count(Booking.seat_no).label("booked"),
            func.count().label("listed"),
            func.count().filter(Booking.status == Status.PRESENT).label("present"),
            func.count().filter(Booking.status != Status.EXPECTED).label("marked"),
            func.count().filter(Booking.signed_at.is_not(None)).label("signed"),
        )
        .join(Session, Session.id == Booking.session_id)
        .where(Session.day.between(first, last))
        .group_by(Booking.session_id)
        .subquery()
    )
    statement = (
        select(
            Session.id,
            Session.title,
            Session.kind,
            Session.mode,
            Session.day,
            Session.starts_at,
            Session.ends_at,
            Session.seats,
            Session.credit_minutes,
            Session.is_cancelled,
            Session.cancel_reason,
            func.coalesce(Series.key, Session.key).label("series"),
            Session.site_id,
            Site.timezone,
            Room.key.label("room_key"),
            Room.name.label("room_name"),
            func.coalesce(counts.c.booked, 0).label("booked"),
            func.coalesce(counts.c.listed, 0).label("listed"),
            func.coalesce(counts.c.present, 0).label("present"),
            func.coalesce(counts.c.marked, 0).label("marked"),
            func.coalesce(counts.c.signed, 0).label("signed"),
        )
        .join(Site, Site.id == Session.site_id)
        .outerjoin(Series, Series.id == Session.series_id)
        .outerjoin(Room, Room.id == Session.room_id)
        .outerjoin(counts, counts.c.session_id == Session.id)
        .where(Session.day.between(first, last))
        .order_by(Session.starts_at, Session.ends_at, "series", Session.id)
    )
    if site_id is not None:
        statement = statement.where(Session.site_id == site_id)
    if scope is not None:
        statement = statement.where(led_by(scope))
    return session.execute(statement).all()


def get_roster_entry(entry_id: int) -> RosterEntry:
    entry = session.scalars(
        select(RosterEntry)
        .where(RosterEntry.id == entry_id)
        .options(
            joinedload(RosterEntry.series).joinedload(Series.site),
            joinedload(RosterEntry.enrollment).joinedload(Enrollment.participant),
        )
    ).one_or_none()
    if entry is None:
        raise NotFound
    return entry


def roster_of(enrollment_ids: Collection[int]) -> Sequence[RosterEntry]:
    """Roster entries of enrollments, with their series, by first day."""
    return session.scalars(
        select(RosterEntry)
        .where(RosterEntry.enrollment_id.in_(enrollment_ids))
        .options(joinedload(RosterEntry.series).joinedload(Series.room))
        .order_by(RosterEntry.from_on, RosterEntry.id)
    ).all()


def most_booked(series_ids: Collection[int], *, after: datetime) -> dict[int, int]:
    """Series id to the seats taken in its fullest coming session."""
    per_session = (
        select(Session.series_id, func.count(Booking.seat_no).label("booked"))
        .join(Booking, Booking.session_id == Session.id)
        .where(Session.series_id.in_(series_ids), Session.starts_at > after)
        .group_by(Session.series_id, Session.id)
        .subquery()
    )
    rows = session.execute(
        select(per_session.c.series_id, func.max(per_session.c.booked)).group_by(
            per_session.c.series_id
        )
    )
    return dict(rows.all())


def double_booked_rooms(first: date) -> list[DoubleBooking]:
    """Rooms with two sessions at a time, from a day on."""
    return _overlaps(
        select(Session.room_id, Session.id, Session.starts_at, Session.ends_at, Session.day)
        .where(Session.room_id.is_not(None), ~Session.is_cancelled, Session.day >= first)
        .order_by(Session.room_id, Session.starts_at, Session.id)
    )


def double_booked_leaders(first: date) -> list[DoubleBooking]:
    """Staff who lead two sessions at a time, from a day on."""
    return _overlaps(
        select(SessionLeader.staff_id, Session.id, Session.starts_at, Session.ends_at, Session.day)
        .join(Session, Session.id == SessionLeader.session_id)
        .where(~Session.is_cancelled, Session.day >= first)
        .order_by(SessionLeader.staff_id, Session.starts_at, Session.id)
    )


def double_booked_participants(
    first: date, *, participant_id: int | None = None
) -> list[DoubleBooking]:
    """Participants with a seat in two sessions at a time, from a day on."""
    statement = (
        select(
            Enrollment.participant_id,
            Session.id,
            Session.starts_at,
            Session.ends_at,
            Session.day,
        )
        .join(Booking, Booking.enrollment_id == Enrollment.id)
        .join(Session, Session.id == Booking.session_id)
        .where(HOLDS_A_SEAT, ~Session.is_cancelled, Session.day >= first)
        .order_by(Enrollment.participant_id, Session.starts_at, Session.id)
    )
    if participant_id is not None:
        statement = statement.where(Enrollment.participant_id == participant_id)
    return _overlaps(statement)


def _overlaps(statement: Select[*tuple[Any, ...]]) -> list[DoubleBooking]:
    return list(_sweep(session.execute(statement)))


def _sweep(rows: Iterable[Any]) -> Iterator[DoubleBooking]:
    """Pairs that overlap, from rows of resource, session, start, end, day in order of start."""
    resource: int | None = None
    running: list[tuple[datetime, int]] = []
    for resource_id, session_id, starts_at, ends_at, day in rows:
        if resource_id != resource:
            resource, running = resource_id, []
        running = [(end, other) for end, other in running if end > starts_at]
        for _, other in running:
            yield DoubleBooking(resource_id, other, session_id, day)
        running.append((ends_at, session_id))


def named(session_ids: Collection[int]) -> dict[int, AnyRow]:
    """Session id to what it is called: rows of id, title, series_id and key, its own or series'."""
    rows = session.execute(
        select(
            Session.id,
            Session.title,
            Session.series_id,
            func.coalesce(Series.key, Session.key).label("key"),
        )
        .outerjoin(Series, Series.id == Session.series_id)
        .where(Session.id.in_(session_ids))
    )
    return {row.id: row for row in rows}


def bookings_of(enrollment_ids: Collection[int], first: date, last: date) -> Sequence[AnyRow]:
    """What these enrollments are booked for on the local days from first to last, by start."""
    return session.execute(
        select(
            Session.id.label("session_id"),
            Session.program_id,
            Session.title,
            Session.kind,
            Session.mode,
            Session.day,
            Session.starts_at,
            Session.ends_at,
            Session.credit_minutes,
            Session.is_cancelled,
            Site.timezone,
            Room.name.label("room"),
            Session.grace_minutes,
            Session.is_counted,
            Booking.enrollment_id,
            Booking.status,
            Booking.arrived_at,
            Booking.left_at,
        )
        .join(Session, Session.id == Booking.session_id)
        .join(Site, Site.id == Session.site_id)
        .outerjoin(Room, Room.id == Session.room_id)
        .where(Booking.enrollment_id.in_(enrollment_ids), Session.day.between(first, last))
        .order_by(Session.starts_at, Session.id)
    ).all()
