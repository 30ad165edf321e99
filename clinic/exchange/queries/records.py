"""Sessions and attendance as exports write them."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from clinic import clock, formats
from clinic.days import minute_of
from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.hours.rules import TimedSession, delivered
from clinic.participants.models import Participant
from clinic.programs.models import Site
from clinic.programs.queries import get_organization
from clinic.schedule.models import Booking, Series, Session, Status
from clinic.schedule.queries.sessions import leaders_of, sessions_between
from clinic.schedule.rules.sessions import day_part

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
                    minute_of(local),
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
    rows = db.execute(
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
        session = TimedSession(
            row.starts_at,
            row.ends_at,
            row.day,
            row.credit_minutes,
            timedelta(minutes=row.grace_minutes),
        )
        minutes = delivered(session, row.arrived_at, row.left_at)
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
