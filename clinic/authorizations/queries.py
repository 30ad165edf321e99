from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Date, Integer, String, bindparam, case, or_, select, type_coerce

from clinic import clock
from clinic.accounts.models import Staff
from clinic.authorizations import rules
from clinic.authorizations.models import Authorization, BeyondAuthorization, Certification
from clinic.authorizations.rules import Beyond, Due, Outlook, Stage, Use
from clinic.days import Range
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import get_enrollment
from clinic.errors import or_not_found
from clinic.hours.queries import session_of
from clinic.hours.rules import delivered
from clinic.participants.models import Participant
from clinic.programs.models import Measure, Organization, Population, Program, Rule, Site
from clinic.programs.queries import get_organization
from clinic.schedule.models import ActWords, Booking, Session, Status
from clinic.schedule.queries.people import in_scope
from clinic.trail import TrailEvent

PAPERS = (Authorization.__tablename__, Certification.__tablename__)
_IDS = bindparam("enrollment_ids", type_=Integer, expanding=True)
_SINCE = bindparam("since", type_=Date)
_COUNTS = Session.is_counted & ~Session.is_cancelled & (Session.credit_minutes > 0)
_BOOKINGS = (
    select(
        Booking.enrollment_id,
        Booking.session_id,
        type_coerce(Booking.status, String),
        case((Booking.arrived_at > Session.starts_at, Booking.arrived_at)),
        case((Booking.left_at < Session.ends_at, Booking.left_at)),
    )
    .join(Session, Session.id == Booking.session_id)
    .where(Booking.enrollment_id.in_(_IDS), Session.day >= _SINCE, _COUNTS)
    .order_by(Session.starts_at, Session.id)
)
_SESSIONS = select(
    Session.id,
    Session.day,
    Session.starts_at,
    Session.ends_at,
    Session.is_counted,
    Session.is_cancelled,
    Session.credit_minutes,
    Session.grace_minutes,
    Session.kind,
    Session.held_from,
    Session.held_until,
).where(
    Session.id.in_(select(Booking.session_id).where(Booking.enrollment_id.in_(_IDS))),
    Session.day >= _SINCE,
    _COUNTS,
)


def of_enrollments(enrollment_ids: Collection[int]) -> dict[int, list[Authorization]]:
    """Enrollment id to its authorizations, in the order in which they are used."""
    found: dict[int, list[Authorization]] = defaultdict(list)
    for one in db.scalars(
        select(Authorization)
        .where(Authorization.enrollment_id.in_(enrollment_ids))
        .order_by(Authorization.until_on, Authorization.from_on, Authorization.id)
    ):
        found[one.enrollment_id].append(one)
    return found


def certifications_of(enrollment_ids: Collection[int]) -> dict[int, list[Certification]]:
    """Enrollment id to its certifications, the latest first."""
    found: dict[int, list[Certification]] = defaultdict(list)
    for one in db.scalars(
        select(Certification)
        .where(Certification.enrollment_id.in_(enrollment_ids))
        .order_by(Certification.certified_on.desc())
    ):
        found[one.enrollment_id].append(one)
    return found


def get_authorization(authorization_id: int) -> Authorization:
    return or_not_found(db.get(Authorization, authorization_id))


def get_certification(certification_id: int) -> Certification:
    return or_not_found(db.get(Certification, certification_id))


def is_authorized(
    enrollment_id: int, *, number: str, code: str, from_on: date, but: int | None
) -> bool:
    """Whether there is that authorization already, besides one."""
    same = {"number": number, "code": code, "from_on": from_on, "enrollment_id": enrollment_id}
    return bool(set(db.scalars(select(Authorization.id).filter_by(**same))) - {but})


def is_certified(enrollment_id: int, *, certified_on: date, but: int | None) -> bool:
    same = {"certified_on": certified_on, "enrollment_id": enrollment_id}
    return bool(set(db.scalars(select(Certification.id).filter_by(**same))) - {but})


def get_known(enrollment_id: int, scope: int | None) -> Enrollment:
    """An enrollment that somebody may know of; raises `NotFound` for all others."""
    enrollment = get_enrollment(enrollment_id)
    known = select(Enrollment.id).where(Enrollment.id == enrollment_id)
    if scope is not None:
        or_not_found(db.scalar(known.where(in_scope(scope))))
    return enrollment


