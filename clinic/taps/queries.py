import json
from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from clinic import clock
from clinic.bookings.queries import ARRIVED
from clinic.days import DAY
from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.kiosk.models import KioskDevice, Station
from clinic.names import sort_key
from clinic.participants.models import Participant
from clinic.participants.queries import TO_TELL_APART
from clinic.schedule.models import Booking, Session
from clinic.schedule.queries.staff import lead_of
from clinic.trail import TrailEvent


def devices() -> list[KioskDevice]:
    """All kiosks there ever were on which people check in themselves, those in use first, by name.

    On a tablet of the front desk it is staff who check people in, and a room's screen shows a code.
    """
    found = db.scalars(
        select(KioskDevice)
        .where(KioskDevice.kind == Station.KEYPAD)
        .options(joinedload(KioskDevice.site))
    )
    return sorted(found, key=lambda one: (one.revoked_at is not None, sort_key(one.name), -one.id))


def get_device(device_id: int | None) -> KioskDevice:
    statement = select(KioskDevice).options(joinedload(KioskDevice.site))
    return or_not_found(db.scalars(statement.where(KioskDevice.id == device_id)).one_or_none())


def arrivals(device: KioskDevice, starts_at: datetime, ends_at: datetime) -> Sequence[Any]:
    """What taps of a kiosk did from one moment until before another, in its order: events with
    their facts read, whose they are and at which session.

    A tap is of the moment it was made, also where it was sent later.
    """
    zone = device.site.zone
    days = clock.day_of(starts_at, zone), clock.day_of(ends_at, zone) + DAY
    at = func.coalesce(TrailEvent.occurred_at, TrailEvent.happened_at)
    rows = db.execute(
        select(
            TrailEvent.subject_id,
            TrailEvent.facts,
            at.label("tapped_at"),
            Session.title,
            Session.kind,
            Session.starts_at,
            lead_of(),
            *TO_TELL_APART,
        )
        .join(Booking, Booking.id == TrailEvent.subject_id)
        .join(Session, Session.id == Booking.session_id)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .join(Participant, Participant.id == Enrollment.participant_id)
        .where(
            TrailEvent.subject_kind == Booking.__tablename__,
            TrailEvent.verb == ARRIVED,
            TrailEvent.actor_kind == "kiosk",
            TrailEvent.actor_id == device.id,
            at >= starts_at,
            at < ends_at,
            Session.site_id == device.site_id,
            Session.day.between(*days),
        )
        .order_by(TrailEvent.id)
    )
    return [SimpleNamespace(**row._asdict() | {"facts": json.loads(row.facts)}) for row in rows]
