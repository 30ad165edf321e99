"""The people who work here: what is allowed, what follows."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final, NamedTuple

from clinic.days import WEEKDAYS, Range, WeeklyTime
from clinic.formats import day_numeric
from clinic.permissions import Role
from clinic.schedule.rules.words import session_name

LICENSE_NOTICE: Final = timedelta(days=60)


def why_not_staff(roles: frozenset[Role]) -> str | None:
    if Role.PARTICIPANT in roles:
        return "This e-mail address belongs to a participant. Staff need another one."
    return None


def staff_key(text: str) -> str:
    """A key for somebody new: what stands before the @ of their address, or their name."""
    local = unicodedata.normalize("NFKD", text.partition("@")[0])
    return re.sub(r"[^a-z0-9]+", "-", local.lower()).strip("-") or "staff"


class Access(StrEnum):
    """How far somebody's way in is open."""

    HERE = "has access"
    INVITED = "invited"
    NONE = "no access yet"
    ENDED = "access ended"


def access(person: Any) -> Access:
    """How far the way in is open to a row with is_active, has_password and invited_until."""
    if not person.is_active:
        return Access.ENDED
    if person.has_password:
        return Access.HERE
    return Access.INVITED if person.invited_until else Access.NONE


def is_license_due(expires_on: date | None, *, today: date) -> bool:
    """Whether a license has run out or soon will."""
    return expires_on is not None and expires_on - today <= LICENSE_NOTICE


class StillLed(NamedTuple):
    """Sessions that somebody is still going to lead: of one group, or with one name."""

    series_id: int | None
    called: str
    number: int
    starts_at: datetime  # of the next one
    timezone: str


def still_led(rows: Iterable[Any], met: Mapping[int, Sequence[Any]]) -> list[StillLed]:
    """Return a line for each group or name of these sessions, the soonest first; `met` are those
    who come to a session that is known by them."""
    found: dict[tuple[Any, ...], StillLed] = {}
    for row in rows:
        called = session_name(row, [one.name for one in met.get(row.id, ())])
        key = row.series_id, called, row.timezone
        one = found.get(key, StillLed(row.series_id, called, 0, row.starts_at, row.timezone))
        found[key] = one._replace(number=one.number + 1)
    return list(found.values())


def why_not_shifts(shifts: Iterable[WeeklyTime]) -> str | None:
    for one, other in pairwise(sorted(shifts)):
        if one.overlaps(other):
            return f"Two of the working hours are at the same time on {WEEKDAYS[one.weekday]}."
    return None


def why_not_time_off(days: Range, others: Iterable[Range]) -> str | None:
    """The reason not to note these days off beside the others of the same person, or None."""
    for other in others:
        if other.overlaps(days):
            return (
                f"There is already time off from {day_numeric(other.from_on)} to"
                f" {day_numeric(other.until_on)}. Change that instead."
            )
    return None
