"""The bookings beside their events, a few thousand at a time: the trail may be long."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from heapq import merge
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Executable, and_, func, or_, select

from clinic import trail
from clinic.audit.rules import (
    held_so,
    is_told_whole,
    why_not_amended_so,
    why_not_as_recorded,
    why_not_held_so,
    why_not_signed_so,
)
from clinic.db import AnyRow, db
from clinic.schedule.models import (
    AttendanceAmendment,
    Booking,
    Session,
    SessionLeader,
    SignOff,
)
from clinic.signing.actions import SIGNED, facts_of
from clinic.trail import TrailEvent

_OF_ITS_ATTENDANCE = and_(
    TrailEvent.subject_kind == Booking.__tablename__,
    TrailEvent.subject_id == Booking.id,
    TrailEvent.verb.startswith("attendance."),
)
_IN_ORDER = (TrailEvent.chain, TrailEvent.number)
_STORED = (
    select(
        Booking.id,
        *(Booking.status, Booking.arrived_at, Booking.left_at, Booking.method),
        *(Booking.recorded_at, Booking.seat_no, Booking.signed_at, Booking.reason),
        *(Booking.took_part, Booking.identified_by),
        *(Booking.reason_for, Booking.enrollment_id, Booking.session_id),
        TrailEvent.facts,
    )
    .outerjoin(TrailEvent, _OF_ITS_ATTENDANCE)
    .order_by(Booking.id, *_IN_ORDER)
)
_GONE = (
    select(TrailEvent.subject_id.label("id"), TrailEvent.facts)
    .where(
        TrailEvent.subject_kind == Booking.__tablename__,
        TrailEvent.verb.startswith("attendance."),
        ~select(Booking.id).where(Booking.id == TrailEvent.subject_id).exists(),
    )
    .order_by(TrailEvent.subject_id, *_IN_ORDER)
)


def differences_of(booking_ids: Collection[int]) -> dict[int, str]:
    """Booking id to the first difference from its events, in words, of those that have one."""
    rows = db.execute(_STORED.where(Booking.id.in_(booking_ids)))
    found = {}
    for booking_id, row, events in _with_events(rows, is_stored=True):
        if why_not := _why_not(booking_id, row, events):
            found[booking_id] = why_not
    return found


_HELD_SO = (
    select(Session.id.label("session_id"), Session.held_from, Session.held_until, Session.topic)
    .where(
        or_(Session.held_from.is_not(None), Session.held_until.is_not(None), Session.topic != "")
    )
    .order_by(Session.id)
)
_LED_SO = (
    select(
        SessionLeader.session_id,
        SessionLeader.staff_id,
        SessionLeader.has_led,
        SessionLeader.stood_in,
    )
    .where(or_(SessionLeader.has_led.is_not(None), SessionLeader.stood_in))
    .order_by(SessionLeader.session_id, SessionLeader.position)
)
_HELD = (
    select(
        TrailEvent.subject_id.label("session_id"),
        TrailEvent.facts,
        select(SignOff.id)
        .where(SignOff.session_id == TrailEvent.subject_id)
        .exists()
        .label("is_signed"),
    )
    .where(
        TrailEvent.subject_kind == Session.__tablename__,
        TrailEvent.verb == "session.held",
        select(Session.id).where(Session.id == TrailEvent.subject_id).exists(),
    )
    .order_by(TrailEvent.subject_id, *_IN_ORDER)
)
_AMENDED = (
    select(
        TrailEvent.verb,
        TrailEvent.subject_kind,
        TrailEvent.subject_id,
        TrailEvent.actor_id,
        TrailEvent.happened_at,
        TrailEvent.facts,
    )
    .where(TrailEvent.verb.in_(["attendance.amended", "amendment.asked", "amendment.declined"]))
    .order_by(*_IN_ORDER)
)
Found = TypeVar("Found")
UNREADABLE = "its events cannot be read"
_SIGN_OFFS = select(SignOff).order_by(SignOff.session_id, SignOff.id)
_SIGNED = (
    select(TrailEvent.subject_id, TrailEvent.facts)
    .where(TrailEvent.subject_kind == Session.__tablename__, TrailEvent.verb == SIGNED)
    .order_by(TrailEvent.subject_id, *_IN_ORDER)
)


class Event(NamedTuple):
    """An event with its facts."""

    subject_id: int
    actor_id: int | None
    happened_at: datetime
    facts: dict[str, Any]


class Compared(NamedTuple):
    """A sentence for each booking that differs, and how many could be compared in part only."""

    sentences: list[str]
    in_part: int


def bookings() -> int:
    """Return how many there are to compare."""
    return db.scalar(select(func.count()).select_from(Booking)) or 0


def bookings_compared(tell: Callable[[int], object] = lambda _: None) -> Compared:
    """Compare the attendance of every booking with its events.

    `tell` is told each time how many more have been compared.
    """
    sentences: list[str] = []
    in_part = 0
    for number, (booking_id, row, events) in enumerate(_beside_events(), start=1):
        in_part += row is not None and not is_told_whole(events)
        if why_not := _why_not(booking_id, row, events):
            sentences.append(f"booking {booking_id}: {why_not}")
        if number % trail.AT_A_TIME == 0:
            tell(trail.AT_A_TIME)
    return Compared(sentences, in_part)


def _why_not(booking_id: int, row: AnyRow | None, events: list[dict[str, Any]]) -> str | None:
    words = row.reason if row is not None else None
    reason = trail.digest_of_words(words, Booking.__tablename__, booking_id)
    unreadable: str | None = UNREADABLE
    return _read(why_not_as_recorded, unreadable, row, events, reason=reason)


def others_compared() -> list[str]:
    """Return a sentence for each signature, amendment and session that differs."""
    return [*sign_offs_compared(), *amendments_compared(), *sessions_compared()]


def sign_offs_compared() -> list[str]:
    """Return a sentence for each signature that is not what its event says."""
    sign_offs = db.scalars(_SIGN_OFFS, execution_options={"yield_per": trail.AT_A_TIME})
    events = _streamed(_SIGNED)
    by_session = merge(
        ((row.session_id, _plain(facts_of(row)), None) for row in sign_offs),
        ((event.subject_id, None, _facts(event.facts)) for event in events),
        key=itemgetter(0),
    )
    sentences = []
    for session_id, found in groupby(by_session, key=itemgetter(0)):
        rows, told = zip(*((row, event) for _, row, event in found), strict=True)
        differences = _read(why_not_signed_so, [UNREADABLE], rows, told)
        sentences += [f"session {session_id}: {each}" for each in differences]
    return sentences


def sessions_compared() -> list[str]:
    """Return a sentence for each session that was held otherwise than its events say."""
    streams = (_named("times", _HELD_SO), _named("led", _LED_SO), _named("event", _HELD))
    sentences = []
    for session_id, found in groupby(merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
        of_kind: dict[str, list[AnyRow]] = {"times": [], "led": [], "event": []}
        for _, kind, row in found:
            of_kind[kind].append(row)
        times, led = next(iter(of_kind["times"]), None), of_kind["led"]
        words = times.topic if times is not None else None
        topic = trail.digest_of_words(words, Session.__tablename__, session_id)
        events = [_facts(event.facts) for event in of_kind["event"]]
        is_signed = any(event.is_signed for event in of_kind["event"])
        stored = held_so(times, led, topic=topic)
        unreadable: str | None = UNREADABLE
        why_not = _read(why_not_held_so, unreadable, stored, events, is_signed=is_signed)
        if why_not:
            sentences.append(f"session {session_id}: {why_not}")
    return sentences


def amendments_compared() -> list[str]:
    """Return a sentence for each amendment that is not what its events say. There are few."""
    told: dict[int, dict[str, Any]] = defaultdict(dict)
    for event in _streamed(_AMENDED):
        facts = _facts(event.facts)
        of_booking = event.subject_kind == Booking.__tablename__
        about = facts.get("amendment") if of_booking else event.subject_id
        told[about or 0][event.verb] = Event(
            event.subject_id, event.actor_id, event.happened_at, facts
        )
    rows = db.scalars(select(AttendanceAmendment).order_by(AttendanceAmendment.id))
    sentences = []
    for row in rows:
        events = told.pop(row.id, {})
        unreadable: str | None = UNREADABLE
        if why_not := _read(_why_not_amended_so, unreadable, row, events):
            sentences.append(f"amendment {row.id} is not what was recorded: {why_not}")
    return sentences + [f"amendment {each} was recorded and is gone" for each in sorted(told)]


def _why_not_amended_so(row: AttendanceAmendment, events: Mapping[str, Event]) -> str | None:
    both = (row.words, row.decided_words)
    first, second = (trail.digest_of_words(each, row.__tablename__, row.id) for each in both)
    return why_not_amended_so(
        row,
        words=(first, second),
        made=events.get("attendance.amended"),
        asked=events.get("amendment.asked"),
        declined=events.get("amendment.declined"),
    )


def _facts(text: str) -> dict[str, Any]:
    """What an event tells; nothing where it is not what we ever wrote."""
    try:
        facts = json.loads(text)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _read(compare: Callable[..., Found], unreadable: Found, *facts: Any, **more: Any) -> Found:
    """What comes of it, also where an event is not what we ever wrote: that it was forged is told
    by its digest, and the others are still to be compared."""
    try:
        return compare(*facts, **more)
    except (AttributeError, KeyError, TypeError):
        return unreadable


def _named(kind: str, statement: Executable) -> Iterator[tuple[int, str, AnyRow]]:
    return ((row.session_id, kind, row) for row in _streamed(statement))


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """As they are read from an event."""
    return {name: trail.plain(value) for name, value in facts.items()}


def _beside_events() -> Iterator[tuple[int, AnyRow | None, list[dict[str, Any]]]]:
    yield from _with_events(_streamed(_STORED), is_stored=True)
    yield from _with_events(_streamed(_GONE), is_stored=False)


def _with_events(
    rows: Iterable[AnyRow], *, is_stored: bool
) -> Iterator[tuple[int, AnyRow | None, list[dict[str, Any]]]]:
    for booking_id, its in groupby(rows, key=attrgetter("id")):
        found = list(its)
        events = [_facts(row.facts) for row in found if row.facts is not None]
        yield booking_id, found[0] if is_stored else None, events


def _streamed(statement: Executable) -> Iterator[AnyRow]:
    yield from db.execute(statement, execution_options={"yield_per": trail.AT_A_TIME})
