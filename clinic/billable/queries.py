"""Days of people as rows, with what they are worth: a few statements for however many."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import String, and_, case, cast, false, null, or_, select, type_coerce, union_all

from clinic.accounts.models import Staff
from clinic.billable import rules
from clinic.billable.rules import BillableDay, Figures, Now, Part
from clinic.db import AnyRow, UTCDateTime, db
from clinic.enrollment.models import Enrollment
from clinic.hours import rules as hours
from clinic.hours.queries import session_of
from clinic.participants.models import Participant
from clinic.programs.models import Program, Site
from clinic.programs.queries import Programs, find_clinic
from clinic.schedule.models import (
    AttendanceAmendment,
    Booking,
    Decision,
    Session,
    SessionLeader,
    SignOff,
    Status,
)
from clinic.schedule.queries.people import in_scope
from clinic.schedule.queries.sessions import waits_for_second


class PersonDay(NamedTuple):
    """Whose day it is, in which program, and what it is worth."""

    enrollment_id: int
    enrollment_key: str
    participant_id: int
    participant_key: str
    name: str
    preferred_name: str | None
    program: Program
    day: date
    figures: Figures | None  # of the program's rule set
    parts: tuple[Part, ...]  # by start
    billable: BillableDay
    # Where that was worked out: what it uses units of, and why nobody bills it.
    authorization: AnyRow | None = None
    unbilled: AnyRow | None = None


_PEOPLE = select(
    Enrollment.id,
    Enrollment.key,
    Enrollment.participant_id,
    Participant.key,
    Participant.name,
    Participant.preferred_name,
    Enrollment.program_id,
).join(Participant, Participant.id == Enrollment.participant_id)
_SESSIONS = select(
    Session.id,
    Session.day,
    Session.site_id,
    Session.is_counted,
    Session.is_cancelled,
    Session.credit_minutes,
    Session.grace_minutes,
    Session.starts_at,
    Session.ends_at,
    Session.kind,
    Session.held_from,
    Session.held_until,
    waits_for_second().label("waits"),
)
# Instants before the start and after the end change nothing, as in `hours.queries`.
_BOOKINGS = select(
    Booking.enrollment_id,
    Booking.session_id,
    type_coerce(Booking.status, String),
    case((Booking.arrived_at > Session.starts_at, Booking.arrived_at)),
    case((Booking.left_at < Session.ends_at, Booking.left_at)),
    Booking.signed_at.is_not(None),
).join(Session, Session.id == Booking.session_id)
_LEADERS = (
    select(
        SessionLeader.session_id,
        SessionLeader.staff_id,
        SessionLeader.has_led,
        Staff.name,
        Staff.license_number,
        Staff.license_expires_on,
        SignOff.license_number.label("signed_license_number"),
        SignOff.license_expires_on.label("signed_license_until"),
    )
    .join(Session, Session.id == SessionLeader.session_id)
    .join(Staff, Staff.id == SessionLeader.staff_id)
    .outerjoin(
        SignOff,
        and_(
            SignOff.session_id == SessionLeader.session_id,
            SignOff.staff_id == SessionLeader.staff_id,
        ),
    )
    .order_by(SessionLeader.session_id, SessionLeader.position)
)
# Of what waits for a second person: as bookings are, without anything known.
_WAITING = (
    select(
        AttendanceAmendment.enrollment_id,
        AttendanceAmendment.session_id,
        cast(null(), String),
        cast(null(), UTCDateTime),
        cast(null(), UTCDateTime),
        false(),
    )
    .join(Session, Session.id == AttendanceAmendment.session_id)
    .where(AttendanceAmendment.decision == Decision.WAITING)
)
_STATUS = {str(status): status for status in Status}


def days(
    first: date,
    last: date,
    *,
    now: datetime,
    site_id: int | None = None,
    enrollment_ids: Collection[int] | None = None,
    scope: int | None = None,
    with_all: bool = False,
    programs: Programs | None = None,
) -> list[PersonDay]:
    """What each person's day from first to last is worth as of now, by day and enrollment key.

    Those on which anything was attended or is to be recorded; `with_all` has every day on which
    somebody was booked. Nothing is held for want of an authorization: `billing` knows of them.
    `programs` are those of the clinic where they were read before.
    """
    people = _people(first, last, site_id, enrollment_ids=enrollment_ids, scope=scope)
    offered = find_clinic().programs if programs is None else programs
    figures_of = {each.id: rules.figures_in(each) for each in offered.values()}
    today = {each.id: each.site.today(now) for each in offered.values()}
    judge = cache(rules.day_of)  # days of people in the same groups are alike
    found = []
    for (enrollment_id, day), parts in _parts(first, last, enrollment_ids, now=now).items():
        if enrollment_id not in people:
            continue
        who = people[enrollment_id]
        program, figures = offered[who[-1]], figures_of[who[-1]]
        of_day = judge(figures, parts, is_over=day < today[program.id])
        if with_all or of_day.minutes or of_day.holds:
            found.append(
                PersonDay._make((*who[:-1], program, day, figures, parts, of_day, None, None))
            )
    return sorted(found, key=lambda each: (each.day, each.enrollment_key))


def _people(
    first: date,
    last: date,
    site_id: int | None,
    *,
    enrollment_ids: Collection[int] | None,
    scope: int | None,
) -> dict[int, AnyRow]:
    wanted = _PEOPLE.where(
        Enrollment.from_on <= last,
        or_(Enrollment.until_on.is_(None), Enrollment.until_on >= first),
    )
    if site_id is not None:
        at_site = select(Program.id).where(Program.site_id == site_id)
        wanted = wanted.where(Enrollment.program_id.in_(at_site))
    if enrollment_ids is not None:
        wanted = wanted.where(Enrollment.id.in_(enrollment_ids))
    if scope is not None:
        wanted = wanted.where(in_scope(scope))
    return {row.id: row for row in db.execute(wanted)}


def _parts(
    first: date, last: date, enrollment_ids: Collection[int] | None, *, now: datetime
) -> Mapping[tuple[int, date], tuple[Part, ...]]:
    """By enrollment and day: the sessions of it, by their start."""
    in_days = Session.day.between(first, last)
    bookings, sessions = _BOOKINGS.where(in_days), _SESSIONS.where(in_days)
    waits = _WAITING.where(in_days)
    if enrollment_ids is None:  # through the index of sessions by site and day
        of_sites = Session.site_id.in_(select(Site.id))
        bookings, sessions = bookings.where(of_sites), sessions.where(of_sites)
        leaders = _LEADERS.where(in_days, of_sites)
    else:  # through the index of bookings by enrollment
        theirs = Booking.enrollment_id.in_(enrollment_ids)
        booked = Session.id.in_(select(Booking.session_id).where(theirs))
        bookings, sessions = bookings.where(theirs), sessions.where(booked)
        leaders = _LEADERS.where(in_days, booked)
        waits = waits.where(AttendanceAmendment.enrollment_id.in_(enrollment_ids))
    rows = db.execute(union_all(bookings, waits)).all()
    waiting = {(session_id, each) for each, session_id, status, *_ in rows if status is None}
    by_id = _sessions(db.execute(sessions), db.execute(leaders))

    @cache  # nearly all bookings of a session with the same status are alike
    def in_time(session_id: int, status: str, *, is_signed: bool) -> Part:
        return _part(by_id[session_id], _STATUS[status], None, None, is_signed=is_signed, now=now)

    found: dict[tuple[int, date], list[Part]] = defaultdict(list)
    for enrollment_id, session_id, status, arrived_at, left_at, is_signed in rows:
        if status is None:
            continue
        if arrived_at is None and left_at is None:
            part = in_time(session_id, status, is_signed=is_signed)
        else:
            marks = arrived_at, left_at
            part = _part(by_id[session_id], _STATUS[status], *marks, is_signed=is_signed, now=now)
        if waiting and (session_id, enrollment_id) in waiting:
            waiting.remove((session_id, enrollment_id))
            part = part._replace(is_amended=True)
        found[enrollment_id, by_id[session_id].session.day].append(part)
    for session_id, enrollment_id in waiting:  # those who are to be put on a sheet
        if known := by_id.get(session_id):
            part = _part(known, Status.EXPECTED, None, None, is_signed=True, now=now)
            none = part._replace(unconfirmed=0, upcoming=0, is_amended=True)
            found[enrollment_id, known.session.day].append(none)
    return {key: tuple(sorted(parts, key=_by_start)) for key, parts in found.items()}


class _Known(NamedTuple):
    """A session as the hours see it, and what is known of it besides."""

    session: hours.TimedSession
    row: AnyRow
    is_licensed: bool
    lead: AnyRow | None


def _sessions(rows: Iterable[AnyRow], leaders: Iterable[AnyRow]) -> dict[int, _Known]:
    led_by: dict[int, list[AnyRow]] = defaultdict(list)
    for leader in leaders:
        led_by[leader.session_id].append(leader)
    return {row.id: _known(row, led_by.get(row.id, ())) for row in rows}


def _known(row: AnyRow, leaders: Sequence[AnyRow]) -> _Known:
    led = (one for one in leaders if one.has_led is not False)
    is_licensed = rules.is_licensed(leaders, row.day)
    return _Known(session_of(row), row, is_licensed, next(led, None))


def _part(
    known: _Known,
    status: Status,
    arrived_at: datetime | None,
    left_at: datetime | None,
    *,
    is_signed: bool,
    now: datetime,
) -> Part:
    session, row, is_licensed, lead = known
    share = hours.share(session, status, arrived_at, left_at, now=now)
    under_way: dict[str, Any] = {}
    if share.upcoming and session.starts_at <= now:
        under_way = _under_way(session, status, arrived_at, left_at, now=now)
    part = Part(
        session_id=row.id,
        starts_at=row.starts_at,
        kind=row.kind,
        status=status,
        credit=row.credit_minutes,
        delivered=share.delivered,
        unconfirmed=share.unconfirmed,
        upcoming=share.upcoming,
        is_cancelled=row.is_cancelled,
        is_counted=row.is_counted,
        is_signed=is_signed and not row.waits,
        is_licensed=is_licensed,
        lead_id=lead.staff_id if lead else None,
        lead=lead,
    )
    return part._replace(**under_way)


def _under_way(
    session: hours.TimedSession,
    status: Status,
    arrived_at: datetime | None,
    left_at: datetime | None,
    *,
    now: datetime,
) -> dict[str, Any]:
    """How somebody stands in a session that is under way, and what it can bring by now."""
    if status is Status.EXPECTED:
        return {"now": Now.UNMARKED}
    return {
        "now": Now.LEFT if left_at is not None and left_at <= now else Now.COUNTING,
        "so_far": hours.so_far(session, arrived_at, left_at, now=now),
        "upcoming": hours.delivered(session, arrived_at, left_at),
    }


def _by_start(part: Part) -> tuple[datetime, int]:
    return part.starts_at, part.session_id