def find_act(act: str) -> AnyRow | None:
    """What was done to an authorization or certification, with its words, unless it was undone."""
    return db.execute(
        select(
            TrailEvent.chain,
            TrailEvent.subject_kind,
            TrailEvent.subject_id,
            TrailEvent.happened_at,
            TrailEvent.facts,
            ActWords.words,
        )
        .join(ActWords, ActWords.act == TrailEvent.act)
        .where(TrailEvent.act == act, TrailEvent.subject_kind.in_(PAPERS))
    ).one_or_none()


def site_of(enrollment_id: int) -> int:
    """The site in whose chain of the trail something about an enrollment is written."""
    program = select(Program.site_id).join(Enrollment, Enrollment.program_id == Program.id)
    return db.scalars(program.where(Enrollment.id == enrollment_id)).one()


def gone_on_of(enrollment_id: int) -> Sequence[AnyRow]:
    """When and why somebody was booked beyond what is authorized, the latest first."""
    return db.execute(
        select(
            BeyondAuthorization.made_at,
            BeyondAuthorization.why,
            BeyondAuthorization.sessions,
            BeyondAuthorization.first_on,
            Staff.name.label("by"),
        )
        .outerjoin(Staff, Staff.account_id == BeyondAuthorization.account_id)
        .where(BeyondAuthorization.enrollment_id == enrollment_id)
        .order_by(BeyondAuthorization.id.desc())
    ).all()


NOTHING = Outlook([], [], None)


def uses_of(
    enrollment_ids: Collection[int], *, since: date, excused: bool, now: datetime
) -> dict[int, list[Use]]:
    """Enrollment id to the sessions that use units, by start; `excused` where allowed absences
    do, too."""
    facts = {"enrollment_ids": list(enrollment_ids), "since": since}
    read = db.connection().execute
    sessions = {row.id: row for row in read(_SESSIONS, facts)}
    found: dict[int, list[Use]] = defaultdict(list)
    for enrollment_id, session_id, status, arrived_at, left_at in read(_BOOKINGS, facts):
        row = sessions[session_id]
        minutes = row.credit_minutes
        if status == Status.PRESENT:
            # Whoever has checked in ahead has used nothing yet.
            stage = Stage.USED if row.ends_at <= now else Stage.BOOKED
            if stage is Stage.USED and (arrived_at or left_at or row.held_from or row.held_until):
                minutes = delivered(session_of(row), arrived_at, left_at)
        elif status == Status.EXPECTED:
            stage = Stage.OPEN if row.ends_at <= now else Stage.BOOKED
        elif status == Status.EXCUSED and excused:
            stage = Stage.USED if row.ends_at <= now else Stage.BOOKED
        else:
            continue
        if minutes:
            found[enrollment_id].append(Use(session_id, row.day, minutes, stage))
    return found


def outlooks_of(
    enrolled: dict[int, tuple[Range, date]], *, excused: bool, now: datetime
) -> dict[int, Outlook]:
    """How far the authorizations of these enrollments reach, of those that have any; by id their
    days and which day it is where they are."""
    theirs = of_enrollments(enrolled)
    if not theirs:
        return {}
    since = min(one.from_on for each in theirs.values() for one in each)
    uses = uses_of(theirs, since=since, excused=excused, now=now)
    return {
        each: rules.outlook(
            authorizations, uses.get(each, ()), enrolled=enrolled[each][0], today=enrolled[each][1]
        )
        for each, authorizations in theirs.items()
    }


def beyond_of(enrollment_ids: Collection[int], *, now: datetime) -> dict[int, Beyond]:
    """Enrollment id to the sessions booked ahead that nothing authorizes; of those with an
    authorization."""
    db.flush()
    known = of_enrollments(enrollment_ids)
    if not known:
        return {}
    rows = db.execute(_ENROLLED.where(Enrollment.id.in_(known))).all()
    organization = get_organization()
    found = outlooks_of(
        {row.id: (Range(row.from_on, row.until_on), _today(row, now)) for row in rows},
        excused=organization.excused_use_units,
        now=now,
    )
    return {
        each: Beyond(
            known[each][-1].number,
            {use.session_id: use.day for use in one.beyond if use.stage is Stage.BOOKED},
        )
        for each, one in found.items()
    }


