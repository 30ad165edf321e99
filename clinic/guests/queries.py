from collections.abc import Collection

from sqlalchemy import func, select

from clinic.attendance.queries import get_session as get_attended
from clinic.db import AnyRow, db
from clinic.schedule.models import SeatHold, Session
from clinic.schedule.queries.bookings import SEATS_TAKEN, who_is_on
from clinic.schedule.queries.people import found_people, leaves_of, people_to_plan
from clinic.schedule.queries.sessions import get_session


def get_led(session_id: int, scope: int | None) -> Session:
    """A session of which somebody may record the attendance, whole."""
    in_scope = get_attended(session_id, scope=scope)
    return get_session(in_scope.id)


def found_for(session: Session, words: str, *, scope: int | None, limit: int) -> list[AnyRow]:
    """Who could be put on a session beside its roster, of the people that a search finds."""
    on_it = {each.participant_id for each in people_to_plan(who_is_on(session.id), scope=None)}
    return [
        row
        for row in found_people(
            words, today=session.day, scope=scope, program_id=session.program_id, limit=limit
        )
        if row.from_on <= session.day and row.participant_id not in on_it
    ]


def away_on(session: Session, enrollment_ids: Collection[int]) -> set[int]:
    """Those of these enrollments that are on leave on the day of a session."""
    leaves = leaves_of(enrollment_ids)
    return {each for each in leaves if any(one.covers(session.day) for one in leaves[each])}


def chosen_for(session: Session, enrollment_id: int | None, *, scope: int | None) -> list[AnyRow]:
    """Somebody whom its leader, whose scope it is, may put on a session: in sight, or enrolled in
    its program."""
    ids = [] if enrollment_id is None else [enrollment_id]
    in_sight = people_to_plan(ids, scope=scope)
    everyone = people_to_plan(ids, scope=None)
    return in_sight or [row for row in everyone if row.program_id == session.program_id]


def free_seats_of(session: Session) -> int:
    """How many seats of a session nobody has."""
    free = select(Session.seats - SEATS_TAKEN).where(Session.id == session.id)
    return max(db.scalars(free).one(), 0)


def seats_held_on(session: Session) -> int:
    """How many seats of a session are offered to somebody who has not answered yet."""
    held = select(func.count(SeatHold.id)).where(SeatHold.session_id == session.id)
    return db.scalars(held).one()
