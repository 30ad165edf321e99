"""Who is in the building, as rows: for a fire alarm, so everybody's and with names alone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select, true

from clinic.accounts.models import Staff
from clinic.attendance.rules import opens_at
from clinic.building import rules
from clinic.building.rules import Stop
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.formats import clock_time, short_name
from clinic.participants.models import Participant
from clinic.programs.models import Organization, Room, Site
from clinic.schedule.models import Booking, Mode, Session, SessionLeader, Status
from clinic.schedule.queries.staff import led_by
from clinic.schedule.rules.words import zone_note
from clinic.trail import Actor, TrailLook


class Here(NamedTuple):
    """Somebody who is in the building."""

    participant_id: int
    name: str
    room: str
    since: str
    leaves_from: Stop | None  # on which whoever asks may record that they left


class Due(NamedTuple):
    """Somebody who is expected now and has not arrived."""

    participant_id: int
    name: str
    room: str
    starts: str


class Leading(NamedTuple):
    """A member of staff who leads a session now."""

    name: str
    room: str
    until: str


class _Who(NamedTuple):
    """Somebody at one site."""

    site_id: int
    participant_id: int
    name: str


class Building(NamedTuple):
    key: str
    name: str
    zone_note: str
    as_of: str
    here: list[Here]
    due: list[Due]
    leading: list[Leading]


def buildings(places: Sequence[Site], *, now: datetime, scope: int | None = None) -> list[Building]:
    """Each site with who is there now, by name.

    Everybody sees everybody here; `scope` is whoever may mark only those in sessions of their own.
    """
    days = {place.id: place.today(now) for place in places}
    people = _people(_bookings(days, scope=scope))
    leaders = _leaders(days, now=now)
    inside = {
        who: there for who, stops in people.items() if (there := rules.presence(stops, now=now))
    }
    arrived = {who.participant_id for who in inside}
    awaited = {
        who: stop
        for who, stops in people.items()
        if who.participant_id not in arrived and (stop := rules.missing(stops, now=now))
    }
    found = []
    for place in places:
        zone = place.zone
        found.append(
            Building(
                key=place.key,
                name=place.name,
                zone_note=zone_note(*[place.timezone]),
                as_of=clock_time(now, zone),
                here=_by_name(
                    _here(who, there, zone)
                    for who, there in inside.items()
                    if who.site_id == place.id
                ),
                due=_by_name(
                    Due(who.participant_id, who.name, stop.room, clock_time(stop.starts_at, zone))
                    for who, stop in awaited.items()
                    if who.site_id == place.id
                ),
                leading=_by_name(
                    Leading(row.name, row.room or "", clock_time(row.ends_at, zone))
                    for row in leaders
                    if row.site_id == place.id
                ),
            )
        )
    return found


def _by_name(people: Iterable[Any]) -> list[Any]:
    return sorted(people, key=lambda each: each.name.casefold())


def _here(who: _Who, there: rules.Presence, zone: ZoneInfo) -> Here:
    stop = there.leaves_from
    return Here(
        participant_id=who.participant_id,
        name=who.name,
        room=there.stop.room,
        since=clock_time(there.since, zone),
        leaves_from=stop if stop is not None and stop.can_mark else None,
    )


def _people(rows: Iterable[AnyRow]) -> dict[_Who, list[Stop]]:
    """Everybody with a place somewhere today, with all their places there."""
    found: dict[_Who, list[Stop]] = defaultdict(list)
    for row in rows:
        name = short_name(row.name, row.preferred_name)
        found[_Who(row.site_id, row.participant_id, name)].append(
            Stop(
                booking_id=row.id,
                session_id=row.session_id,
                version=row.version,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                doors_at=opens_at(row.starts_at, row.doors_minutes),
                mode=row.mode,
                status=row.status,
                arrived_at=row.arrived_at,
                left_at=row.left_at,
                room=row.room or "",
                can_mark=bool(row.can_mark),
            )
        )
    return found


def _bookings(days: dict[int, date], *, scope: int | None) -> Sequence[AnyRow]:
    """Who came or is expected to sessions that are held in each site on its day."""
    return db.execute(
        select(
            Booking.id,
            Booking.version,
            Booking.status,
            Booking.arrived_at,
            Booking.left_at,
            Booking.session_id,
            Session.site_id,
            Session.starts_at,
            Session.ends_at,
            Session.mode,
            Room.name.label("room"),
            Participant.id.label("participant_id"),
            Participant.name,
            Participant.preferred_name,
            Organization.doors_minutes,
            (true() if scope is None else led_by(scope)).label("can_mark"),
        )
        .join(Session, Session.id == Booking.session_id)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .join(Participant, Participant.id == Enrollment.participant_id)
        .join(Organization, Organization.id == 1)
        .outerjoin(Room, Room.id == Session.room_id)
        .where(
            _on(days),
            Session.mode != Mode.VIRTUAL,
            ~Session.is_cancelled,
            Booking.status.in_([Status.PRESENT, Status.EXPECTED]),
        )
    ).all()


def _leaders(days: dict[int, date], *, now: datetime) -> Sequence[AnyRow]:
    """Who leads what is held now."""
    return db.execute(
        select(
            SessionLeader.session_id,
            Session.site_id,
            Session.ends_at,
            Room.name.label("room"),
            Staff.name,
        )
        .join(Session, Session.id == SessionLeader.session_id)
        .join(Staff, Staff.id == SessionLeader.staff_id)
        .outerjoin(Room, Room.id == Session.room_id)
        .where(
            _on(days),
            Session.mode != Mode.VIRTUAL,
            ~Session.is_cancelled,
            Session.starts_at <= now,
            Session.ends_at > now,
        )
        .order_by(Staff.name, SessionLeader.session_id)
    ).all()


def _on(days: dict[int, date]) -> ColumnElement[bool]:
    return or_(
        *(and_(Session.site_id == site_id, Session.day == day) for site_id, day in days.items())
    )


def last_look(page: str, actor: Actor) -> set[int]:
    """The participants that a page showed somebody when it was last noted that it did."""
    ids = db.scalar(
        select(TrailLook.participant_ids)
        .where(
            TrailLook.page == page,
            TrailLook.actor_kind == actor.kind,
            TrailLook.actor_id == actor.id,
        )
        .order_by(TrailLook.id.desc())
        .limit(1)
    )
    return set(ids or ())
