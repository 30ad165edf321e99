"""Weeks of enrollments, as rows: as many statements for one enrollment as for all of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Any, NamedTuple

from sqlalchemy import (
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import joinedload

from clinic import clock
from clinic.accounts.models import Staff
from clinic.days import WEEK, Range, common
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment, Leave, Target, TransitionWeek
from clinic.figures.queries import asked_of
from clinic.figures.rules import NOTHING, Figures
from clinic.hours import rules
from clinic.losses.rules import Loss
from clinic.participants.models import Participant
from clinic.programs.models import Program, Site
from clinic.schedule.models import Booking, Session, Status
from clinic.schedule.queries.bookings import bookings_of
from clinic.schedule.queries.people import in_scope


class EnrollmentWeek(NamedTuple):
    """Whose week it is, in which program, and how it stands."""

    enrollment_id: int
    enrollment_key: str
    participant_id: int
    participant_key: str
    name: str
    preferred_name: str | None
    clinician_id: int | None
    clinician: str | None
    program: Program
    hours: rules.WeekOf


_OFFERED = select(Program).options(joinedload(Program.site), joinedload(Program.mix))
_FIRST = bindparam("first", type_=Date)
_LAST_DAY = bindparam("last_day", type_=Date)
_IDS = bindparam("enrollment_ids", type_=Integer, expanding=True)

# A row for each target: the first eight columns say whose it is, the last four are the target's.
_ENROLLED = (
    select(
        Enrollment.id,
        Enrollment.key,
        Enrollment.participant_id,
        Participant.key,
        Participant.name,
        Participant.preferred_name,
        Enrollment.clinician_id,
        Staff.name.label("clinician"),
        Enrollment.program_id,
        Enrollment.from_on,
        Enrollment.until_on,
        Target.from_on,
        Target.min_minutes,
        Target.max_minutes,
        Target.min_service_days,
    )
    .join(Participant, Participant.id == Enrollment.participant_id)
    .join(Target, Target.enrollment_id == Enrollment.id)
    .outerjoin(Staff, Staff.id == Enrollment.clinician_id)
    .where(
        Enrollment.from_on <= _LAST_DAY,
        or_(Enrollment.until_on.is_(None), Enrollment.until_on >= _FIRST),
    )
)
_EXEMPT = union_all(
    select(Leave.enrollment_id, Leave.from_on, Leave.until_on).where(
        Leave.from_on <= _LAST_DAY, Leave.until_on >= _FIRST
    ),
    select(TransitionWeek.enrollment_id, TransitionWeek.week, TransitionWeek.week).where(
        TransitionWeek.week.between(_FIRST, _LAST_DAY)
    ),
)
_SESSIONS = select(
    Session.id,
    Session.week,
    Session.is_counted,
    Session.is_cancelled,
    Session.credit_minutes,
    Session.grace_minutes,
    Session.starts_at,
    Session.ends_at,
    Session.day,
    Session.kind,
    Session.held_from,
    Session.held_until,
)
# To come before the start is to come on time, to stay beyond the end is to stay to it: leaving
# those instants out, which are nearly all, spares their making and changes nothing.
_BOOKINGS = select(
    Booking.enrollment_id,
    Booking.session_id,
    type_coerce(Booking.status, String),
    case((Booking.arrived_at > Session.starts_at, Booking.arrived_at)),
    case((Booking.left_at < Session.ends_at, Booking.left_at)),
).join(Session, Session.id == Booking.session_id)
_STATUS = {str(status): status for status in Status}

# Everyone's go through the index of sessions by site and week: neither other weeks nor the years
# behind them cost anything.
_IN_THOSE_WEEKS = and_(
    Session.site_id.in_(select(Site.id)), Session.week.between(_FIRST, _LAST_DAY)
)
_EVERYONES = _SESSIONS.where(_IN_THOSE_WEEKS), _BOOKINGS.where(_IN_THOSE_WEEKS)
# A few people's go through the index of bookings by enrollment.
_THEIRS = (
    _SESSIONS.where(
        Session.id.in_(select(Booking.session_id).where(Booking.enrollment_id.in_(_IDS))),
        Session.week.between(_FIRST, _LAST_DAY),
    ),
    _BOOKINGS.where(Booking.enrollment_id.in_(_IDS), Session.week.between(_FIRST, _LAST_DAY)),
)


def weeks_on(
    week: date, *, now: datetime, program_key: str | None = None, scope: int | None = None
) -> list[EnrollmentWeek]:
    """That week of every enrollment it touches, by enrollment key."""
    enrolled = _ENROLLED
    if program_key is not None:
        enrolled = enrolled.where(
            Enrollment.program_id.in_(select(Program.id).where(Program.key == program_key))
        )
    if scope is not None:
        enrolled = enrolled.where(in_scope(scope))
    return _weeks([week], enrolled, *_EVERYONES, now=now)


def weeks_of(
    enrollment_ids: Collection[int], *, now: datetime, first: date, last: date
) -> list[EnrollmentWeek]:
    """The weeks of a few enrollments, by week and enrollment key.

    `first` and `last` are the first days of weeks; there are none when the last is the earlier one.
    """
    weeks = [first + number * WEEK for number in range((last - first) // WEEK + 1)]
    if not weeks:
        return []
    enrolled = _ENROLLED.where(Enrollment.id.in_(_IDS))
    return _weeks(weeks, enrolled, *_THEIRS, now=now, enrollment_ids=list(enrollment_ids))


def losses_of(
    enrollment_ids: Collection[int], week: date, *, now: datetime
) -> dict[int, list[Loss]]:
    """Enrollment id to what took minutes from that week or may yet, by start."""
    found: dict[int, list[Loss]] = defaultdict(list)
    if not enrollment_ids:
        return found
    for row in bookings_of(enrollment_ids, week, week + timedelta(days=6)):
        loss = rules.loss(row, session_of(row), now=now)
        if loss is not None:
            found[row.enrollment_id].append(loss)
    return found


def session_of(row: Any) -> rules.TimedSession:
    """A session as the hours see it, from a row with its columns."""
    minutes = rules.credit(
        row.credit_minutes, is_counted=row.is_counted, is_cancelled=row.is_cancelled
    )
    grace = timedelta(minutes=row.grace_minutes)
    held = row.held_from, row.held_until
    return rules.TimedSession(row.starts_at, row.ends_at, row.day, minutes, grace, row.kind, *held)


def _weeks(
    weeks: Sequence[date],
    enrolled: Select[*tuple[Any, ...]],
    sessions: Select[*tuple[Any, ...]],
    bookings: Select[*tuple[Any, ...]],
    *,
    now: datetime,
    **facts: Any,
) -> list[EnrollmentWeek]:
    read = db.connection().execute
    offered = {program.id: program for program in db.scalars(_OFFERED).unique()}
    figures = asked_of(offered.values())
    before = max((each.weeks_before for each in figures.values()), default=0)
    facts |= {"first": weeks[0] - before * WEEK, "last_day": weeks[-1] + timedelta(days=6)}
    people = _people(
        read(enrolled, facts).all(),
        exempt=read(_EXEMPT, facts).all(),
        offered=offered,
        figures=figures,
    )
    shares = _shares(read(bookings, facts).all(), sessions=read(sessions, facts).all(), now=now)
    zones = {program.site.timezone for program in offered.values()}
    today = {zone: clock.day_of(now, clock.zone(zone)) for zone in zones}
    found = []
    for week in weeks:
        days = rules.days_of(week)
        over_at = {zone: clock.bounds_of(week + WEEK, clock.zone(zone))[0] for zone in zones}
        for whose, theirs in people:
            if common(days, theirs.days):
                hours = rules.week_of(
                    week,
                    theirs,
                    shares[week].get(whose[0], ()),
                    now=now,
                    over_at=over_at[whose[-1].site.timezone],
                )
                if asked := figures.get(whose[-1].id):
                    of_theirs = partial(_shares_in, shares, whose[0])
                    on = today[whose[-1].site.timezone]
                    also = rules.findings_of(hours, theirs, asked, of_theirs, today=on)
                    hours = hours._replace(findings=also)
                found.append(EnrollmentWeek._make((*whose, hours)))
    return found


def _shares_in(
    shares: Mapping[date, Mapping[int, list[rules.Share]]], enrollment_id: int, week: date
) -> Collection[rules.Share]:
    return shares[week].get(enrollment_id, ())


def _people(
    rows: Iterable[AnyRow],
    *,
    exempt: Iterable[AnyRow],
    offered: Mapping[int, Program],
    figures: Mapping[int, Figures],
) -> list[tuple[tuple[Any, ...], rules.Enrolled]]:
    """Who is enrolled where, by enrollment key, from a row for each of their targets."""
    exempt_of: dict[int, list[Range]] = defaultdict(list)
    for enrollment_id, from_on, until_on in exempt:
        exempt_of[enrollment_id].append(Range(from_on, until_on))
    targets_of: dict[int, list[rules.Target]] = defaultdict(list)
    people: list[tuple[tuple[Any, ...], rules.Enrolled]] = []
    for row in rows:
        targets = targets_of[row.id]
        if not targets:
            program = offered[row.program_id]
            days = Range(row.from_on, row.until_on)
            enrolled = rules.Enrolled(
                days,
                targets,
                exempt_of[row.id],
                program.mix,
                program.max_service_days
                if program.max_service_days is not None
                else figures.get(program.id, NOTHING).days_max,
            )
            people.append(((*row[:8], program), enrolled))
        targets.append(rules.Target._make(row[11:]))
    return sorted(people, key=lambda each: each[0][1])


def _shares(
    rows: Iterable[AnyRow],
    *,
    sessions: Iterable[AnyRow],
    now: datetime,
) -> Mapping[date, Mapping[int, list[rules.Share]]]:
    """By week and enrollment: what each booking contributes."""
    shares: dict[date, dict[int, list[rules.Share]]] = defaultdict(lambda: defaultdict(list))
    by_id = {row.id: (shares[row.week], session_of(row)) for row in sessions}

    @cache  # nearly all bookings of a session with the same status are alike
    def in_time(session_id: int, status: str) -> rules.Share:
        return rules.share(by_id[session_id][1], _STATUS[status], now=now)

    for enrollment_id, session_id, status, arrived_at, left_at in rows:
        theirs, session = by_id[session_id]
        if arrived_at is None and left_at is None:
            share = in_time(session_id, status)
        else:
            share = rules.share(session, _STATUS[status], arrived_at, left_at, now=now)
        theirs[enrollment_id].append(share)
    return shares


def delivered_in(row: AnyRow) -> int:
    """Minutes delivered to somebody, from a row with the columns of a booking and its session."""
    if row.status is not Status.PRESENT:
        return 0
    return rules.delivered(session_of(row), row.arrived_at, row.left_at)
