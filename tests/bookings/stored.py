"""Bookings that are stored, and what was done to them."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import inspect, select

from clinic.arrivals.actions import Arrival, arrive
from clinic.attendance import actions
from clinic.db import db
from clinic.errors import Refused
from clinic.schedule.models import Booking, Method, Session, Status
from clinic.trail import Actor, TrailEvent
from tests import make

DESK = Actor("account", 7)
DOOR = Actor("kiosk", 3)
NOON = make.instant("2026-03-02 12:00")


def jo(*sessions: Session, **facts: Any) -> list[Booking]:
    """Jo's bookings of these sessions."""
    enrollment = make.enrollment(make.participant(name="Jordan Avery", preferred_name="Jo"))
    return [make.booking(each, enrollment, **facts) for each in sessions]


def tap(booking: Booking, when: str, *, now: datetime | None = None) -> Arrival:
    at = make.instant(f"2026-03-02 {when}")
    site = booking.session.site
    participant_id = booking.enrollment.participant_id
    return arrive(participant_id, site, at=at, method=Method.KIOSK, by=DOOR, now=now or at)


def mark(booking: Booking, status: Status, when: str = "10:30", **facts: Any) -> Booking:
    facts = {"version": booking.version, "by": DESK} | facts
    return actions.mark(booking, status=status, now=make.instant(f"2026-03-02 {when}"), **facts)


def wall(time: str) -> datetime:
    return make.instant(f"2026-03-02 {time}")


def fresh(record: Any) -> Any:
    """The columns as they are stored now."""
    db.refresh(record, [column.key for column in inspect(type(record)).column_attrs])
    return record


def state(booking: Booking) -> tuple[Any, ...]:
    fresh(booking)
    return (
        booking.status,
        booking.arrived_at,
        booking.left_at,
        booking.method,
        booking.recorded_at,
        booking.seat_no,
        booking.version,
    )


def events(verb: str | None = None) -> list[TrailEvent]:
    found = db.scalars(select(TrailEvent).order_by(TrailEvent.id)).all()
    return [event for event in found if verb in {None, event.verb}]


def calendar_version(booking: Booking) -> int:
    version: int = fresh(booking.enrollment.participant).calendar_version
    return version


def refusal(call: Any, *args: Any, **facts: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*args, **facts)
    return refused.value.sentence
