"""Which appointments a calendar shows, and in which words. Values in, answer out.

A calendar ends up on other people's servers and lock screens: it says "Appointment" and a time.
Every time is written in UTC, the only form that all calendar programs read alike.
"""

import functools
import hashlib
import unicodedata
from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from importlib import metadata
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vDuration, vText

from clinic import formats
from clinic.days import DAY, instant_of, week_of
from clinic.names import first_free

LOOKS_BACK = timedelta(days=30)
EVENTS_AT_MOST = 2000  # some programs refuse a calendar above one megabyte
CANCELLED_STAYS = timedelta(days=14)
REVOKED_STAYS = timedelta(days=90)  # empty: programs keep all they have when they are told 404
PLACE_AT_MOST = 100
ADDRESS_AT_MOST = 200
NAME_AT_MOST = 40  # letters in what somebody calls a device
LINKS_AT_MOST = 20  # of one person
FETCHED_EVERY = timedelta(hours=1)  # how exactly we know when a link was last fetched

FORMAT = 1  # to be raised whenever the same appointments are written differently
MADE_BY = f"{FORMAT} {metadata.version('icalendar')} {metadata.version('tzdata')}"


class Appointment(NamedTuple):
    """What a calendar may know of a session; a participant's knows no number and no room.

    A discreet one knows nothing of the site.
    """

    uid: str
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    sequence: int
    changed_at: datetime
    is_cancelled: bool
    number: int | None
    place: str | None
    address: str | None = None
    phone: str | None = None
    way_in: str | None = None


WITHDRAWN = "This link has ended."


def is_over(revoked_at: datetime | None, *, now: datetime) -> bool:
    """Whether a link was withdrawn so long ago that there is nothing left of it."""
    return revoked_at is not None and now >= revoked_at + REVOKED_STAYS


def why_not_issue(*, is_active: bool, number: int) -> str | None:
    """Why somebody with this number of links to their calendar cannot have another one."""
    if not is_active:
        return "This account is closed: its calendars stay empty."
    is_enough = number >= LINKS_AT_MOST
    return f"{LINKS_AT_MOST} links are the most. End one first." if is_enough else None


def why_not_name(name: str | None, *, taken: Collection[str]) -> str | None:
    """Why a link cannot have this name; `taken` are those that devices of the person use."""
    if name not in taken:
        return None
    return f"A link named “{name}” is in use. Choose another name, or end that one first."


def free_name(taken: Collection[str]) -> str:
    """`Calendar`, or the first free of `Calendar 2`, `Calendar 3` …"""
    return first_free("Calendar", taken)


def is_worth_noting(seen_at: datetime | None, *, now: datetime) -> bool:
    """Whether a fetch is to be written down, after one at `seen_at`."""
    return seen_at is None or now - seen_at >= FETCHED_EVERY


def build(places: str, *, link: str) -> str:
    """What a body is written with beside the sessions; another one writes another body."""
    return f"{MADE_BY} {hashlib.sha256(places.encode()).hexdigest()[:16]} {link}"


def is_kept(feed: Any, *, week: date, build: str, now: datetime) -> bool:
    """Whether the kept body of a calendar is what would be written now."""
    return (
        feed.version == feed.calendar_version
        and feed.window == week
        and feed.build == build
        and (feed.expires_at is None or now < feed.expires_at)
    )


def changed_at(now: datetime, *, before: datetime | None) -> datetime:
    """When a body that differs from the one before it was changed, in whole seconds.

    Dates on the wire have no fractions: two changes within a second must still be told apart.
    """
    second = now.replace(microsecond=0)
    return second if before is None else max(second, before + timedelta(seconds=1))


def etag_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


def week_shown_from(now: datetime) -> date:
    """The first day that a calendar shows: at least 30 days back, and the same all week."""
    return week_of((now - LOOKS_BACK).date(), 0)


def shown(appointments: Iterable[Appointment], *, now: datetime) -> list[Appointment]:
    """Those that a calendar shows, each once, in their order; the farthest off give way."""
    due = {
        appointment.uid: appointment
        for appointment in appointments
        if not appointment.is_cancelled or now < leaves_at(appointment)
    }
    return list(due.values())[:EVENTS_AT_MOST]


