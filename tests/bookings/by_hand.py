"""Bookings of a Monday, made by hand."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from clinic.bookings.rules import Booked
from clinic.schedule.models import Identity, Method, Mode, Status

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
VIDEO, KNOWN = {"took_part": Mode.VIRTUAL}, {"identified_by": Identity.KNOWN}


def at(wall: str, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(wall), NEW_YORK).astimezone(UTC)


def booked(start: str, end: str, booking_id: int = 1, **facts: Any) -> Booked:
    day = facts.pop("day", MONDAY)
    defaults = {
        "participant_id": 1,
        "session_id": booking_id,
        "is_cancelled": False,
        "room": None,
        "doors_minutes": 15,
        "seat_no": 1,
    }
    times = {"starts_at": at(start, day), "ends_at": at(end, day), "day": day}
    return Booked(id=booking_id, **defaults | times | facts)


def so_marked(status: Status, method: Method = Method.STAFF, **facts: Any) -> dict[str, Any]:
    return {"status": status, "method": method, "recorded_at": NOON, **facts}


def came(wall: str, method: Method = Method.KIOSK) -> dict[str, Any]:
    return so_marked(Status.PRESENT, method, arrived_at=at(wall))


TEN = booked("10:00", "11:00")