_ENROLLED = (
    select(
        Enrollment.id,
        Enrollment.participant_id,
        Enrollment.program_id,
        Enrollment.from_on,
        Enrollment.until_on,
        Enrollment.clinician_id,
        Participant.name,
        Participant.preferred_name,
        Program.name.label("program"),
        Program.site_id,
        Program.population,
        Program.rule_set_id,
        Site.timezone,
        Staff.name.label("clinician"),
    )
    .join(Participant, Participant.id == Enrollment.participant_id)
    .join(Program, Program.id == Enrollment.program_id)
    .join(Site, Site.id == Program.site_id)
    .outerjoin(Staff, Staff.id == Enrollment.clinician_id)
    .order_by(Participant.sort_name, Enrollment.id)
)


def _today(row: Any, now: datetime) -> date:
    return clock.day_of(now, clock.zone(row.timezone))


def _certified_for() -> dict[tuple[int, Population | None], int]:
    """By rule set and population: for how many days a certification holds."""
    its = select(Rule.rule_set_id, Rule.population, Rule.value)
    rows = db.execute(its.where(Rule.measure == Measure.CERTIFICATION_DAYS))
    return {(rule_set_id, population): days for rule_set_id, population, days in rows}


def _asked_of(asked: Mapping[tuple[int, Population | None], int], program: Any) -> int | None:
    """The same of a program, or a row with its rule set and population."""
    its = program.rule_set_id
    return asked.get((its, program.population)) or asked.get((its, None))


def warnings_of(organization: Organization) -> rules.Warnings:
    return rules.Warnings(organization.authorization_days, organization.authorization_percent)


class Approvals(NamedTuple):
    """The authorizations and certifications of an enrollment, and what of them is due."""

    outlook: Outlook
    certifications: Sequence[Certification]
    certify_by: date | None
    dues: Sequence[Due]


def approvals_of(enrollments: Sequence[Enrollment], *, now: datetime) -> list[Approvals]:
    """How these enrollments stand, which have program and site with them."""
    if not enrollments:
        return []
    organization = get_organization()
    enrolled = {each.id: (each.days, each.program.site.today(now)) for each in enrollments}
    outlooks = outlooks_of(enrolled, excused=organization.excused_use_units, now=now)
    certifications, asked = certifications_of(enrolled), _certified_for()
    found = []
    for each in enrollments:
        theirs, (days, today) = certifications.get(each.id, []), enrolled[each.id]
        outlook = outlooks.get(each.id, NOTHING)
        asks = _asked_of(asked, each.program)
        certified = [one.certified_on for one in theirs]
        certify_by = rules.certification_due(certified, days=asks, enrolled=days)
        dues = rules.dues(
            outlook,
            theirs,
            certified_for=asks,
            enrolled=days,
            today=today,
            warnings=warnings_of(organization),
        )
        found.append(Approvals(outlook, theirs, certify_by, list(dues)))
    return found


class Concerning(NamedTuple):
    """Something to be done, and for whom: a row with their name, program, clinician and site."""

    due: Due
    row: AnyRow
    outlook: Outlook


def dues_on(
    now: datetime, *, site_id: int | None = None, scope: int | None = None
) -> list[Concerning]:
    """What is to be done about authorizations and certifications of all who are enrolled, by day.

    `scope` limits it to somebody's caseload.
    """
    organization = db.get(Organization, 1)
    if organization is None:
        return []
    first, last = (
        clock.day_of(now, clock.zone("Etc/GMT-14")),
        clock.day_of(now, clock.zone("Etc/GMT+12")),
    )
    running = _ENROLLED.where(
        Enrollment.from_on <= first,
        or_(Enrollment.until_on.is_(None), Enrollment.until_on >= last),
    )
    if site_id is not None:
        running = running.where(Program.site_id == site_id)
    if scope is not None:
        running = running.where(Enrollment.clinician_id == scope)
    rows = {row.id: row for row in db.execute(running)}
    enrolled = {
        each: (Range(row.from_on, row.until_on), _today(row, now)) for each, row in rows.items()
    }
    outlooks = outlooks_of(enrolled, excused=organization.excused_use_units, now=now)
    certifications = certifications_of(rows)
    asked = _certified_for()
    found = []
    for each, row in rows.items():
        (days, today), one = enrolled[each], outlooks.get(each, NOTHING)
        theirs = rules.dues(
            one,
            certifications.get(each, ()),
            certified_for=_asked_of(asked, row),
            enrolled=days,
            today=today,
            warnings=warnings_of(organization),
        )
        found += [Concerning(due, row, one) for due in theirs]
    return sorted(found, key=lambda each: each.due.on)
