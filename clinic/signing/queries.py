from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Select, and_, func, or_, select

from clinic.accounts.models import Staff
from clinic.db import AnyRow, db
from clinic.errors import or_not_found
from clinic.programs.models import Program, Room, Rule, Site
from clinic.schedule.models import Booking, Session, SessionLeader, Status
from clinic.schedule.queries.sessions import waits_for_second
from clinic.schedule.queries.staff import lead_of, led_by

_open = (
    select(
        Booking.session_id,
        func.count().label("listed"),
        func.count().filter(Booking.signed_at.is_(None)).label("unsigned"),
        func.count()
        .filter(Booking.signed_at.is_(None), Booking.status == Status.EXPECTED)
        .label("unmarked"),
    )
    .group_by(Booking.session_id)
    .subquery()
)
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
        func.coalesce(_open.c.listed, 0).label("listed"),
        func.coalesce(_open.c.unmarked, 0).label("unmarked"),
        waits_for_second().label("waits"),
    )
    .join(Site, Site.id == Session.site_id)
    .outerjoin(Room, Room.id == Session.room_id)
    .outerjoin(_open, _open.c.session_id == Session.id)
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
    leader_id: int | None = None,
    site_id: int | None = None,
    now: datetime,
) -> Sequence[AnyRow]:
    """Sessions that have ended, whose sheet still waits for a signature, the oldest first."""
    statement = _SHEETS.where(
        Session.ends_at <= now,
        ~Session.is_cancelled,
        or_(_open.c.unsigned > 0, and_(_open.c.listed > 0, waits_for_second())),
    ).order_by(Session.starts_at, Session.id)
    if since is not None:
        statement = statement.where(Session.day >= since)
    if site_id is not None:
        statement = statement.where(Session.site_id == site_id)
    for one in (scope, leader_id):
        if one is not None:
            statement = statement.where(led_by(one))
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
