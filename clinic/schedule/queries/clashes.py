from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, select, type_coerce
from sqlalchemy.types import NullType

from clinic.accounts.models import Staff
from clinic.days import DAY
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.participants.models import Participant
from clinic.programs.models import Room
from clinic.schedule.models import Booking, Session, SessionLeader
from clinic.schedule.queries.bookings import HOLDS_A_SEAT
from clinic.schedule.queries.sessions import named
from clinic.schedule.rules.words import led_name

# As the driver gives them, text or instants: they are only compared, and made into instants they
# would cost more than all the rest.
_SPAN = (
    type_coerce(Session.starts_at, NullType()),
    type_coerce(Session.ends_at, NullType()),
    Session.day,
)


class DoubleBooking(NamedTuple):
    """Two sessions at the same time for one room, leader or participant."""

    resource_id: int
    one_id: int
    other_id: int
    day: date


def double_booked_rooms(
    first: date, *, only: ColumnElement[bool] | None = None
) -> list[DoubleBooking]:
    """Rooms with two sessions at a time, from a day on; `only` narrows the sessions looked at."""
    statement = (
        select(Session.room_id, Session.id, *_SPAN)
        .where(Session.room_id.is_not(None), ~Session.is_cancelled, Session.day >= first)
        .order_by(Session.room_id, Session.starts_at, Session.id)
    )
    return _overlaps(statement if only is None else statement.where(only))


def double_booked_leaders(
    first: date, *, only: ColumnElement[bool] | None = None
) -> list[DoubleBooking]:
    """Staff who lead two sessions at a time, from a day on."""
    statement = (
        select(SessionLeader.staff_id, Session.id, *_SPAN)
        .join(Session, Session.id == SessionLeader.session_id)
        .where(~Session.is_cancelled, Session.day >= first)
        .order_by(SessionLeader.staff_id, Session.starts_at, Session.id)
    )
    return _overlaps(statement if only is None else statement.where(only))


def double_booked_participants(
    first: date, *, participant_id: int | None = None, only: ColumnElement[bool] | None = None
) -> list[DoubleBooking]:
    """Participants with a seat in two sessions at a time, from a day on."""
    statement = (
        select(Enrollment.participant_id, Session.id, *_SPAN)
        .join(Booking, Booking.enrollment_id == Enrollment.id)
        .join(Session, Session.id == Booking.session_id)
        .where(HOLDS_A_SEAT, ~Session.is_cancelled, Session.day >= first)
        .order_by(Enrollment.participant_id, Session.starts_at, Session.id)
    )
    if participant_id is not None:
        statement = statement.where(Enrollment.participant_id == participant_id)
    return _overlaps(statement if only is None else statement.where(only))


def clashes_of(
    mine: ColumnElement[bool], *, first: date, last: date | None = None
) -> list[tuple[str, tuple[str, str], date]]:
    """Rooms, then leaders, then participants that some sessions and others want at a time.

    The name of each, the titles of the two sessions, and the day. `mine` is the condition on those
    sessions; only those from the first day on are looked at.
    """
    own = select(Session.id).where(mine, ~Session.is_cancelled, Session.day >= first)
    mine_ids = set(db.scalars(own))
    before = first - DAY  # at a leader's other site it may be another day
    span = Session.day >= before if last is None else Session.day.between(before, last + DAY)
    rooms = select(Session.room_id).where(Session.id.in_(own))
    staff = select(SessionLeader.staff_id).where(SessionLeader.session_id.in_(own))
    people = (
        select(Enrollment.participant_id)
        .join(Booking, Booking.enrollment_id == Enrollment.id)
        .where(Booking.session_id.in_(own), HOLDS_A_SEAT)
    )
    theirs = Enrollment.participant_id.in_(people)
    kinds: tuple[tuple[type[Any], list[DoubleBooking]], ...] = (
        (Room, double_booked_rooms(before, only=span & Session.room_id.in_(rooms))),
        (Staff, double_booked_leaders(before, only=span & SessionLeader.staff_id.in_(staff))),
        (Participant, double_booked_participants(before, only=span & theirs)),
    )
    return [
        clash
        for model, doubles in kinds
        for clash in _in_words(
            model, [each for each in doubles if mine_ids & {each.one_id, each.other_id}]
        )
    ]


def _in_words(
    model: type[Any], doubles: Collection[DoubleBooking]
) -> Iterator[tuple[str, tuple[str, str], date]]:
    if not doubles:
        return
    ids = {each.resource_id for each in doubles}
    names: dict[int, str] = dict(
        db.execute(select(model.id, model.name).where(model.id.in_(ids))).all()
    )
    for day, resource_id, one, other in named_doubles(doubles):
        yield names[resource_id], (led_name(one), led_name(other)), day


def named_doubles(
    doubles: Collection[DoubleBooking],
) -> Iterator[tuple[date, int, AnyRow, AnyRow]]:
    """The day, the resource and the two sessions, as `named` has them, of each."""
    rows = named({one for each in doubles for one in (each.one_id, each.other_id)})
    for each in doubles:
        yield each.day, each.resource_id, rows[each.one_id], rows[each.other_id]


def _overlaps(statement: Select[*tuple[Any, ...]]) -> list[DoubleBooking]:
    return list(_sweep(db.execute(statement)))


def _sweep(rows: Iterable[Any]) -> Iterator[DoubleBooking]:
    """Pairs that overlap, from rows of resource, session, start, end, day in order of start."""
    resource: int | None = None
    running: list[tuple[Any, int]] = []
    for resource_id, session_id, starts_at, ends_at, day in rows:
        if resource_id != resource:
            resource, running = resource_id, []
        running = [(end, other) for end, other in running if end > starts_at]
        for _, other in running:
            yield DoubleBooking(resource_id, other, session_id, day)
        running.append((ends_at, session_id))
