from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import NamedTuple

from clinic import clock
from clinic.arrivals import queries, rules
from clinic.bookings.actions import store
from clinic.bookings.queries import ARRIVED, booked_on
from clinic.bookings.rules import Booked
from clinic.db import AnyRow
from clinic.errors import Refused, refuse_if
from clinic.programs.models import Site
from clinic.schedule.actions import seats
from clinic.schedule.models import Method, Mode, Status
from clinic.schedule.rules.sessions import EARLIEST_DOORS
from clinic.trail import Actor


class Arrival(NamedTuple):
    """Where a check-in leads, by start; new unless they were known to be at all of them."""

    is_new: bool
    places: list[Booked]


def arrive(
    participant_id: int,
    site: Site | AnyRow,
    *,
    at: datetime,
    method: Method,
    among: Collection[int] | None = None,
    took_part: Mode | None = None,
    act: str | None = None,
    by: Actor,
    now: datetime,
) -> Arrival:
    """Note that somebody came to a site, by when they did. Asking twice changes nothing.

    Of the site only id and time zone are read; `among` are the sessions that it may lead to, where
    not to all, and `took_part` how they came, where a session leaves that open. Raises `Refused`,
    in words for staff, when the arrival leads to no session.
    """
    refuse_if(rules.why_not_at(at, now=now))
    zone = clock.zone(site.timezone)
    # Doors may open before midnight for what begins after it.
    days = clock.day_of(at, zone), clock.day_of(at + EARLIEST_DOORS, zone)
    day = booked_on(participant_id, site.id, *days)
    day = [booked for booked in day if among is None or booked.session_id in among]
    then = _as_then(day, at=at, now=now)
    as_then = [then.get(booked.id, booked) for booked in day]
    seatless = rules.seatless(as_then, at=at)
    free = {booked.id: seats.find_free(booked.session_id) for booked in seatless}
    full = {booking_id for booking_id, seat_no in free.items() if seat_no is None}
    arriving = rules.arrivals(day, at=at, method=method, took_part=took_part, full=full, then=then)
    if not arriving:
        raise Refused(rules.why_not_arrive(day, at=at, then=then, zone=zone))
    change = partial(store, by=by, now=now, at=at, chain=site.id, act=act)
    for before, after in arriving:
        if after is not before:
            seat_no = free.get(before.id, before.seat_no)
            arrived = after._replace(recorded_at=now, seat_no=seat_no)
            change(before, arrived, ARRIVED)
    return Arrival(
        is_new=any(before.status is not Status.PRESENT for before, _ in arriving),
        places=[after for _, after in arriving],
    )


def _as_then(day: Collection[Booked], *, at: datetime, now: datetime) -> dict[int, Booked]:
    """Bookings by id whose session may have been otherwise at `at`, as it was."""
    late = [each for each in day if rules.may_have_been_other(each, at=at, now=now)]
    if not late:
        return {}
    changes = queries.changed_since({each.session_id for each in late}, at)
    return {each.id: rules.as_then(each, changes[each.session_id]) for each in late}
