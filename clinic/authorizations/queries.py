from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, or_, select

from clinic import clock
from clinic.accounts.models import Staff
from clinic.authorizations import rules
from clinic.authorizations.models import BeyondAuthorization, Certification
from clinic.authorizations.rules import Beyond, Due
from clinic.billable.rules import figures_in
from clinic.consequences import Consequences
from clinic.coverage.models import Authorization
from clinic.coverage.queries import uses_of
from clinic.coverage.rules import Outlook, Stage, Use, outlook
from clinic.days import DAY, Range
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.participants.models import Participant
from clinic.programs.models import Measure, Organization, Program, Rule, Site
from clinic.programs.queries import Clinic, find_clinic
from clinic.schedule.models import ActWords, Session
from clinic.trail import TrailEvent

PAPERS = (Authorization.__tablename__, Certification.__tablename__)


def _latest(column: Any) -> Any:
    """That column of somebody's latest certification."""
    theirs = select(column).where(Certification.enrollment_id == Enrollment.id)
    latest = theirs.order_by(Certification.certified_on.desc()).limit(1)
    return latest.scalar_subquery().label(column.key)


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


def is_certified(enrollment_id: int, *, certified_on: date, but: int | None) -> bool:
    same = {"certified_on": certified_on, "enrollment_id": enrollment_id}
    return bool(set(db.scalars(select(Certification.id).filter_by(**same))) - {but})


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


_ITS_DAYS = select(Rule.value).where(
    Rule.rule_set_id == Program.rule_set_id, Rule.measure == Measure.CERTIFICATION_DAYS
)
# A row for each authorization; whose it is, with the latest certification.
_KNOWN = (
    select(
        Authorization,
        Enrollment.id,
        Enrollment.participant_id,
        Enrollment.program_id,
        Enrollment.from_on,
        Enrollment.until_on,
        Participant.name,
        Program.name.label("program"),
        Program.needs_authorization,
        Site.timezone,
        Staff.name.label("clinician"),
        func.coalesce(
            _ITS_DAYS.where(Rule.population == Program.population).scalar_subquery(),
            _ITS_DAYS.where(Rule.population.is_(None)).scalar_subquery(),
        ).label("certified_for"),
        _latest(Certification.certified_on),
        _latest(Certification.review_on),
    )
    .outerjoin(Authorization, Authorization.enrollment_id == Enrollment.id)
    .join(Participant, Participant.id == Enrollment.participant_id)
    .join(Program, Program.id == Enrollment.program_id)
    .join(Site, Site.id == Program.site_id)
    .outerjoin(Staff, Staff.id == Enrollment.clinician_id)
    .order_by(Participant.sort_name, Enrollment.id)
)


class _Known(NamedTuple):
    """An enrollment with its authorizations, and how far they reach."""

    row: AnyRow
    days: Range
    today: date
    outlook: Outlook

    def dues(self, organization: Organization) -> Iterator[Due]:
        row = self.row
        return rules.dues(
            self.outlook,
            row if row.certified_on else None,
            certified_for=row.certified_for,
            needs=row.needs_authorization,
            enrolled=self.days,
            today=self.today,
            warnings=rules.Warnings(
                organization.authorization_days, organization.authorization_percent
            ),
        )


def _known(
    *conditions: ColumnElement[bool], also: Sequence[Use] = (), clinic: Clinic, now: datetime
) -> list[_Known]:
    """Enrollments of which that is so, by name: in two statements at most; as if they came to
    these sessions, too."""
    db.flush()
    rows: dict[int, AnyRow] = {}
    authorized: dict[int, list[Authorization]] = defaultdict(list)
    for row in db.execute(_KNOWN.where(*conditions)):
        rows.setdefault(row.id, row)
        if row.Authorization:
            authorized[row.id].append(row.Authorization)
    firsts = [one.from_on for theirs in authorized.values() for one in theirs]
    uses: Mapping[int, list[Use]] = {}
    if firsts:
        excused = clinic.settings.excused_use_units
        uses = uses_of(authorized, since=min(firsts), excused=excused, now=now)
    figures_of = {each.id: figures_in(each) for each in clinic.programs.values()}
    found = []
    for each, row in rows.items():
        days = Range(row.from_on, row.until_on)
        today = clock.day_of(now, clock.zone(row.timezone))
        theirs, used = authorized.get(each, ()), [*uses.get(each, ()), *also]
        figures = figures_of[row.program_id]
        reaching = outlook(theirs, used, figures=figures, enrolled=days, today=today)
        found.append(_Known(row, days, today, reaching))
    return found


