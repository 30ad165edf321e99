from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from clinic.accounts.models import Account, Staff
from clinic.db import AnyRow, db
from clinic.errors import or_not_found
from clinic.programs.models import Program, Room, Rule, Site
from clinic.schedule.models import Booking, Session, SessionLeader, Status
from clinic.schedule.queries.sessions import waits_for_second
from clinic.schedule.queries.staff import lead_of, led_by

REMINDED: Final = "staff.reminded"  # of sheets that are to be signed

RECENT: Final = timedelta(days=60)  # sheets left open for longer are asked for


def _number(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """How many bookings of a session are so, counted for each: there are many sessions."""
    of_it = select(func.count()).where(Booking.session_id == Session.id, *conditions)
    return of_it.correlate(Session).scalar_subquery()


_UNSIGNED = Booking.signed_at.is_(None)
_SHEETS: Select[*tuple[object, ...]] = (
    select(
        Session.id,
        Session.title,
        Session.kind,
        Session.day,
        Session.starts_at,
        Session.ends_at,
        Session.grace_minutes,
        Session.is_cancelled,
        Session.held_from,
        Session.held_until,
        Session.topic,
        Session.program_id,
        Session.site_id,
        Site.name.label("site_name"),
        Site.timezone,
        Room.name.label("room"),
        lead_of(),
        _number(_UNSIGNED, Booking.status == Status.EXPECTED).label("unmarked"),
        _number(_UNSIGNED).label("unsigned"),
        waits_for_second().label("waits"),
    )
    .join(Site, Site.id == Session.site_id)
    .outerjoin(Room, Room.id == Session.room_id)
)


def sheets_of(session_ids: Collection[int], scope: int | None) -> dict[int, AnyRow]:
    """Sessions by id with how far their sheets are; `scope` is whoever must be leading them."""
    statement = _SHEETS.where(Session.id.in_(session_ids))
    if scope is not None:
        statement = statement.where(led_by(scope))
    return {row.id: row for row in db.execute(statement)}


def get_sheet(session_id: int, scope: int | None) -> AnyRow:
    """The same of one session."""
    return or_not_found(sheets_of([session_id], scope).get(session_id))


def unsigned(
    *,
    since: date | None,
    scope: int | None,
    now: datetime,
) -> Sequence[AnyRow]:
    """Sessions that have ended, whose sheet still waits for a signature, the oldest first."""
    statement = _SHEETS.where(
        Session.ends_at <= now,
        ~Session.is_cancelled,
        or_(_number(_UNSIGNED) > 0, waits_for_second()),
    ).order_by(Session.starts_at, Session.id)
    if since is not None:
        statement = statement.where(Session.day >= since)
    if scope is not None:
        statement = statement.where(led_by(scope))
    return db.execute(statement).all()


def led_among(session_ids: Collection[int], staff_id: int | None) -> set[int]:
    """Those of these sessions that somebody has led, as far as anybody has said."""
    rows = db.execute(
        select(SessionLeader.session_id, SessionLeader.has_led).where(
            SessionLeader.session_id.in_(session_ids), SessionLeader.staff_id == staff_id
        )
    )
    return {row.session_id for row in rows if row.has_led is not False}


def get_signer(staff_id: int) -> Staff:
    return or_not_found(db.get(Staff, staff_id))


def rules_of(program_id: int) -> tuple[Program, Sequence[Rule]]:
    """A program, and the figures of the rule set that it follows."""
    program = db.get_one(Program, program_id)
    figures = select(Rule).where(Rule.rule_set_id == program.rule_set_id)
    return program, db.scalars(figures).all()


# Whoever stood in comes after those who were planned, and signs where none of them was there.
_of_session = aliased(SessionLeader)
_FIRST_WHO_LED = (
    select(func.min(_of_session.position))
    .where(_of_session.session_id == Session.id, _of_session.has_led.is_not(False))
    .correlate(Session)
    .scalar_subquery()
)


def to_remind(before: date, *, now: datetime) -> Sequence[AnyRow]:
    """Who has led sessions of the last weeks before a day whose sheets are not signed: rows of
    staff_id, email, roles, sheets (how many) and the newest day of them."""
    return db.execute(
        select(
            Staff.id.label("staff_id"),
            Account.email,
            Account.roles,
            func.count().label("sheets"),
            func.max(Session.day).label("newest"),
        )
        .select_from(Session)
        .join(SessionLeader, SessionLeader.session_id == Session.id)
        .join(Staff, Staff.id == SessionLeader.staff_id)
        .join(Account, Account.id == Staff.account_id)
        .where(
            Session.day >= before - RECENT,
            Session.day < before,
            Session.ends_at <= now,
            ~Session.is_cancelled,
            _number(_UNSIGNED) > 0,
            SessionLeader.position == _FIRST_WHO_LED,
            Account.is_active,
            Account.email.is_not(None),
        )
        .group_by(Staff.id, Account.email, Account.roles)
        .order_by(Staff.id)
    ).all()
