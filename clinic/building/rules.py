"""Who is in the building now. Values in, answer out."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from clinic.schedule.models import Mode, Status

LINGER = timedelta(minutes=30)  # after a session's end, as long as an arrival is carried on


class Stop(NamedTuple):
    """One person's place in a session of today's, in a building."""

    participant_id: int
    name: str
    booking_id: int
    session_id: int
    version: int
    starts_at: datetime
    ends_at: datetime
    doors_at: datetime
    mode: Mode
    status: Status
    arrived_at: datetime | None
    left_at: datetime | None
    room: str
    can_mark: bool = True  # by whoever asks

    @property
    def came_at(self) -> datetime:
        return self.arrived_at or self.starts_at


class Presence(NamedTuple):
    """Somebody who is in the building: where they should be, and since when."""

    stop: Stop  # the one that is on, or the next
    since: datetime
    leaves_from: Stop | None  # the one on which their leaving would be recorded


def presence(day: Iterable[Stop], *, now: datetime) -> Presence | None:
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
    if not any(min(stop.came_at, stop.doors_at) <= now for stop in staying):
        return None
    since = staying[0].came_at
    for stop in reversed([each for each in came if each.starts_at < staying[0].starts_at]):
        if stop.left_at is not None or since - stop.ends_at > LINGER:
            break
        since = min(since, stop.came_at)
    begun = [stop for stop in staying if stop.starts_at <= now]
    ahead = [stop for stop in staying if stop.ends_at > now]
    return Presence(
        stop=ahead[0] if ahead else staying[-1],
        since=min(since, now),
        leaves_from=begun[-1] if begun else None,
    )


def missing(day: Iterable[Stop], *, now: datetime) -> Stop | None:
    """The session in the building that somebody is expected at now and has not come to."""
    return next(
        (
            stop
            for stop in sorted(day, key=lambda stop: (stop.starts_at, stop.booking_id))
            if stop.status is Status.EXPECTED
            and stop.mode is not Mode.VIRTUAL
            and stop.doors_at <= now <= stop.ends_at
        ),
        None,
    )
