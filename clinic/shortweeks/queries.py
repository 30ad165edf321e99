from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from clinic import clock
from clinic.accounts.models import Account, Staff
from clinic.days import DAY, WEEK, week_of
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment, Target
from clinic.errors import or_not_found
from clinic.hours.queries import EnrollmentWeek, session_of, weeks_of, weeks_on
from clinic.hours.rules import WeekOf, loss
from clinic.losses.rules import Loss
from clinic.offers.queries import offers_of
from clinic.participants.models import Participant
from clinic.programs.models import Program, Site
from clinic.programs.queries import find_organization
from clinic.schedule.models import Booking, Session
from clinic.schedule.queries.bookings import bookings_of
from clinic.schedule.queries.people import in_scope
from clinic.schedule.queries.staff import lead_of
from clinic.shortweeks import rules
from clinic.shortweeks.rules import Name
from clinic.told.models import WeekClosing

_IS_OPEN = WeekClosing.closed_at.is_(None)
LATELY = timedelta(days=1)  # what was recorded since may have changed a week that is over


class Plan(NamedTuple):
    """Weeks that are to be closed and not listed yet, and those listed that are not short."""

    raised: list[EnrollmentWeek]
    withdrawn: list[WeekClosing]


def plan(now: datetime) -> Plan:
    """What is to be done for the list to have every week that falls short, and no other."""
    organization = find_organization()
    if organization is None:
        return Plan([], [])
    near = rules.weeks_to_look_at(now, organization.week_starts)
    known = db.scalars(
        select(WeekClosing)
        .options(joinedload(WeekClosing.enrollment).joinedload(Enrollment.program))
        .where(or_(_IS_OPEN, WeekClosing.week >= near[0] - rules.LATEST * WEEK))
    ).all()
    open_ = [row for row in known if row.closed_at is None]
    stands = _stands(near, map(_name_of, open_), now)
    there = {_name_of(row) for row in known}
    return Plan(
        [each for name, each in stands.items() if name not in there and rules.is_short(each.hours)],
        [row for row in open_ if not rules.is_short(_hours(stands.get(_name_of(row))))],
    )


def _name_of(row: Any) -> Name:
    return Name(row.enrollment_id, row.week)


def _hours(each: EnrollmentWeek | None) -> WeekOf | None:
    return None if each is None else each.hours


def _stands(
    near: Sequence[date], listed: Iterable[Name], now: datetime
) -> dict[Name, EnrollmentWeek]:
    """How weeks stand: everybody's running one and the one before; of older ones those that are
    listed, and those of which something was recorded lately."""
    found = [each for week in near for each in weeks_on(week, now=now)]
    older = {name for name in listed if name.week not in near} | _recorded_lately(near[0], now)
    if older:
        days = [name.week for name in older]
        ids = {name.enrollment_id for name in older}
        theirs = weeks_of(ids, now=now, first=min(days), last=max(days))
        found += [each for each in theirs if Name(each.enrollment_id, each.hours.week) in older]
    return {Name(each.enrollment_id, each.hours.week): each for each in found}


def _recorded_lately(before: date, now: datetime) -> set[Name]:
    rows = db.execute(
        select(Booking.enrollment_id, Session.week)
        .join(Session, Session.id == Booking.session_id)
        .where(
            Session.site_id.in_(select(Site.id)),  # through their index
            Session.week >= before - rules.LATEST * WEEK,
            Session.week < before,
            Booking.recorded_at >= now - LATELY,
        )
        .distinct()
    )
    return {Name(*row) for row in rows}


# Lists

_CLOSER = aliased(Staff)
_FOLLOWING = aliased(Enrollment)
_LISTED = (
    select(
        WeekClosing.id,
        WeekClosing.enrollment_id,
        WeekClosing.week,
        WeekClosing.raised_at,
        WeekClosing.short_by,
        WeekClosing.offered,
        WeekClosing.goes_on,
        WeekClosing.note,
        WeekClosing.closed_at,
        WeekClosing.delivered_minutes,
        WeekClosing.min_minutes,
        _CLOSER.name.label("closed_by"),
        Enrollment.participant_id,
        Enrollment.until_on,
        Participant.name,
        Program.name.label("program"),
        Program.site_id,
        Site.timezone,
        # Whose it is: nobody's who has no access any more.
        case((Account.is_active, Staff.id)).label("clinician_id"),
        case((Account.is_active, Staff.name)).label("clinician"),
        exists()
        .where(
            Target.enrollment_id == Enrollment.id,
            Target.from_on > WeekClosing.week,
            Target.from_on > Enrollment.from_on,
        )
        .label("is_target_changed"),
        exists().where(_FOLLOWING.continues_id == Enrollment.id).label("is_followed"),
    )
    .join(Enrollment, Enrollment.id == WeekClosing.enrollment_id)
    .join(Participant, Participant.id == Enrollment.participant_id)
    .join(Program, Program.id == Enrollment.program_id)
    .join(Site, Site.id == Program.site_id)
    .outerjoin(Staff, Staff.id == Enrollment.clinician_id)
    .outerjoin(Account, Account.id == Staff.account_id)
    .outerjoin(_CLOSER, _CLOSER.account_id == WeekClosing.closed_by_id)
)


def listed(*, is_open: bool, site_id: int | None = None, scope: int | None) -> Sequence[AnyRow]:
    """The weeks that are to be closed, or were, of those whom somebody may know of; the oldest
    first, of closed ones the latest."""
    statement = _LISTED.where(_IS_OPEN if is_open else ~_IS_OPEN, *_known_to(scope))
    if site_id is not None:
        statement = statement.where(Site.id == site_id)
    week = WeekClosing.week if is_open else WeekClosing.week.desc()
    return db.execute(statement.order_by(week, Participant.sort_name, WeekClosing.id)).all()


