from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, and_, func, literal, select, union_all
from sqlalchemy.orm import aliased

from clinic.accounts.models import Account, Staff, TimeOff
from clinic.db import AnyRow, db
from clinic.schedule.models import Session, SessionLeader

AWAY_AHEAD = timedelta(days=7)
LICENSE_AHEAD = timedelta(days=30)


class Away(NamedTuple):
    """A leader who is off while sessions of theirs are held."""

    name: str
    first: date
    last: date
    sessions: int


class License(NamedTuple):
    """A license that runs out soon, or has run out."""

    staff_id: int
    name: str
    expires_on: date


class Notices(NamedTuple):
    away: list[Away]
    licenses: list[License]


def notices(
    today: date,
    *,
    site_id: int | None,
    scope: int | None,
    with_licenses: bool,
    now: datetime,
) -> Notices:
    """What is to be known of staff, in one statement: Today has many others."""
    rows = _rows(today, site_id=site_id, scope=scope, with_licenses=with_licenses, now=now)
    licenses = [License(row.id, row.name, row.first) for row in rows if row.is_license]
    return Notices(
        away=[
            Away(row.name, row.first, row.last, row.sessions) for row in rows if not row.is_license
        ],
        licenses=sorted(licenses, key=lambda each: (each.expires_on, each.name)),
    )


def _rows(
    today: date,
    *,
    site_id: int | None,
    scope: int | None,
    with_licenses: bool,
    now: datetime,
) -> Sequence[AnyRow]:
    away = (
        select(
            literal(0).label("is_license"),
            Staff.id,
            Staff.name,
            func.min(Session.day).label("first"),
            func.max(Session.day).label("last"),
            func.count().label("sessions"),
        )
        .join(SessionLeader, SessionLeader.staff_id == Staff.id)
        .join(Session, Session.id == SessionLeader.session_id)
        .join(
            TimeOff,
            and_(
                TimeOff.staff_id == Staff.id,
                Session.day.between(TimeOff.from_on, TimeOff.until_on),
            ),
        )
        .where(
            Session.day.between(today, today + AWAY_AHEAD),
            Session.ends_at > now,
            ~Session.is_cancelled,
        )
        .group_by(Staff.id, Staff.name)
    )
    if site_id is not None:
        away = away.where(Session.site_id == site_id)
    if scope is not None:
        led = aliased(SessionLeader)
        theirs = select(led.session_id).where(led.staff_id == scope)
        away = away.where(Session.id.in_(theirs))
    licenses = (
        select(
            literal(1),
            Staff.id,
            Staff.name,
            Staff.license_expires_on,
            Staff.license_expires_on,
            literal(0),
        )
        .join(Account, Account.id == Staff.account_id)
        .where(Account.is_active, Staff.license_expires_on <= today + LICENSE_AHEAD)
    )
    statement: CompoundSelect[*tuple[Any, ...]] = union_all(
        away, *([licenses] if with_licenses else [])
    )
    return sorted(db.execute(statement), key=lambda row: (row.first, row.name, row.id))
