from collections.abc import Iterable
from datetime import datetime

from clinic.attendance.rules.bookings import (
    ABSENT,
    ANNOUNCED,
    NOT_OPEN,
    Booked,
    why_not_past,
    why_not_touch,
)
from clinic.schedule.models import Method, Status

LEFT_BEFORE_ARRIVED = "They cannot have left before they arrived."
ARRIVED_AFTER_END = "They cannot have arrived after the session had ended."
LEFT_BEFORE_START = "They cannot have left before the session began."
NO_SHOW_TOO_EARLY = "Nobody is a no-show before the session has begun."
NO_SEAT = "Their seat has been given away, and no other one is free."
ABSENT_WITH_TIMES = "Only somebody who was present came and went."


def why_not_mark(
    booked: Booked,
    status: Status,
    *,
    arrived_at: datetime | None = None,
    left_at: datetime | None = None,
    now: datetime,
) -> str | None:
    """Why staff cannot mark somebody so."""
    if sentence := why_not_touch(booked):
        return sentence
    if status is Status.PRESENT and now < booked.opens_at:
        return NOT_OPEN
    if status is Status.NO_SHOW and now < booked.starts_at:
        return NO_SHOW_TOO_EARLY
    return (
        why_not_times(booked, status, arrived_at, left_at)
        or why_not_past(arrived_at, now=now)
        or why_not_past(left_at, now=now)
    )


def why_not_times(
    booked: Booked, status: Status, arrived_at: datetime | None, left_at: datetime | None
) -> str | None:
    """Why somebody cannot have come and gone at these times."""
    if status is not Status.PRESENT:
        return ABSENT_WITH_TIMES if arrived_at or left_at else None
    if arrived_at is not None and arrived_at > booked.ends_at:
        return ARRIVED_AFTER_END
    if left_at is None:
        return None
    if arrived_at is not None and left_at < arrived_at:
        return LEFT_BEFORE_ARRIVED
    return LEFT_BEFORE_START if left_at < booked.starts_at else None


def is_marked(
    booked: Booked,
    status: Status,
    *,
    arrived_at: datetime | None,
    left_at: datetime | None,
    reason: str | None,
) -> bool:
    """Whether this very mark stands already, so that pressing twice changes nothing."""
    return (
        booked.status is status
        and booked.arrived_at == arrived_at
        and booked.left_at == left_at
        and reason in {None, booked.reason}
    )


def marked(
    booked: Booked,
    status: Status,
    *,
    arrived_at: datetime | None = None,
    left_at: datetime | None = None,
    reason: str | None = None,
    method: Method = Method.STAFF,
    now: datetime,
) -> Booked:
    """The booking with that mark.

    Without a new reason the old one stays under a mark that needs none, for an undo. An absence
    that is announced before the start gives the seat to somebody else.
    """
    is_expected = status is Status.EXPECTED
    gives_seat_back = status in ANNOUNCED and now < booked.starts_at
    return booked._replace(
        status=status,
        arrived_at=arrived_at,
        left_at=left_at,
        method=None if is_expected else method,
        reason=reason if reason or status in ABSENT else booked.reason,
        recorded_at=None if is_expected else now,
        seat_no=None if gives_seat_back else booked.seat_no,
    )


def needs_seat(booked: Booked) -> bool:
    return booked.seat_no is None and booked.status not in ANNOUNCED


def given_back(day: Iterable[Booked], *, left: Booked) -> list[Booked]:
    """The sessions that somebody who has left one does not go on to, as far as only the carrying
    said so: those that had not begun when they left."""
    assert left.left_at is not None
    return [
        booked
        for booked in day
        if booked.id != left.id
        and booked.method is Method.CARRIED
        and booked.starts_at >= left.left_at
        and why_not_touch(booked) is None
    ]