def closings_of(enrollment_ids: Collection[int]) -> dict[Name, AnyRow]:
    """What is to be closed, and was, of these enrollments."""
    rows = db.execute(_LISTED.where(WeekClosing.enrollment_id.in_(enrollment_ids)))
    return {_name_of(row): row for row in rows}


def said_of(rows: Collection[EnrollmentWeek]) -> dict[int, AnyRow]:
    """Enrollment id to what is to be closed, or was, of these weeks, one an enrollment: rows of
    id, closed_at and closed_by."""
    if not rows:
        return {}
    weeks = {each.enrollment_id: each.hours.week for each in rows}
    found = db.execute(
        select(
            WeekClosing.id,
            WeekClosing.enrollment_id,
            WeekClosing.week,
            WeekClosing.closed_at,
            _CLOSER.name.label("closed_by"),
        )
        .outerjoin(_CLOSER, _CLOSER.account_id == WeekClosing.closed_by_id)
        .where(
            WeekClosing.enrollment_id.in_(weeks),
            WeekClosing.week.in_({*weeks.values()}),
        )
    )
    return {row.enrollment_id: row for row in found if row.week == weeks[row.enrollment_id]}


def get_row(closing_id: int, *, scope: int | None) -> AnyRow:
    """A week with all that its page shows; raises `NotFound` where it is none of theirs."""
    statement = _LISTED.where(WeekClosing.id == closing_id, *_known_to(scope))
    return or_not_found(db.execute(statement).one_or_none())


def hold(closing_id: int) -> WeekClosing:
    """A week, locked: of two who close it the second is told."""
    statement = select(WeekClosing).where(WeekClosing.id == closing_id).with_for_update()
    return or_not_found(
        db.scalars(statement, execution_options={"populate_existing": True}).one_or_none()
    )


def _known_to(scope: int | None) -> list[ColumnElement[bool]]:
    return [] if scope is None else [in_scope(scope)]


def stands_of(rows: Collection[Any], *, now: datetime) -> dict[Name, WeekOf]:
    """How the weeks of these rows stand by now."""
    if not rows:
        return {}
    weeks = [row.week for row in rows]
    found = weeks_of(
        {row.enrollment_id for row in rows}, now=now, first=min(weeks), last=max(weeks)
    )
    return {Name(each.enrollment_id, each.hours.week): each.hours for each in found}


def losses_of(rows: Collection[Any], *, now: datetime) -> dict[Name, list[Loss]]:
    """What took minutes from the weeks of these rows, by start."""
    found: dict[Name, list[Loss]] = defaultdict(list)
    if not rows:
        return found
    weeks = [row.week for row in rows]
    starts, asked = weeks[0].weekday(), {_name_of(row) for row in rows}
    ids = {row.enrollment_id for row in rows}
    for booked in bookings_of(ids, min(weeks), max(weeks) + WEEK - DAY, more=[lead_of()]):
        name = Name(booked.enrollment_id, week_of(booked.day, starts))
        lost = loss(booked, session_of(booked), now=now) if name in asked else None
        if lost is not None:
            found[name].append(lost)
    return found


def offered_in(rows: Collection[Any]) -> dict[Name, list[AnyRow]]:
    """The sessions in the weeks of these rows that they were to come to instead."""
    found: dict[Name, list[AnyRow]] = defaultdict(list)
    if not rows:
        return found
    weeks = [row.week for row in rows]
    ids = {row.enrollment_id for row in rows}
    for enrollment_id, offers in offers_of(
        ids, first=min(weeks), last=max(weeks) + WEEK - DAY
    ).items():
        for offer in offers:
            day = offer.starts_at.astimezone(clock.zone(offer.timezone)).date()
            found[Name(enrollment_id, week_of(day, weeks[0].weekday()))].append(offer)
    return found


# Who has any to close


def open_weeks(before: date, *, site_id: int | None, scope: int | None) -> Select[*tuple[Any, ...]]:
    """How many weeks that are over before a day are open, the first and the last of them, if any:
    of one's own caseload where there is a limit."""
    found = (
        select(
            func.min(WeekClosing.week).label("first"),
            func.max(WeekClosing.week).label("last"),
            func.count().label("number"),
        )
        .join(Enrollment, Enrollment.id == WeekClosing.enrollment_id)
        .where(_IS_OPEN, WeekClosing.week <= before - WEEK)
        .having(func.count() > 0)
    )
    if scope is not None:
        found = found.where(Enrollment.clinician_id == scope)
    if site_id is None:
        return found
    return found.join(Program, Program.id == Enrollment.program_id).where(
        Program.site_id == site_id
    )


def to_chase(before: date) -> Sequence[AnyRow]:
    """Clinicians whose caseload has open weeks that are over before a day: rows of staff_id,
    email, roles, number and newest."""
    return db.execute(
        select(
            Staff.id.label("staff_id"),
            Account.email,
            Account.roles,
            func.count().label("number"),
            func.max(WeekClosing.raised_at).label("newest"),
        )
        .select_from(WeekClosing)
        .join(Enrollment, Enrollment.id == WeekClosing.enrollment_id)
        .join(Staff, Staff.id == Enrollment.clinician_id)
        .join(Account, and_(Account.id == Staff.account_id, Account.is_active))
        .where(_IS_OPEN, WeekClosing.week <= before - WEEK, Account.email.is_not(None))
        .group_by(Staff.id, Account.email, Account.roles)
        .order_by(Staff.id)
    ).all()
