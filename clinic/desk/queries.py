from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import exists, select

from clinic.days import DAY, week_of
from clinic.db import AnyRow, db
from clinic.desk import rules
from clinic.enrollment.models import Enrollment
from clinic.hours.queries import EnrollmentWeek, weeks_of
from clinic.programs.models import Room, Site
from clinic.programs.queries import Home
from clinic.schedule.models import ANNOUNCED, Booking, Session
from clinic.schedule.queries.bookings import SEATS_TAKEN, bookings_of
from clinic.schedule.queries.people import busy_of
from clinic.schedule.queries.staff import led_by
from clinic.schedule.rules.words import ONE_TO_ONE

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


def own_of(
    rows: Iterable[AnyRow], enrollments: Iterable[Enrollment], scope: int | None
) -> set[int]:
    """The sessions, of these, in which somebody may mark this person.

    For whom there is a limit: those that they lead, and all of whom they care for.
    """
    theirs = {each.id for each in enrollments if scope in {None, each.clinician_id}}
    led = led_of(rows, scope)
    return {*led, *(row.session_id for row in rows if row.enrollment_id in theirs)}


def led_of(rows: Iterable[AnyRow], scope: int | None) -> set[int]:
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
    enrollments: Collection[Enrollment], weeks: Collection[date], *, now: datetime
) -> list[AnyRow]:
    """Sessions of these weeks that somebody could join, by start; none that is over.

    Those of their programs with a free seat, at a time when they can and have no other one.
    """
    found = _with_free_seats(enrollments, weeks, now=now)
    if not found:
        return []
    ids, days = [each.id for each in enrollments], [row.day for row in found]
    own = [
        row
        for row in bookings_of(ids, min(days) - DAY, max(days) + DAY)
        if not row.is_cancelled and row.status not in ANNOUNCED
    ]
    busy = busy_of(ids)
    return [
        row
        for row in found
        if (enrollment := rules.enrollment_for(row, enrollments))
        and rules.is_free_for(row, own, busy[enrollment.id])
    ]


def _with_free_seats(
    enrollments: Collection[Enrollment], weeks: Collection[date], *, now: datetime
) -> Sequence[AnyRow]:
    """Sessions of their programs in these weeks with a free seat, which they are not on."""
    ids = [each.id for each in enrollments]
    taken = SEATS_TAKEN
    return db.execute(
        select(
            Session.id.label("session_id"),
            Session.program_id,
            Session.title,
            Session.kind,
            Session.mode,
            Session.day,
            Session.starts_at,
            Session.ends_at,
            Site.timezone,
            Room.name.label("room"),
            (Session.seats - taken).label("free"),
        )
        .join(Site, Site.id == Session.site_id)
        .outerjoin(Room, Room.id == Session.room_id)
        .where(
            Session.program_id.in_({each.program_id for each in enrollments}),
            Session.week.in_(weeks),
            Session.ends_at > now,
            Session.kind.not_in(ONE_TO_ONE),  # somebody else's: no seat to offer
            Session.is_counted,
            ~Session.is_cancelled,
            Session.seats > taken,
            ~exists().where(Booking.session_id == Session.id, Booking.enrollment_id.in_(ids)),
        )
        .order_by(Session.starts_at, Session.id)
    ).all()
