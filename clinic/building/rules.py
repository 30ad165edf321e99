"""Who is in the building now. Values in, answer out.

A stop is one person's place in a session of today's, in a building: a row with the columns of the
booking and its session, and `doors_minutes`.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from clinic.schedule.models import Mode, Status
from clinic.schedule.rules.sessions import opens_at

LINGER = timedelta(minutes=30)  # after a session's end, as long as an arrival is carried on


class Presence(NamedTuple):
    """Somebody who is in the building: where they should be, and since when."""

    stop: Any  # the one that is on, or the next
    since: datetime
    leaves_from: Any | None  # the one on which their leaving would be recorded


def presence(day: Iterable[Any], *, now: datetime) -> Presence | None:
    """Where somebody is in the building now, or None when they are not known to be in it.

    They are when they came to a session held here and have not left, until half an hour after the
    last of the sessions that they came for.
    """
    came = [
        stop
        for stop in sorted(day, key=lambda stop: (stop.starts_at, stop.booking_id))
        if stop.status is Status.PRESENT and stop.mode is not Mode.VIRTUAL
    ]
    left = [stop.left_at for stop in came if stop.left_at is not None and stop.left_at <= now]
    staying = [
        stop
        for stop in came
        if (stop.left_at is None or stop.left_at > now)
        and now <= stop.ends_at + LINGER
        and not any(gone >= stop.ends_at for gone in left)
    ]
    if not any(min(_came_at(stop), _doors_at(stop)) <= now for stop in staying):
        return None
    since = _came_at(staying[0])
    for stop in reversed([each for each in came if each.starts_at < staying[0].starts_at]):
        if stop.left_at is not None or since - stop.ends_at > LINGER:
            break
        since = min(since, _came_at(stop))
    begun = [stop for stop in staying if stop.starts_at <= now]
    ahead = [stop for stop in staying if stop.ends_at > now]
    return Presence(
        stop=ahead[0] if ahead else staying[-1],
        since=min(since, now),
        leaves_from=begun[-1] if begun else None,
    )


def missing(day: Iterable[Any], *, now: datetime) -> Any | None:
    """The session in the building that somebody is expected at now and has not come to."""
    return next(
        (
            stop
            for stop in sorted(day, key=lambda stop: (stop.starts_at, stop.booking_id))
            if stop.status is Status.EXPECTED
            and stop.mode is not Mode.VIRTUAL
            and _doors_at(stop) <= now <= stop.ends_at
        ),
        None,
    )


def _came_at(stop: Any) -> datetime:
    arrived_at: datetime | None = stop.arrived_at
    return arrived_at or stop.starts_at


def _doors_at(stop: Any) -> datetime:
    return opens_at(stop.starts_at, stop.doors_minutes)
