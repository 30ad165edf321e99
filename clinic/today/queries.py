from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CompoundSelect, Select, and_, func, literal, select, union_all
from sqlalchemy.orm import aliased

from clinic import clock
from clinic.accounts.models import Account, Staff, TimeOff
from clinic.days import minute_of
from clinic.db import AnyRow, db
from clinic.names import sort_key
from clinic.programs.models import DayPart, Organization, Site
from clinic.schedule.models import Session, SessionLeader
from clinic.schedule.queries.sessions import sessions_between
from clinic.schedule.rules.sessions import day_part

LOOK_BACK = timedelta(days=7)  # sheets left open longer than this are for the reports
AWAY_AHEAD = timedelta(days=7)
LICENSE_AHEAD = timedelta(days=30)


def find_clinic() -> tuple[Organization, list[Site]] | None:
    """The organization with its sites, the first set up first; None before there is one.

    The organization must be held on to, or it is read anew.
    """
    rows = db.execute(
        select(Organization, Site).join(Site, Organization.id == 1).order_by(Site.id)
    ).all()
    return (rows[0][0], [site for _, site in rows]) if rows else None


def sessions_until(day: date, *, site_id: int | None, scope: int | None) -> list[AnyRow]:
    """The sessions of the last days up to that one."""
    return list(sessions_between(day - LOOK_BACK, day, site_id=site_id, scope=scope))


def sessions_on(day: date, *, site_id: int | None, scope: int | None) -> list[AnyRow]:
    return list(sessions_between(day, day, site_id=site_id, scope=scope))


def parts_of(sessions: Iterable[AnyRow], organization: Organization) -> dict[str, list[AnyRow]]:
    """The sessions of a day in morning, afternoon and evening."""
    found: dict[str, list[AnyRow]] = {part.value: [] for part in DayPart}
    for session in sessions:
        local = session.starts_at.astimezone(clock.zone(session.timezone))
        part = day_part(
            minute_of(local),
            afternoon_from=organization.afternoon_from,
            evening_from=organization.evening_from,
        )
        found[part].append(session)
    return found


def open_sheets(sessions: Iterable[AnyRow], *, now: datetime) -> list[AnyRow]:
    """Sessions that are over with people still unmarked, the oldest first."""
    return [
        each
        for each in sessions
        if each.ends_at <= now and not each.is_cancelled and each.marked < each.listed
    ]


def notices(
    today: date,
    *,
    site_id: int | None,
    scope: int | None,
    with_licenses: bool,
    now: datetime,
) -> Sequence[AnyRow]:
    """What is to be known of staff, by day, in one statement: Today has many others.

    Leaders who are off while sessions of theirs are held, and, with `is_license`, whose license
    runs out soon or has run out: on the day `first`.
    """
    away = _away(today, site_id=site_id, scope=scope, now=now)
    statement: CompoundSelect[*tuple[Any, ...]] = union_all(
        away, *([_licenses(today)] if with_licenses else [])
    )
    return sorted(db.execute(statement), key=lambda row: (row.first, sort_key(row.name), row.id))


def _away(
    today: date, *, site_id: int | None, scope: int | None, now: datetime
) -> Select[*tuple[Any, ...]]:
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
    return away


def _licenses(today: date) -> Select[*tuple[Any, ...]]:
    expires_on = Staff.license_expires_on
    return (
        select(literal(1), Staff.id, Staff.name, expires_on, expires_on, literal(0))
        .join(Account, Account.id == Staff.account_id)
        .where(Account.is_active, expires_on <= today + LICENSE_AHEAD)
    )
