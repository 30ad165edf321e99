from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from clinic import clock
from clinic.accounts.models import Account, Staff, TimeOff
from clinic.authorizations.queries import asks_for_any
from clinic.days import minute_of
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.names import sort_key
from clinic.programs.models import DayPart, Organization, Program, Room
from clinic.receipts.queries import differing_since
from clinic.schedule.models import AttendanceAmendment, Session, SessionLeader
from clinic.schedule.queries.amendments import IS_WAITING
from clinic.schedule.queries.sessions import sessions_between, with_everybody
from clinic.schedule.rules.sessions import day_part
from clinic.shortweeks.queries import open_weeks
from clinic.tasks.queries import due_until

LOOK_BACK = timedelta(days=7)  # sheets left open longer than this are for the reports
AWAY_AHEAD = timedelta(days=7)
LICENSE_AHEAD = timedelta(days=30)


class Board(NamedTuple):
    """Sessions by start, each with who leads it, the lead first, and with who comes to it, where
    it is known by that: rows of staff_id and name, and of participant_id and what names need."""

    sessions: list[AnyRow]
    leaders: dict[int, list[AnyRow]]
    people: dict[int, list[AnyRow]]

    def led_by(self, staff_id: int | None) -> set[int]:
        """The sessions that somebody leads or co-leads."""
        led = self.leaders.items()
        return {one for one, rows in led if any(row.staff_id == staff_id for row in rows)}

    def away(self, day: date, *, now: datetime) -> dict[int, list[AnyRow]]:
        """Who has that day off, of each session of theirs that is not over."""
        ahead = (one for one in self.sessions if one.day == day and one.ends_at > now)
        off = {
            one.id: [row for row in self.leaders.get(one.id, ()) if row.is_off]
            for one in ahead
            if not one.is_cancelled
        }
        return {one: rows for one, rows in off.items() if rows}


def board(
    first: date, last: date, *, site_id: int | None, scope: int | None, own: int | None
) -> Board:
    """The sessions of these days at a site, and those that `own` leads at others."""
    sessions: dict[int, AnyRow] = {}
    leaders: dict[int, list[AnyRow]] = defaultdict(list)
    people: dict[int, list[AnyRow]] = defaultdict(list)
    for row in with_everybody(first, last, site_id=site_id, scope=scope, own=own):
        sessions.setdefault(row.id, row)
        if row.staff_id is not None:
            leaders[row.id].append(row)
        elif row.participant_id is not None:
            people[row.id].append(row)
    return Board([*sessions.values()], leaders, people)


def sessions_on(day: date, *, site_id: int | None, scope: int | None) -> list[AnyRow]:
    return list(sessions_between(day, day, site_id=site_id, scope=scope))


def parts_of(sessions: Iterable[AnyRow], organization: Organization) -> dict[str, list[AnyRow]]:
    """The sessions of a day in morning, afternoon and evening."""
    found: dict[str, list[AnyRow]] = {part.value: [] for part in DayPart}
    for session in sessions:
        zone = clock.zone(session.timezone)
        found[part_at(session.starts_at, zone, organization)].append(session)
    return found


def part_at(instant: datetime, zone: ZoneInfo, organization: Organization) -> str:
    """The part of the day that an instant lies in where that zone is."""
    return day_part(
        minute_of(instant.astimezone(zone)),
        afternoon_from=organization.afternoon_from,
        evening_from=organization.evening_from,
    )


def open_sheets(sessions: Iterable[AnyRow], *, until_signed: bool, now: datetime) -> list[AnyRow]:
    """Sessions that are over with people still unmarked, or not signed yet for whoever signs; the
    oldest first."""

    def is_open(one: AnyRow) -> bool:
        if one.marked < one.listed:
            return True
        return until_signed and bool(one.signed < one.listed or one.waits)

    ended = (one for one in sessions if one.ends_at <= now and not one.is_cancelled)
    return [one for one in ended if is_open(one)]


def notices(
    today: date,
    *,
    site_id: int | None,
    scope: int | None,
    with_caseloads: bool,
    with_licenses: bool,
    with_tasks: bool,
    with_amendments: int | None = None,
    with_claims: bool = False,
    with_authorizations: bool = False,
    now: datetime,
) -> Sequence[AnyRow]:
    """What is to be known of staff, by day, in one statement: Today has many others.

    `about` says what a row is of, `first` is its day: `away`, leaders who are off while sessions of
    theirs are held; `gone`, leaders without access who have sessions ahead; `room`, rooms out of
    use that sessions ahead are in; `caseload`, people whose clinician has no access; `license`,
    whose license runs out soon or has run out; `amendment`, how many amendments of attendance wait
    that somebody, by their account, can agree to; `task`, by when a word is to be had; `week`, how
    many short weeks are to be closed; `claim`, how many have changed since their export;
    `authorization`, that some are asked for here.
    """
    limits = {"site_id": site_id, "scope": scope}
    soon = today + AWAY_AHEAD
    with_access = select(Staff.id).join(Account, Account.id == Staff.account_id)
    off = select(TimeOff.staff_id).where(TimeOff.from_on <= soon, TimeOff.until_on >= today)
    away = and_(
        SessionLeader.staff_id.in_(off),
        SessionLeader.staff_id.in_(with_access.where(Account.is_active)),
        Session.day.between(today, soon),
        exists().where(
            TimeOff.staff_id == SessionLeader.staff_id,
            Session.day.between(TimeOff.from_on, TimeOff.until_on),
        ),
    )
    gone = SessionLeader.staff_id.in_(with_access.where(~Account.is_active))
    found = [
        _leaders("away", away, now, **limits),
        _leaders("gone", gone, now, **limits),
        _rooms(now, **limits),
    ]
    if with_caseloads:
        found.append(_caseloads(today, site_id))
    if with_licenses:
        found.append(_licenses(today))
    if with_amendments is not None:
        found.append(_amendments(site_id, asked_by_others_than=with_amendments))
    if with_claims:
        found.append(_claims(site_id))
    if with_authorizations:
        about = literal("authorization"), literal(0), literal(""), literal(today), literal(today)
        found.append(select(*about, literal(0)).where(asks_for_any()))
    if with_tasks:
        found += [_tasks(today, **limits), _short_weeks(today, **limits)]
    rows = db.execute(union_all(*found))
    return sorted(rows, key=lambda row: (row.first, sort_key(row.name), row.id, row.about))


