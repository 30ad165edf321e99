"""Check-in: to which sessions it leads, and why to none. Values in, answer out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from clinic.bookings.rules import AHEAD, CANCELLED, Booked, from_iso, why_not_past
from clinic.formats import clock_time, day_short
from clinic.schedule.models import ABSENT, Identity, Method, Mode, Status

GAP = timedelta(minutes=30)  # between sessions, over which an arrival is carried on
OLDEST = timedelta(days=7)  # a tap that was uploaded late
STAFFS_WORD = frozenset({Method.STAFF, Method.PAPER, Method.IMPORT})
NOT_OPEN = "Check-in has not opened yet."
OVER = "This session is over."
TOO_OLD = "That was more than 7 days ago: record the arrival on the sheet instead."


def arrivals(
    day: Iterable[Booked],
    *,
    at: datetime,
    method: Method,
    took_part: Mode | None = None,
    full: Collection[int] = (),
    then: Mapping[int, Booked] = MappingProxyType({}),
) -> list[tuple[Booked, Booked]]:
    """Where a check-in at `at` leads: to the sessions that are open, then to those that follow.

    Each as it was and as it becomes, which is the same where the check-in changes nothing.

    `day` holds their bookings of the day, `full` the ids of those whose seat cannot be had again,
    and `then` by id those whose session was otherwise at `at`: what was open goes by that.
    The order in which check-ins come to be known does not matter: the earliest arrival wins.
    """
    found: list[tuple[Booked, Booked]] = []
    last: Booked | None = None
    for booked in sorted(day, key=lambda each: (each.starts_at, each.id)):
        was = then.get(booked.id, booked)
        if why_not_check_in(was, at=at) is None and not has_moved_far(was, booked):
            after = None if booked.id in full else _arrived(booked, at, method, took_part)
        elif last is not None and _follows(booked, last, at):
            after = _arrived(booked, booked.starts_at, Method.CARRIED)
            if after is not None and after is not booked:  # who they are is known by then
                after = after._replace(identified_by=after.identified_by or last.identified_by)
        else:
            continue
        if after is None:
            continue
        found.append((booked, after))
        has_gone = after.left_at is not None and after.left_at >= at
        is_held = not (has_gone or after.is_cancelled)
        if is_held and (last is None or after.ends_at > last.ends_at):
            last = after
    return found


def may_have_been_other(booked: Booked, *, at: datetime, now: datetime) -> bool:
    """Whether a session was changed after a check-in that came to be known late."""
    return now - at > AHEAD and booked.changed_at is not None and booked.changed_at > at


def as_then(booked: Booked, changes: Iterable[Mapping[str, Any]]) -> Booked:
    """The booking with its session as it was before these changes, the first first, as far as they
    say so: the trail does of what was changed by hand."""
    was: dict[str, Any] = {}
    for facts in changes:
        was = {**facts.get("before", {}), **was}
    starts_at, ends_at = from_iso(was.get("starts_at")), from_iso(was.get("ends_at"))
    return booked._replace(
        starts_at=starts_at or booked.starts_at,
        ends_at=ends_at or booked.ends_at,
        is_cancelled=was.get("is_cancelled", booked.is_cancelled),
    )


def has_moved_far(was: Booked, booked: Booked) -> bool:
    """Whether whoever came to a session as it was need not have been there when it took place."""
    return abs(booked.starts_at - was.starts_at) > GAP


def _follows(booked: Booked, last: Booked, at: datetime) -> bool:
    return (
        not booked.is_cancelled
        and at < booked.opens_at
        and booked.day == last.day
        and booked.starts_at - last.ends_at <= GAP
    )


def _arrived(
    booked: Booked, at: datetime, method: Method, took_part: Mode | None = None
) -> Booked | None:
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
    identity = Identity.PIN if method is Method.KIOSK else booked.identified_by
    is_open = booked.mode is Mode.HYBRID and took_part is not None
    return booked._replace(
        status=Status.PRESENT,
        arrived_at=at,
        method=method,
        took_part=took_part if is_open else booked.took_part,
        identified_by=identity,
    )


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


def _changed_later(was: Booked, booked: Booked, *, at: datetime, zone: ZoneInfo) -> str | None:
    """What was changed about a session after a check-in that therefore leads nowhere."""
    start = clock_time(was.starts_at, zone)
    if was.is_cancelled and not booked.is_cancelled:
        return f"Their session at {start} was cancelled when they came. Now it takes place."
    if why_not_check_in(was, at=at) is None and has_moved_far(was, booked):
        to = clock_time(booked.starts_at, zone)
        return f"Their session at {start} was moved to {to} after they had come."
    return None


def why_not_arrive(
    day: Sequence[Booked],
    *,
    at: datetime,
    then: Mapping[int, Booked] = MappingProxyType({}),
    zone: ZoneInfo,
) -> str:
    """Why a check-in led nowhere, for staff to read."""
    for booked in day:
        if sentence := _changed_later(then.get(booked.id, booked), booked, at=at, zone=zone):
            return sentence
    today = at.astimezone(zone).date()
    if not any(booked.day == today for booked in day):
        return f"They had no session here on {day_short(today)}."
    as_then = (then.get(booked.id, booked) for booked in day)
    for booked in sorted(as_then, key=lambda each: (each.is_cancelled, each.starts_at)):
        if why_not_check_in(booked._replace(is_cancelled=False), at=at) is None:
            start = clock_time(booked.starts_at, zone)
            if booked.is_cancelled:
                return f"Their session at {start} has been cancelled."
            if booked.signed_at is not None:
                return f"Their attendance at {start} has been signed."
            return f"Their seat at {start} has been given away, and no other one is free."
    return f"No session of theirs was open at {clock_time(at, zone)}."
