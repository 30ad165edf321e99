"""What files name, and what goes out in them."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from clinic import clock, formats
from clinic.accounts.models import Staff
from clinic.db import session
from clinic.enrollment.models import Enrollment
from clinic.exchange import rules
from clinic.hours.rules import Held, delivered
from clinic.participants.models import Participant
from clinic.programs.models import Program, Room, Site
from clinic.programs.queries import find_organization, get_organization
from clinic.schedule.models import Booking, Series, Session, Status
from clinic.schedule.queries import leaders_of, sessions_between
from clinic.schedule.rules import day_part


def known() -> rules.Known:
    """What the database holds that a clinic file may build on."""
    organization = find_organization()
    room_rows = session.execute(select(Site.key, Room.key, Room.seats).join(Site.rooms))
    program_rows = session.execute(select(Program.key, Site.key).join(Program.site))
    return rules.Known(
        staff=frozenset(session.scalars(select(Staff.key))),
        series=frozenset(session.scalars(select(Series.key))),
        one_offs=frozenset(session.scalars(select(Session.key).where(Session.key.is_not(None)))),
        participants=frozenset(session.scalars(select(Participant.key))),
        enrollments=frozenset(session.scalars(select(Enrollment.key))),
        program_sites=dict(program_rows.all()),
        rooms={(site, room): seats for site, room, seats in room_rows},
        zones=dict(session.execute(select(Site.key, Site.timezone)).all()),
        week_starts=organization.week_starts if organization else 0,
    )


def get_site_id(key: str) -> int:
    return session.scalars(select(Site.id).where(Site.key == key)).one()


def staff_ids(keys: Iterable[str]) -> list[int]:
    """Ids in the order of the keys, which must all be known."""
    wanted = list(keys)
    rows = session.execute(select(Staff.key, Staff.id).where(Staff.key.in_(wanted)))
    ids = dict(rows.all())
    return [ids[key] for key in wanted]


def enrollment_ids(keys: Iterable[str]) -> list[int]:
    return list(session.scalars(select(Enrollment.id).where(Enrollment.key.in_(list(keys)))))


def find_room_id(site_id: int, key: str | None) -> int | None:
    return session.scalars(
        select(Room.id).where(Room.site_id == site_id, Room.key == key)
    ).one_or_none()


SESSION_COLUMNS = (
    "start",
    "end",
    "series",
    "title",
    "kind",
    "day_part",
    "room",
    "leaders",
    "status",
    "booked",
    "seats",
    "credit_minutes",
)
ATTENDANCE_COLUMNS = (
    "start",
    "series",
    "enrollment",
    "participant",
    "status",
    "arrived",
    "left",
    "delivered_minutes",
    "method",
    "signed_off",
)


def session_records(first: date, last: date) -> list[dict[str, Any]]:
    """The sessions of the local days from first to last, as exports write them, by start."""
    organization = get_organization()
    rows = sorted(
        sessions_between(first, last), key=lambda row: (row.starts_at, row.ends_at, row.series)
    )
    leaders = leaders_of([row.id for row in rows])
    records = []
    for row in rows:
        zone = clock.zone(row.timezone)
        local = row.starts_at.astimezone(zone)
        records.append(
            {
                "start": formats.iso_local(row.starts_at, zone),
                "end": formats.iso_local(row.ends_at, zone),
                "series": row.series,
                "title": row.title,
                "kind": row.kind.value,
                "day_part": day_part(
                    local.hour * 60 + local.minute,
                    afternoon_from=organization.afternoon_from,
                    evening_from=organization.evening_from,
                ),
                "room": row.room_key or "",
                "leaders": ";".join(leader.key for leader in leaders[row.id]),
                "status": "cancelled" if row.is_cancelled else "scheduled",
                "booked": row.booked,
                "seats": row.seats,
                "credit_minutes": row.credit_minutes,
            }
        )
    return records


def attendance_records(first: date, last: date) -> list[dict[str, Any]]:
    """Who was expected and what is known of them, by start, series and enrollment."""
    series_key = func.coalesce(Series.key, Session.key)
    rows = session.execute(
        select(
            Session.starts_at,
            Session.ends_at,
            Session.day,
            Session.credit_minutes,
            Session.is_cancelled,
            Session.grace_minutes,
            Site.timezone,
            series_key.label("series"),
            Enrollment.key.label("enrollment"),
            Participant.key.label("participant"),
            Booking.status,
            Booking.arrived_at,
            Booking.left_at,
            Booking.method,
            Booking.signed_at,
        )
        .join(Session, Session.id == Booking.session_id)
        .join(Site, Site.id == Session.site_id)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .join(Participant, Participant.id == Enrollment.participant_id)
        .outerjoin(Series, Series.id == Session.series_id)
        .where(Session.day.between(first, last))
    )
    # Sorted here, not by the database: whose order of letters differs from one to the next.
    in_order = sorted(rows, key=lambda row: (row.starts_at, row.series, row.enrollment))
    return [_attendance_record(row) for row in in_order]


def _attendance_record(row: Any) -> dict[str, Any]:
    zone = clock.zone(row.timezone)
    minutes = 0
    if row.status == Status.PRESENT and not row.is_cancelled:
        held = Held(
            row.starts_at,
            row.ends_at,
            row.day,
            row.credit_minutes,
            timedelta(minutes=row.grace_minutes),
        )
        minutes = delivered(held, row.arrived_at, row.left_at)
    return {
        "start": formats.iso_local(row.starts_at, zone),
        "series": row.series,
        "enrollment": row.enrollment,
        "participant": row.participant,
        "status": "cancelled" if row.is_cancelled else row.status.value,
        "arrived": formats.iso_local(row.arrived_at, zone),
        "left": formats.iso_local(row.left_at, zone),
        "delivered_minutes": minutes,
        "method": row.method.value if row.method else "",
        "signed_off": formats.iso_local(row.signed_at, zone),
    }


def find_booking(series: str, day: date, enrollment: str) -> Booking | None:
    """Somebody's place in the occurrence of a series planned for a day, or in a one-off session."""
    return session.scalars(
        select(Booking)
        .join(Session, Session.id == Booking.session_id)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .outerjoin(Series, Series.id == Session.series_id)
        .where(
            Enrollment.key == enrollment,
            ((Series.key == series) & (Session.planned_on == day))
            | ((Session.key == series) & (Session.day == day)),
        )
        .options(
            joinedload(Booking.session).joinedload(Session.site),
            joinedload(Booking.enrollment).joinedload(Enrollment.participant),
        )
    ).one_or_none()


def is_there_a_session(series: str, day: date) -> bool:
    """Whether a series, or one-off session, of that key takes place on a day."""
    return (
        session.scalars(
            select(Session.id)
            .outerjoin(Series, Series.id == Session.series_id)
            .where(
                ((Series.key == series) & (Session.planned_on == day))
                | ((Session.key == series) & (Session.day == day))
            )
        ).first()
        is not None
    )
