from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from clinic.attendance.rules.bookings import ABSENT, CANCELLED, NOT_OPEN, Booked, why_not_past
from clinic.formats import clock_time, day_short
from clinic.schedule.models import Method, Status

GAP = timedelta(minutes=30)  # between sessions, over which an arrival is carried on
OLDEST = timedelta(days=7)  # a tap that was uploaded late
STAFFS_WORD = frozenset({Method.STAFF, Method.IMPORT})
OVER = "This session is over."
TOO_OLD = "That was more than 7 days ago: record the arrival on the sheet instead."


class Arriving(NamedTuple):
    """What a check-in makes of a booking; both are the same where it changes nothing."""

    before: Booked
    after: Booked


def arrivals(
    day: Iterable[Booked],
    *,
    at: datetime,
    method: Method,
    full: Collection[int] = (),
) -> list[Arriving]:
    """Where a check-in at `at` leads: to the sessions that are open, then to those that follow.

    `day` holds their bookings of the day, `full` the ids of those whose seat cannot be had again.
    The order in which check-ins come to be known does not matter: the earliest arrival wins.
    """
    found: list[Arriving] = []
    last: Booked | None = None
    for booked in sorted(day, key=lambda each: (each.starts_at, each.id)):
        if why_not_check_in(booked, at=at) is None:
            after = None if booked.id in full else _arrived(booked, at, method)
        elif last is not None and _follows(booked, last, at):
            after = _arrived(booked, booked.starts_at, Method.CARRIED)
        else:
            continue
        if after is None:
            continue
        found.append(Arriving(booked, after))
        has_gone = after.left_at is not None and after.left_at >= at
        if not has_gone and (last is None or after.ends_at > last.ends_at):
            last = after
    return found


def _follows(booked: Booked, last: Booked, at: datetime) -> bool:
    return (
        not booked.is_cancelled
        and at < booked.opens_at
        and booked.day == last.day
        and booked.starts_at - last.ends_at <= GAP
    )


def _arrived(booked: Booked, at: datetime, method: Method) -> Booked | None:
    """The booking of somebody who arrived then; None where that cannot be."""
    if booked.status is Status.PRESENT:
        stands = booked.signed_at is not None or booked.method in STAFFS_WORD
        known = (booked.arrived_at or booked.starts_at, booked.method is Method.CARRIED)
        if stands or known <= (at, method is Method.CARRIED):
            return booked
    elif booked.signed_at is not None:
        return None
    elif booked.status in ABSENT and method is Method.CARRIED:
        return None  # what staff know outweighs what would only follow
    return booked._replace(status=Status.PRESENT, arrived_at=at, method=method)


def seatless(day: Iterable[Booked], *, at: datetime) -> list[Booked]:
    """Those who gave their seat back and come after all."""
    return [
        booked
        for booked in day
        if booked.seat_no is None
        and booked.signed_at is None
        and why_not_check_in(booked, at=at) is None
    ]


def why_not_at(at: datetime, *, now: datetime) -> str | None:
    """Why a check-in of that moment is not taken."""
    if now - at > OLDEST:
        return TOO_OLD
    return why_not_past(at, now=now)


def why_not_check_in(booked: Booked, *, at: datetime) -> str | None:
    """Why somebody cannot check in to this session at that moment."""
    if booked.is_cancelled:
        return CANCELLED
    if at < booked.opens_at:
        return NOT_OPEN
    if at > booked.ends_at:
        return OVER
    return None


def why_not_arrive(day: Sequence[Booked], *, at: datetime, zone: ZoneInfo) -> str:
    """Why a check-in led nowhere, for staff to read."""
    today = at.astimezone(zone).date()
    if not any(booked.day == today for booked in day):
        return f"They had no session here on {day_short(today)}."
    for booked in sorted(day, key=lambda each: (each.is_cancelled, each.starts_at)):
        if why_not_check_in(booked._replace(is_cancelled=False), at=at) is None:
            start = clock_time(booked.starts_at, zone)
            if booked.is_cancelled:
                return f"Their session at {start} has been cancelled."
            if booked.signed_at is not None:
                return f"Their attendance at {start} has been signed."
            return f"Their seat at {start} has been given away, and no other one is free."
    return f"No session of theirs was open at {clock_time(at, zone)}."
