from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    Subquery,
    and_,
    cast,
    exists,
    false,
    func,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import joinedload, selectinload

from clinic.accounts.models import Staff, TimeOff
from clinic.days import Range
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.participants.models import Participant
from clinic.participants.queries import TO_TELL_APART
from clinic.programs.models import Room, Site
from clinic.schedule.models import Booking, Series, Session, SessionLeader, SignOff, Status
from clinic.schedule.queries.staff import lead_of, led_by
from clinic.schedule.rules.words import ONE_TO_ONE

_SESSIONS = select(Session).options(
    joinedload(Session.site),
    joinedload(Session.program),
    joinedload(Session.room),
    joinedload(Session.series),
    selectinload(Session.leaders).joinedload(SessionLeader.staff),
)


def get_session(session_id: int | None) -> Session:
    return or_not_found(db.scalars(_SESSIONS.where(Session.id == session_id)).one_or_none())


def find_one_off(key: str) -> Session | None:
    return db.scalars(_SESSIONS.where(Session.key == key)).one_or_none()


def find_meeting(series_id: int, planned_on: date) -> Session | None:
    """The session of a series that is planned for a day, on whatever day it is."""
    theirs = (Session.series_id == series_id) & (Session.planned_on == planned_on)
    return db.scalars(_SESSIONS.where(theirs)).one_or_none()


def waits_for_second() -> ColumnElement[bool]:
    """The condition that one has signed the sheet of a session, and a second one is asked for."""
    signed = SignOff.session_id == Session.id, SignOff.signatures_min > 1
    return (select(func.count()).where(*signed).correlate(Session).scalar_subquery()) == 1


def leaders_of(session_ids: Collection[int]) -> dict[int, list[AnyRow]]:
    """Session id to its leaders, the lead first: rows of session_id, key, name, staff_id, and
    whether they have led it, or stood in."""
    found: dict[int, list[AnyRow]] = defaultdict(list)
    rows = db.execute(
        select(
            SessionLeader.session_id,
            Staff.key,
            Staff.name,
            SessionLeader.staff_id,
            SessionLeader.has_led,
            SessionLeader.stood_in,
        )
        .join(Staff, Staff.id == SessionLeader.staff_id)
        .where(SessionLeader.session_id.in_(session_ids))
        .order_by(SessionLeader.session_id, SessionLeader.position)
    )
    for row in rows:
        found[row.session_id].append(row)
    return found


def sessions_between(
    first: date,
    last: date,
    *,
    site_id: int | None = None,
    program_id: int | None = None,
    scope: int | None = None,
) -> Sequence[AnyRow]:
    """Every session of the local days from first to last, by start, with its seats and arrivals."""
    statement = _between(first, last, site_id=site_id, scope=scope)
    if program_id is not None:
        statement = statement.where(Session.program_id == program_id)
    return db.execute(statement).all()


def with_everybody(
    first: date, last: date, *, site_id: int | None, scope: int | None, own: int | None
) -> Sequence[AnyRow]:
    """The same, a row for each who leads one (`staff_id`), the lead first, and whether they have
    that day off (`is_off`), and for each who comes to one that is known by that
    (`participant_id`): in one statement, and at least a row for each.

    Those that `own` leads are there whatever their site.
    """
    who = _who(first, last)
    statement = _between(first, last, site_id=site_id, scope=scope, own=own)
    statement = statement.outerjoin(who, who.c.session_id == Session.id)
    columns = (column for column in who.c if column.name not in {"session_id", "place"})
    return db.execute(statement.add_columns(*columns).order_by(who.c.place)).all()


def _who(first: date, last: date) -> Subquery:
    """Who leads the sessions of these days, and who comes to individual and family ones."""
    on = Session.day.between(first, last)
    nobody, nothing = cast(null(), Integer), cast(null(), String)
    is_off = exists().where(
        TimeOff.staff_id == Staff.id, Session.day.between(TimeOff.from_on, TimeOff.until_on)
    )
    leads = (
        select(
            SessionLeader.session_id,
            SessionLeader.position.label("place"),
            SessionLeader.staff_id,
            nobody.label("participant_id"),
            Staff.name,
            nothing.label("preferred_name"),
            Staff.key,
            cast(null(), Date).label("birth_on"),
            is_off.label("is_off"),
        )
        .join(Session, Session.id == SessionLeader.session_id)
        .join(Staff, Staff.id == SessionLeader.staff_id)
        .where(on)
    )
    comes = (
        select(
            Booking.session_id,
            Booking.id,
            nobody,
            *TO_TELL_APART,
            false(),
        )
        .join(Session, Session.id == Booking.session_id)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .join(Participant, Participant.id == Enrollment.participant_id)
        .where(on, Session.kind.in_(ONE_TO_ONE))
    )
    return union_all(leads, comes).subquery()


