"""Who is in the building, as rows: for a fire alarm, so everybody's and with names alone."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select, true

from clinic.accounts.models import Staff
from clinic.building import rules
from clinic.building.rules import Presence
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.formats import short_name
from clinic.names import sort_key
from clinic.participants.models import Participant
from clinic.participants.queries import TO_TELL_APART
from clinic.programs.models import Organization, Room, Site
from clinic.schedule.models import Booking, Mode, Session, SessionLeader, Status
from clinic.schedule.queries.staff import led_by


class Building(NamedTuple):
    """A site with who is there now, by name."""

    site: Site
    here: list[Presence]
    due: list[AnyRow]  # at which somebody is expected now who has not arrived
    leading: list[AnyRow]  # staff who lead a session now: name, room, ends_at


def buildings(places: Sequence[Site], *, now: datetime, scope: int | None = None) -> list[Building]:
    """Each site with who is there now.

    Everybody sees everybody here; `scope` is whoever may mark only those in sessions of their own.
    """
    days = {place.id: place.today(now) for place in places}
    people: dict[tuple[int, int], list[AnyRow]] = defaultdict(list)
    for row in _bookings(days, scope=scope):
        people[row.site_id, row.participant_id].append(row)
    leaders = _leaders(days, now=now)
    here: dict[int, list[Presence]] = defaultdict(list)
    due: dict[int, list[AnyRow]] = defaultdict(list)
    arrived = set()
    for (site_id, participant_id), stops in people.items():
        if there := rules.presence(stops, now=now):
            here[site_id].append(there)
            arrived.add(participant_id)
    for (site_id, participant_id), stops in people.items():
        if participant_id not in arrived and (stop := rules.missing(stops, now=now)):
            due[site_id].append(stop)
    return [
        Building(
            place,
            here=sorted(here[place.id], key=lambda there: _name(there.stop)),
            due=sorted(due[place.id], key=_name),
            leading=[row for row in leaders if row.site_id == place.id],
        )
        for place in places
    ]


def _name(row: AnyRow) -> str:
    return sort_key(short_name(row.name, row.preferred_name))


def _bookings(days: dict[int, date], *, scope: int | None) -> Sequence[AnyRow]:
    """Who came or is expected to sessions that are held in each site on its day."""
    return db.execute(
        select(
            Booking.id.label("booking_id"),
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
            *TO_TELL_APART,
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
    """Who leads what is held now, by name."""
    rows = db.execute(
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
    )
    return sorted(rows, key=lambda row: (sort_key(row.name), row.session_id))


def _on(days: dict[int, date]) -> ColumnElement[bool]:
    return or_(
        *(and_(Session.site_id == site_id, Session.day == day) for site_id, day in days.items())
    )