def beyond_of(
    enrollment_ids: Collection[int], clinic: Clinic, *, also: Sequence[Use] = (), now: datetime
) -> dict[int, Beyond]:
    """Enrollment id to the sessions booked ahead, and these, that nothing authorizes; of those
    with an authorization."""
    theirs = Enrollment.id.in_(enrollment_ids), Authorization.id.is_not(None)
    return {
        each.row.id: Beyond(
            each.outlook.reaches[-1].authorization.number,
            {use.session_id: use.day for use in each.outlook.beyond if use.stage is Stage.BOOKED},
        )
        for each in _known(*theirs, also=also, clinic=clinic, now=now)
    }


def if_coming(
    enrollment_id: int, session: Session, *, with_number: bool = True, now: datetime
) -> Consequences | None:
    """What nothing authorizes if somebody comes to a session besides; without the payer's number,
    for who is not to know it."""
    if not (session.is_counted and session.credit_minutes):
        return None
    use = Use(session.id, session.day, session.credit_minutes, Stage.BOOKED, session.kind)
    clinic = find_clinic()
    was, will = (beyond_of([enrollment_id], clinic, also=uses, now=now) for uses in ([], [use]))
    more = tuple(
        each if with_number else each._replace(number="") for each in rules.more_beyond(was, will)
    )
    return (
        Consequences(warnings=tuple(map(rules.beyond_words, more)), beyond=more) if more else None
    )


class Approvals(NamedTuple):
    """The authorizations and certifications of an enrollment, and what of them is due."""

    outlook: Outlook
    certifications: Sequence[Certification]
    certify_by: date | None
    dues: Sequence[Due]


def approvals_of(
    enrollments: Sequence[Enrollment], clinic: Clinic, *, now: datetime
) -> list[Approvals]:
    """How these enrollments stand, in their order."""
    if not enrollments:
        return []
    ids = [each.id for each in enrollments]
    known = {each.row.id: each for each in _known(Enrollment.id.in_(ids), clinic=clinic, now=now)}
    certifications = certifications_of(ids)
    found = []
    for each in (known[number] for number in ids):
        theirs = certifications.get(each.row.id, [])
        facts = {"days": each.row.certified_for, "enrolled": each.days}
        latest = theirs[0].certified_on if theirs else None
        certify_by = rules.certification_due(latest, **facts)
        dues = list(each.dues(clinic.settings))
        found.append(Approvals(each.outlook, theirs, certify_by, dues))
    return found


class Concerning(NamedTuple):
    """Something to be done, and for whom: a row with their name, program and clinician."""

    due: Due
    row: AnyRow
    outlook: Outlook


def dues_on(
    now: datetime, clinic: Clinic, *, site_id: int | None = None, scope: int | None = None
) -> list[Concerning]:
    """What is to be done about authorizations and certifications of all who are enrolled, by day:
    in two statements. `scope` limits it to somebody's caseload."""
    running = [  # wherever that is: there it may be tomorrow, or yesterday
        Enrollment.from_on <= now.date() + DAY,
        or_(Enrollment.until_on.is_(None), Enrollment.until_on >= now.date() - DAY),
    ]
    if site_id is not None:
        running.append(Program.site_id == site_id)
    if scope is not None:
        running.append(Enrollment.clinician_id == scope)
    found = [
        Concerning(due, each.row, each.outlook)
        for each in _known(*running, clinic=clinic, now=now)
        for due in each.dues(clinic.settings)
    ]
    return sorted(found, key=lambda each: each.due.on)


def asks_for_any() -> ColumnElement[bool]:
    """Whether anybody has an authorization or certification, or is to have one."""
    program = select(Program.id).outerjoin(Rule, Rule.rule_set_id == Program.rule_set_id)
    asks = Program.needs_authorization | (Rule.measure == Measure.CERTIFICATION_DAYS)
    return or_(
        exists(select(Authorization.id)),
        exists(select(Certification.id)),
        exists(program.where(asks)),
    )
