from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, and_, func, literal, select, union_all
from sqlalchemy.orm import aliased

from clinic import clock
from clinic.accounts.models import Account, Staff, TimeOff
from clinic.days import minute_of
from clinic.db import AnyRow, db
from clinic.formats import time_range
from clinic.programs.models import Organization, Site
from clinic.programs.queries import get_organization
from clinic.schedule.models import Session, SessionLeader
from clinic.schedule.queries.sessions import leaders_of, sessions_between
from clinic.schedule.rules.times import day_part
from clinic.schedule.rules.words import KINDS
from clinic.today import rules

LOOK_BACK = timedelta(days=7)  # sheets left open longer than this are for the reports


class Clinic(NamedTuple):
    """What Today needs of the clinic. The organization must be held on to, or it is read anew."""

    organization: Organization
    sites: list[Site]


class Card(NamedTuple):
    id: int
    time: str
    title: str
    room: str
    leaders: str
    kind: str
    mode: str
    arrived: int
    expected: int
    sheet: str
    is_cancelled: bool
    cancel_reason: str
    is_now: bool
    href: str


class Part(NamedTuple):
    name: str
    css: str
    cards: list[Card]


class OpenSheet(NamedTuple):
    """A session that is over with people still unmarked."""

    id: int
    title: str
    day: date
    unmarked: int


Days = dict[date, list[AnyRow]]  # sessions by their day


def find_clinic() -> Clinic | None:
    """The clinic with its sites, the first set up first; None before there is one."""
    rows = db.execute(
        select(Organization, Site).join(Site, Organization.id == 1).order_by(Site.id)
    ).all()
    return Clinic(rows[0][0], [site for _, site in rows]) if rows else None


def sessions_until(day: date, *, site_id: int | None, scope: int | None) -> Days:
    """The sessions of the last days up to that one."""
    found: Days = {}
    for row in sessions_between(day - LOOK_BACK, day, site_id=site_id, scope=scope):
        found.setdefault(row.day, []).append(row)
    return found


def sessions_on(day: date, *, site_id: int | None, scope: int | None) -> list[AnyRow]:
    return list(sessions_between(day, day, site_id=site_id, scope=scope))


def parts_of(
    rows: Sequence[AnyRow], *, with_topics: bool, sheet_path: str, now: datetime
) -> list[Part]:
    """The sessions of a day in morning, afternoon and evening."""
    organization = get_organization()
    leaders = leaders_of([row.id for row in rows])
    cards: dict[str, list[Card]] = {css: [] for css, _ in rules.PARTS}
    for row in rows:
        names = ", ".join(leader.name for leader in leaders[row.id])
        cards[_part_of(row, organization)].append(
            _card(row, names, with_topics=with_topics, sheet_path=sheet_path, now=now)
        )
    return [Part(name, css, cards[css]) for css, name in rules.PARTS]


def _part_of(row: AnyRow, organization: Organization) -> str:
    local = row.starts_at.astimezone(clock.zone(row.timezone))
    return day_part(
        minute_of(local),
        afternoon_from=organization.afternoon_from,
        evening_from=organization.evening_from,
    )


def _card(row: AnyRow, leaders: str, *, with_topics: bool, sheet_path: str, now: datetime) -> Card:
    return Card(
        id=row.id,
        time=time_range(row.starts_at, row.ends_at, clock.zone(row.timezone)),
        title=row.title if with_topics else KINDS[row.kind],
        room=row.room_name or "",
        leaders=leaders,
        kind=row.kind.value,
        mode=row.mode.value,
        arrived=row.present,
        expected=row.booked,
        sheet=rules.sheet_state(
            listed=row.listed, marked=row.marked, signed=row.signed, is_cancelled=row.is_cancelled
        ),
        is_cancelled=row.is_cancelled,
        cancel_reason=row.cancel_reason or "",
        is_now=row.starts_at <= now <= row.ends_at,
        href=f"{sheet_path}{row.id}",
    )


def open_sheets(recent: Days, *, with_topics: bool, now: datetime) -> list[OpenSheet]:
    """Sessions that are over with people still unmarked, the oldest first."""
    return [
        OpenSheet(
            row.id,
            row.title if with_topics else KINDS[row.kind],
            row.day,
            row.listed - row.marked,
        )
        for rows in recent.values()
        for row in rows
        if row.ends_at <= now and not row.is_cancelled and row.marked < row.listed
    ]


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