def _between(
    first: date,
    last: date,
    *,
    site_id: int | None,
    scope: int | None,
    own: int | None = None,
) -> Select[*tuple[Any, ...]]:
    counts = _counts(first, last)
    statement = (
        select(
            Session.id,
            Session.title,
            Session.kind,
            Session.mode,
            Session.day,
            Session.starts_at,
            Session.ends_at,
            Session.seats,
            Session.credit_minutes,
            Session.grace_minutes,
            Session.is_cancelled,
            Session.cancel_reason,
            func.coalesce(Series.key, Session.key).label("series"),
            Session.series_id,
            Session.site_id,
            Site.timezone,
            Room.key.label("room_key"),
            Room.name.label("room_name"),
            *(
                func.coalesce(counts.c[name], 0).label(name)
                for name in ("booked", "listed", "present", "marked", "signed")
            ),
            waits_for_second().label("waits"),
        )
        .join(Site, Site.id == Session.site_id)
        .outerjoin(Series, Series.id == Session.series_id)
        .outerjoin(Room, Room.id == Session.room_id)
        .outerjoin(counts, counts.c.session_id == Session.id)
        .where(Session.day.between(first, last))
        .order_by(Session.starts_at, Session.ends_at, "series", Session.id)
    )
    if site_id is not None:
        here = Session.site_id == site_id
        statement = statement.where(here if own is None else or_(here, led_by(own)))
    return statement if scope is None else statement.where(led_by(scope))


def _counts(first: date, last: date) -> Subquery:
    """Who is booked for each session of these days, and what is known of them, in numbers."""
    return (
        select(
            Booking.session_id,
            func.count(Booking.seat_no).label("booked"),
            func.count().label("listed"),
            func.count().filter(Booking.status == Status.PRESENT).label("present"),
            func.count().filter(Booking.status != Status.EXPECTED).label("marked"),
            func.count().filter(Booking.signed_at.is_not(None)).label("signed"),
        )
        .join(Session, Session.id == Booking.session_id)
        .where(Session.day.between(first, last))
        .group_by(Booking.session_id)
        .subquery()
    )


def named(session_ids: Collection[int]) -> dict[int, AnyRow]:
    """Session id to what it is called: rows of id, title, kind, lead (a name, if any), series_id
    and key, its own or series', and its start, of which timezone."""
    if not session_ids:
        return {}
    rows = db.execute(
        select(
            Session.id,
            Session.title,
            Session.kind,
            Session.starts_at,
            Site.timezone,
            Session.series_id,
            func.coalesce(Series.key, Session.key).label("key"),
            lead_of(),
        )
        .join(Site, Site.id == Session.site_id)
        .outerjoin(Series, Series.id == Session.series_id)
        .where(Session.id.in_(session_ids))
    )
    return {row.id: row for row in rows}


def get_planned(session_id: int, scope: int | None) -> Session:
    """A session that somebody may change: one that they lead, or a one-off session that is for
    their caseload alone."""
    statement = _SESSIONS.where(Session.id == session_id)
    if scope is not None:
        booked = exists().where(
            Booking.session_id == Session.id, Enrollment.id == Booking.enrollment_id
        )
        theirs = Enrollment.clinician_id == scope
        not_theirs = or_(Enrollment.clinician_id.is_(None), Enrollment.clinician_id != scope)
        by_itself = Session.series_id.is_(None)
        own = and_(by_itself, booked.where(theirs), ~booked.where(not_theirs))
        statement = statement.where(or_(led_by(scope), own))
    return or_not_found(db.scalars(statement).one_or_none())


def on_days(days: Range) -> ColumnElement[bool]:
    """The condition that a session is on one of these days."""
    since = Session.day >= days.from_on
    return since if days.until_on is None else since & (Session.day <= days.until_on)