def leaves_at(cancelled: Appointment) -> datetime:
    """When a cancelled appointment leaves the calendar: people should see it, not collect it."""
    day = cancelled.starts_at.astimezone(cancelled.zone).date()
    day_is_over = instant_of(day + DAY, time.min, cancelled.zone)
    return min(day_is_over, cancelled.changed_at + CANCELLED_STAYS)


def expires_at(appointments: Iterable[Appointment]) -> datetime | None:
    """When the next cancelled appointment leaves; None when there is none."""
    return min(map(leaves_at, (each for each in appointments if each.is_cancelled)), default=None)


def path_of(token: str) -> str:
    return f"/feeds/{token}.ics"


def webcal(address: str) -> str:
    """The same address as phones and computers know it for one to subscribe to."""
    return f"webcal://{address.partition('://')[2]}"


def link_to(base_url: str) -> str:
    """Where a calendar sends people for more: our sign-in, if we know our own address."""
    return f"{base_url.rstrip('/')}/sign-in" if base_url else ""


def calendar(appointments: Iterable[Appointment], *, link: str) -> bytes:
    """The whole file. The same appointments give the same bytes."""
    head, tail = _cover()
    return b"".join([head, *(event(each, link) for each in appointments), tail])


# One group session is the same event for everyone in it, and a change touches few of a calendar's.
@functools.lru_cache(maxsize=8192)
def event(appointment: Appointment, link: str) -> bytes:
    """One appointment, as it stands in the file."""
    title = "Appointment" if appointment.number is None else f"Appointment {appointment.number}"
    written = Event()
    written.add("uid", appointment.uid)
    written.add("sequence", appointment.sequence)
    written.add("dtstamp", appointment.changed_at)
    written.add("last-modified", appointment.changed_at)
    written.add("dtstart", appointment.starts_at)
    written.add("dtend", appointment.ends_at)
    # Programs that do not know the status show the title, and the time as free.
    written.add("summary", f"Cancelled: {title}" if appointment.is_cancelled else title)
    written.add("status", "CANCELLED" if appointment.is_cancelled else "CONFIRMED")
    written.add("transp", "TRANSPARENT" if appointment.is_cancelled else "OPAQUE")
    written.add("class", "PRIVATE")
    written.add("description", _description(appointment, link))
    if place := _location(appointment):
        written.add("location", vText(place))
    if link:
        written.add("url", link)
    text: bytes = written.to_ical()
    return text


def _location(appointment: Appointment) -> str:
    room = plain(appointment.place or "")[:PLACE_AT_MOST]
    return ", ".join(filter(None, (room, plain(appointment.address or "")[:ADDRESS_AT_MOST])))


def _description(appointment: Appointment, link: str) -> str:
    """The local time in words, right where a phone's own zone is wrong, and where to read more.

    A full one says how to get in, and whom to call, too.
    """
    zone = appointment.zone
    times = formats.time_range(appointment.starts_at, appointment.ends_at, zone)
    details = f"Details: sign in at {link}" if link else "Details: sign in"
    way_in = [plain(line) for line in (appointment.way_in or "").splitlines()]
    phone = [f"Phone: {formats.phone(appointment.phone)}"] if appointment.phone else []
    return "\n".join(
        [f"{times}, {formats.zone_note(zone.key)}", *filter(None, way_in), *phone, details]
    )


def plain(text: str) -> str:
    """One line without what breaks calendar programs: control characters, backslashes."""
    spaced = (" " if unicodedata.category(each) in _BREAKS else each for each in text)
    return " ".join("".join(spaced).translate(_REPLACED).split())


_BREAKS = {"Cc", "Cs", "Zl", "Zp"}  # control, lone surrogates, separators of lines and paragraphs
_REPLACED = {ord("\\"): "/", ord("\ufeff"): None}  # the latter marks the start of files


@functools.cache
def _cover() -> tuple[bytes, bytes]:
    """What stands before and after the events."""
    # Names and X-properties are written as they are unless they are text by type.
    written = Calendar()
    written.add("version", "2.0")
    written.add("prodid", "-//schedule//schedule//EN")
    written.add("calscale", "GREGORIAN")
    written.add("method", "PUBLISH")
    written.add("name", vText("My schedule"))
    written.add("x-wr-calname", vText("My schedule"))
    written.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    written.add("x-published-ttl", vDuration(timedelta(hours=1)))
    tail = b"END:VCALENDAR\r\n"
    return written.to_ical().removesuffix(tail), tail


EMPTY = calendar([], link="")
