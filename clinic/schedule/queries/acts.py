"""What acts on people's enrollments can change, as plain values; and what they changed lately."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Select, Table, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from clinic.accounts.models import Staff
from clinic.db import AnyRow, Base, db
from clinic.enrollment.models import (
    Amendment,
    Enrollment,
    Leave,
    Target,
    TransitionWeek,
    Unavailability,
)
from clinic.participants.models import Participant
from clinic.programs.models import Program
from clinic.schedule.models import ActWords, Booking, RosterEntry, Session, Status
from clinic.schedule.queries.series import series_of_leader
from clinic.schedule.rules.acts import CHANGED, ENROLLMENT, ROSTER, UNDONE, State, is_managed
from clinic.schedule.rules.changes import UNDO
from clinic.trail import TrailEvent, plain

# In the order in which their rows need one another.
DATED = tuple(
    cast(Table, model.__table__)
    for model in (Target, Leave, TransitionWeek, Unavailability, RosterEntry)
)
TABLES = {table.name: table for table in (cast(Table, Enrollment.__table__), *DATED)}
BOOKING = cast(Table, Booking.__table__)
_SESSION = (Session.id, Session.is_cancelled)
_KNOWN = {*TABLES, BOOKING.name, Amendment.__tablename__}

# What rosters alone do not bring back: bookings that somebody marked, or that follow from none.
TOUCHED = or_(
    Booking.version > 1, Booking.status != Status.EXPECTED, Booking.roster_entry_id.is_(None)
)


def state_of(participant_ids: Collection[int], *, now: datetime) -> dict[int, State]:
    """Participant id to the rows that an act can change, by table and id, read anew.

    Of bookings those that may go and that rosters do not bring back; of sessions those by
    themselves that are still to begin.
    """
    enrollments = TABLES["enrollment"]
    found: dict[int, State] = {each: {} for each in participant_ids}
    whose: dict[int, int] = {}
    for row in db.execute(
        select(enrollments).where(enrollments.c.participant_id.in_(participant_ids))
    ):
        whose[row.id] = row.participant_id
        found[row.participant_id][f"enrollment:{row.id}"] = _values(row)
    for name, statement in _of(whose, now=now):
        for row in db.execute(statement):
            found[whose[row.enrollment_id]][f"{name}:{row.id}"] = _values(row)
    alone = select(*_SESSION, Booking.enrollment_id).join(Booking, Booking.session_id == Session.id)
    coming = Session.series_id.is_(None), Session.starts_at > now
    for *session, enrollment_id in db.execute(
        alone.where(Booking.enrollment_id.in_(whose), *coming)
    ):
        found[whose[enrollment_id]] |= _sessions([session])
    return found


def _of(enrollment_ids: Collection[int], *, now: datetime) -> Iterator[tuple[str, Select[Any]]]:
    for table in DATED:
        yield table.name, select(table).where(table.c.enrollment_id.in_(enrollment_ids))
    may_go = TOUCHED & or_(Session.starts_at > now, Booking.status == Status.EXPECTED)
    bookings = select(BOOKING).join(Session, Session.id == BOOKING.c.session_id)
    yield BOOKING.name, bookings.where(BOOKING.c.enrollment_id.in_(enrollment_ids), may_go)


def bookings_now(ids: Collection[int]) -> State:
    rows = db.execute(select(BOOKING).where(BOOKING.c.id.in_(ids)))
    return {f"booking:{row.id}": _values(row) for row in rows}


def sessions_now(ids: Collection[int]) -> State:
    return _sessions(db.execute(select(*_SESSION).where(Session.id.in_(ids))))


def _values(row: AnyRow) -> dict[str, Any]:
    return {name: plain(value) for name, value in row._asdict().items()}


def _sessions(rows: Iterable[Any]) -> State:
    return {f"session:{each}": {"is_cancelled": is_off} for each, is_off in rows}


def touched_on(*, enrollments: Collection[int], entries: Collection[int]) -> Sequence[date]:
    """The days on which something is recorded or planned for these enrollments and places, beyond
    what rosters say."""
    theirs = or_(Booking.enrollment_id.in_(enrollments), Booking.roster_entry_id.in_(entries))
    return db.scalars(
        select(Session.day)
        .join(Booking, Booking.session_id == Session.id)
        .where(theirs, TOUCHED)
        .order_by(Session.day)
    ).all()


def site_of(program_id: int) -> int:
    """The site of a program, in whose chain of the trail an act is written."""
    return db.scalars(select(Program.site_id).where(Program.id == program_id)).one()


def is_noted_on(enrollment_ids: Collection[int]) -> bool:
    """Whether something that does not go with these enrollments stands on them: whatever feature
    it is of, and whatever the acts here know nothing of."""
    columns = [
        key.parent
        for table in Base.metadata.tables.values()
        if table.name not in _KNOWN
        for key in table.foreign_keys
        if key.target_fullname == "enrollment.id" and key.ondelete != "CASCADE"
    ]
    there = [exists().where(column.in_(enrollment_ids)) for column in columns]
    return bool(enrollment_ids) and bool(db.scalar(select(or_(*there))))


def last_amendment(participant_ids: Collection[int]) -> int | None:
    theirs = select(Enrollment.id).where(Enrollment.participant_id.in_(participant_ids))
    return db.scalar(select(func.max(Amendment.id)).where(Amendment.enrollment_id.in_(theirs)))


def reason_of(amendment_id: int | None) -> str | None:
    return db.scalar(select(Amendment.reason).where(Amendment.id == amendment_id))


def is_continued(enrollment_ids: Collection[int]) -> bool:
    later = Enrollment.continues_id.in_(enrollment_ids), Enrollment.id.not_in(enrollment_ids)
    return bool(db.scalar(select(exists().where(*later))))


_undone = aliased(TrailEvent)
_LATELY = (
    select(
        TrailEvent.act,
        TrailEvent.chain,
        TrailEvent.verb,
        TrailEvent.subject_id.label("participant_id"),
        TrailEvent.happened_at,
        TrailEvent.facts,
        ActWords.words,
        Staff.name.label("by"),
    )
    .outerjoin(
        ActWords,
        and_(ActWords.act == TrailEvent.act, ActWords.participant_id == TrailEvent.subject_id),
    )
    .outerjoin(
        Staff, and_(TrailEvent.actor_kind == "account", Staff.account_id == TrailEvent.actor_id)
    )
    .where(
        TrailEvent.subject_kind == Participant.__tablename__,
        TrailEvent.verb.in_(CHANGED),
        ~exists().where(
            _undone.act == TrailEvent.act,
            _undone.subject_id == TrailEvent.subject_id,
            _undone.verb.in_(UNDONE),
        ),
    )
    .order_by(TrailEvent.id.desc())
)


def acts_on(participant_id: int, *, now: datetime) -> Sequence[AnyRow]:
    """What was done lately to somebody's enrollments, by page, and not undone: the last first.

    Rows of act, chain, verb, participant_id, happened_at, facts, words and by, a name.
    """
    theirs = TrailEvent.subject_id == participant_id, TrailEvent.happened_at > now - UNDO
    return db.execute(_LATELY.where(*theirs)).all()


def parts_of(act: str, about: str) -> Sequence[AnyRow]:
    """The same of one act, for each of its people for whom it is not undone."""
    its = TrailEvent.act == act, TrailEvent.verb == f"{about}.changed"
    return db.execute(_LATELY.where(*its)).all()


def managed(parts: Sequence[AnyRow], scope: int | None) -> list[AnyRow]:
    """Those of these acts on rosters that somebody may undo, as they might do them."""
    if scope is None or not parts:
        return list(parts)
    places = {part: json.loads(part.facts)["places"] for part in parts}
    led = series_of_leader(scope)
    theirs = Enrollment.id.in_({each for found in places.values() for _, each in found})
    cared_for = set(
        db.scalars(select(Enrollment.id).where(Enrollment.clinician_id == scope, theirs))
    )
    return [part for part in parts if is_managed(places[part], led=led, cared_for=cared_for)]


def undoable_of(
    participant_id: int, *, scope: int | None, with_enrollments: bool, now: datetime
) -> list[AnyRow]:
    """What was done to somebody lately, as `acts_on` has it, that this person may undo."""
    parts = acts_on(participant_id, now=now)
    places = managed([part for part in parts if part.verb == f"{ROSTER}.changed"], scope)
    own = {f"{ENROLLMENT}.changed"} if with_enrollments else set()
    return [part for part in parts if part in places or part.verb in own]
