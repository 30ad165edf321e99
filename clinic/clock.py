"""The only reader of the wall clock, and what a day or a week means at a place."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

# The rules of time zones change; the wheel that we pin is newer than most machines' copy.
zoneinfo.reset_tzpath(to=[])

MOMENT = timedelta(microseconds=1)  # from one instant to the next
YEARS = range(1900, 2200)  # another one is a slip of the hand, or has not even a next day


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name; raises `ValueError` where there is none."""
    try:
        return ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(name) from unknown


def zone_names() -> frozenset[str]:
    """The names of all zones that there are."""
    return frozenset(zoneinfo.available_timezones())


def instant_from(text: str) -> datetime | None:
    """An instant as others send it, ISO 8601 with its offset, in UTC; None for anything else."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    is_usable = instant.tzinfo is not None and instant.year in YEARS
    return instant.astimezone(UTC) if is_usable else None


def day_of(instant: datetime, at: ZoneInfo) -> date:
    """The local day that an instant belongs to."""
    return instant.astimezone(at).date()


class Here(NamedTuple):
    """The clock of a page that is about one place."""

    zone: ZoneInfo
    today: date


def here(at: ZoneInfo, instant: datetime) -> Here:
    """The clock there, with the day that it is then."""
    return Here(at, day_of(instant, at))


def bounds_of(day: date, at: ZoneInfo) -> tuple[datetime, datetime]:
    """First instant of a local day and of the next one, in UTC; 23 to 25 hours apart."""
    first = datetime.combine(day, time.min, at)
    after = datetime.combine(day + timedelta(days=1), time.min, at)
    return first.astimezone(UTC), after.astimezone(UTC)
