from datetime import date, datetime, timedelta
from typing import NamedTuple

from clinic.schedule.models import Method, Status

EARLIEST_DOORS = timedelta(hours=3)  # before the start; none open earlier
AHEAD = timedelta(minutes=2)  # a clock that runs a little fast
ANNOUNCED = frozenset({Status.EXCUSED, Status.LATE_CANCEL})
ABSENT = ANNOUNCED | {Status.NO_SHOW}
CANCELLED = "This session has been cancelled."
SIGNED = "This attendance has been signed: only an amendment can change it."
NOT_OPEN = "Check-in has not opened yet."
TO_COME = "That time is still to come."


class Booked(NamedTuple):
    """One person's place in one session, and the attendance recorded on it."""

    id: int
    participant_id: int
    session_id: int
    starts_at: datetime
    ends_at: datetime
    day: date
    is_cancelled: bool
    room: str | None
    doors_minutes: int
    status: Status = Status.EXPECTED
    arrived_at: datetime | None = None  # from the start
    left_at: datetime | None = None  # to the end
    method: Method | None = None
    reason: str | None = None
    recorded_at: datetime | None = None
    signed_at: datetime | None = None
    seat_no: int | None = None
    version: int = 1

    @property
    def opens_at(self) -> datetime:
        return opens_at(self.starts_at, self.doors_minutes)


def opens_at(starts_at: datetime, doors_minutes: int) -> datetime:
    """When check-in opens."""
    return starts_at - min(timedelta(minutes=doors_minutes), EARLIEST_DOORS)


def why_not_past(at: datetime | None, *, now: datetime) -> str | None:
    return TO_COME if at is not None and at - now > AHEAD else None


def why_not_touch(booked: Booked) -> str | None:
    """Why the attendance cannot be changed at all."""
    if booked.is_cancelled:
        return CANCELLED
    return SIGNED if booked.signed_at is not None else None
