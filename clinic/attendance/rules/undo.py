from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from clinic.attendance.rules.bookings import Booked
from clinic.schedule.models import Method, Status

CHANGED_SINCE = "changed since"
SIGNED_SINCE = "signed since"
CANCELLED_SINCE = "cancelled since"
SEAT_GONE = "no seat is free"
UNDONE_ALREADY = "This has been undone already."


def facts_of(before: Booked, after: Booked) -> dict[str, Any]:
    """What the trail holds of a change: values, no words of anybody's."""
    return {
        "before": said(before),
        "after": said(after),
        "is_new_reason": after.reason != before.reason,
    }


def said(booked: Any) -> dict[str, Any]:
    """The same of a booking, or of a row with its columns."""
    return {
        "status": booked.status.value,
        "arrived_at": _iso(booked.arrived_at),
        "left_at": _iso(booked.left_at),
        "method": booked.method.value if booked.method else None,
        "recorded_at": _iso(booked.recorded_at),
        "has_seat": booked.seat_no is not None,
    }


def put_back(booked: Booked, facts: Mapping[str, Any]) -> Booked:
    """The booking as it was before the change that these facts of the trail tell of."""
    before = facts["before"]
    return booked._replace(
        status=Status(before["status"]),
        arrived_at=_instant(before["arrived_at"]),
        left_at=_instant(before["left_at"]),
        method=Method(before["method"]) if before["method"] else None,
        reason=None if facts["is_new_reason"] else booked.reason,
        recorded_at=_instant(before["recorded_at"]),
        seat_no=booked.seat_no if before["has_seat"] else None,
    )


def why_not_put_back(booked: Any, facts: Mapping[str, Any]) -> str | None:
    """Why a change to a booking, or a row with its columns, cannot be undone any more."""
    if booked.signed_at is not None:
        return SIGNED_SINCE
    return None if said(booked) == facts["after"] else CHANGED_SINCE


def undone(left_alone: Collection[str]) -> str:
    """What an undo did; `left_alone` says who stays as they are, and why."""
    return f"Undone, but not {_listed(left_alone)}." if left_alone else "Undone."


def why_not_undone(left_alone: Collection[str]) -> str:
    return f"Not undone: {_listed(left_alone)}."


def _iso(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _listed(phrases: Collection[str]) -> str:
    *most, last = phrases
    return f"{', '.join(most)} and {last}" if most else last