def _leaders(
    about: str,
    condition: ColumnElement[bool],
    now: datetime,
    *,
    site_id: int | None,
    scope: int | None,
) -> Select[*tuple[Any, ...]]:
    """Leaders of whom that is so, with how many sessions they have ahead."""
    leaders = (
        _sessions_ahead(about, Staff, now, site_id=site_id, scope=scope)
        .join(SessionLeader, SessionLeader.staff_id == Staff.id)
        .join(Session, Session.id == SessionLeader.session_id)
    )
    return leaders.where(condition)


def _rooms(now: datetime, *, site_id: int | None, scope: int | None) -> Select[*tuple[Any, ...]]:
    """Rooms that are out of use, with how many sessions are ahead there all the same."""
    rooms = _sessions_ahead("room", Room, now, site_id=site_id, scope=scope)
    return rooms.join(Session, Session.room_id == Room.id).where(~Room.is_active)


def _sessions_ahead(
    about: str,
    model: type[Staff | Room],
    now: datetime,
    *,
    site_id: int | None,
    scope: int | None,
) -> Select[*tuple[Any, ...]]:
    """A row for each of those, about the sessions ahead; still to be joined to them."""
    found = (
        select(
            literal(about).label("about"),
            model.id,
            model.name,
            func.min(Session.day).label("first"),
            func.max(Session.day).label("last"),
            func.count().label("number"),
        )
        .select_from(model)
        .where(Session.ends_at > now, ~Session.is_cancelled)
        .group_by(model.id, model.name)
    )
    if site_id is not None:
        found = found.where(Session.site_id == site_id)
    if scope is not None:
        led = aliased(SessionLeader)
        theirs = select(led.session_id).where(led.staff_id == scope)
        found = found.where(Session.id.in_(theirs))
    return found


def _caseloads(today: date, site_id: int | None) -> Select[*tuple[Any, ...]]:
    first = literal(today)
    is_running = or_(Enrollment.until_on.is_(None), Enrollment.until_on >= today)
    people = (
        select(literal("caseload"), Staff.id, Staff.name, first, first, func.count())
        .join(Account, Account.id == Staff.account_id)
        .join(Enrollment, Enrollment.clinician_id == Staff.id)
        .where(~Account.is_active, is_running)
        .group_by(Staff.id, Staff.name)
    )
    if site_id is None:
        return people
    return people.join(Program, Program.id == Enrollment.program_id).where(
        Program.site_id == site_id
    )


def _licenses(today: date) -> Select[*tuple[Any, ...]]:
    expires_on = Staff.license_expires_on
    return (
        select(literal("license"), Staff.id, Staff.name, expires_on, expires_on, literal(0))
        .join(Account, Account.id == Staff.account_id)
        .where(Account.is_active, expires_on <= today + LICENSE_AHEAD)
    )


def _amendments(site_id: int | None, *, asked_by_others_than: int) -> Select[*tuple[Any, ...]]:
    first, last = func.min(Session.day), func.max(Session.day)
    waiting = (
        select(literal("amendment"), literal(0), literal(""), first, last, func.count())
        .select_from(AttendanceAmendment)
        .join(Session, Session.id == AttendanceAmendment.session_id)
        .where(IS_WAITING, AttendanceAmendment.asked_by_id != asked_by_others_than)
        .having(func.count() > 0)
    )
    return waiting if site_id is None else waiting.where(Session.site_id == site_id)


def _claims(site_id: int | None) -> Select[*tuple[Any, ...]]:
    claims = differing_since(site_id).subquery()
    first, last = func.min(claims.c.day), func.max(claims.c.day)
    found = select(literal("claim"), literal(0), literal(""), first, last, func.count())
    return found.select_from(claims).having(func.count() > 0)


def _tasks(today: date, *, site_id: int | None, scope: int | None) -> Select[*tuple[Any, ...]]:
    due = due_until(today, site_id=site_id, scope=scope).subquery()
    return select(
        literal("task"), due.c.id, literal(""), due.c.due_on, due.c.due_on, literal(0)
    ).select_from(due)


def _short_weeks(
    today: date, *, site_id: int | None, scope: int | None
) -> Select[*tuple[Any, ...]]:
    weeks = open_weeks(today, site_id=site_id, scope=scope).subquery()
    return select(
        literal("week"), literal(0), literal(""), weeks.c.first, weeks.c.last, weeks.c.number
    ).select_from(weeks)
