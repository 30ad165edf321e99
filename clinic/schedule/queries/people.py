from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from clinic.accounts.models import Account
from clinic.days import Range, WeeklyTime
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment, Leave, Unavailability
from clinic.enrollment.queries import get_enrollment
from clinic.errors import or_not_found
from clinic.formats import told_apart
from clinic.participants.models import Participant
from clinic.participants.queries import IS_LISTED, TO_TELL_APART, search
from clinic.programs.models import Program, Site
from clinic.schedule.models import Booking, Series, Session, SessionLeader, Status
from clinic.schedule.rules.words import ONE_TO_ONE


def in_scope(staff_id: int) -> ColumnElement[bool]:
    """The condition that an enrollment is someone's caseload or in a session that they lead."""
    leads = (
        select(Booking.enrollment_id)
        .join(SessionLeader, SessionLeader.session_id == Booking.session_id)
        .where(SessionLeader.staff_id == staff_id)
    )
    return or_(Enrollment.clinician_id == staff_id, Enrollment.id.in_(leads))


def condition_of(scope: int | None, *, site_id: int | None = None) -> ColumnElement[bool] | None:
    """The condition that a participant may be known to somebody, and was or is at a site; none
    when everyone may, at any."""
    theirs = select(Enrollment.participant_id)
    conditions = []
    if scope is not None:
        conditions.append(Participant.id.in_(theirs.where(in_scope(scope))))
    if site_id is not None:
        at_site = Enrollment.program_id.in_(select(Program.id).where(Program.site_id == site_id))
        conditions.append(Participant.id.in_(theirs.where(at_site)))
    return and_(*conditions) if conditions else None


def get_in_scope(participant_id: int, scope: int | None) -> int:
    """The id of a participant whom somebody may know of; raises `NotFound` for all others.

    For a record that was merged it is the id of the one that stays.
    """
    return or_not_found(db.scalar(select(Participant.id).where(*_in_scope(participant_id, scope))))


def get_participant_in_scope(participant_id: int, scope: int | None) -> Participant:
    """The same, whole."""
    statement = select(Participant).options(joinedload(Participant.account, innerjoin=True))
    return or_not_found(db.scalar(statement.where(*_in_scope(participant_id, scope))))


def _in_scope(participant_id: int, scope: int | None) -> Iterator[ColumnElement[bool]]:
    kept = select(Participant.merged_into_id).where(Participant.id == participant_id)
    yield or_(Participant.id == participant_id, Participant.id == kept.scalar_subquery())
    yield IS_LISTED
    condition = condition_of(scope)
    if condition is not None:
        yield condition


def get_enrollment_in_scope(enrollment_id: int, scope: int | None) -> Enrollment:
    """An enrollment that somebody may know of; raises `NotFound` for all others."""
    enrollment = get_enrollment(enrollment_id)
    get_in_scope(enrollment.participant_id, scope)
    return enrollment


def get_whose(enrollment_id: int, scope: int | None) -> AnyRow:
    """An enrollment that somebody may know of: its id, participant_id, name, program, site_id,
    timezone, from_on and until_on; raises `NotFound` for all others."""
    statement = (
        select(
            Enrollment.id,
            Enrollment.participant_id,
            Participant.name,
            Program.name.label("program"),
            Program.site_id,
            Site.timezone,
            Enrollment.from_on,
            Enrollment.until_on,
        )
        .join(Participant, Participant.id == Enrollment.participant_id)
        .join(Program, Program.id == Enrollment.program_id)
        .join(Site, Site.id == Program.site_id)
        .where(Enrollment.id == enrollment_id, IS_LISTED)
    )
    known = condition_of(scope)
    return or_not_found(
        db.execute(statement if known is None else statement.where(known)).one_or_none()
    )


def busy_of(enrollment_ids: Collection[int]) -> dict[int, list[WeeklyTime]]:
    """When people cannot come, by enrollment."""
    found: dict[int, list[WeeklyTime]] = {each: [] for each in enrollment_ids}
    weekly = Unavailability.weekday, Unavailability.from_minute, Unavailability.until_minute
    statement = select(Unavailability.enrollment_id, *weekly)
    theirs = Unavailability.enrollment_id.in_(enrollment_ids)
    for enrollment_id, *times in db.execute(statement.where(theirs)):
        found[enrollment_id].append(WeeklyTime(*times))
    return found


def leaves_of(enrollment_ids: Collection[int]) -> dict[int, list[Range]]:
    """When people are on leave, by enrollment."""
    found: dict[int, list[Range]] = {each: [] for each in enrollment_ids}
    statement = select(Leave.enrollment_id, Leave.from_on, Leave.until_on)
    for enrollment_id, *days in db.execute(
        statement.where(Leave.enrollment_id.in_(enrollment_ids))
    ):
        found[enrollment_id].append(Range(*days))
    return found


_PEOPLE = (
    select(
        Enrollment.id,
        Enrollment.participant_id,
        Enrollment.program_id,
        Enrollment.clinician_id,
        Enrollment.from_on,
        Enrollment.until_on,
        Participant.key.label("number"),
        Participant.name,
        Participant.preferred_name,
        Program.name.label("program"),
        Program.site_id,
    )
    .join(Participant, Participant.id == Enrollment.participant_id)
    .join(Program, Program.id == Enrollment.program_id)
    .order_by(Participant.sort_name, Enrollment.from_on.desc(), Enrollment.id)
)


def people_to_plan(enrollment_ids: Collection[int], *, scope: int | None) -> list[AnyRow]:
    """Those of these enrollments that somebody may plan for, in the order they were named."""
    statement = _PEOPLE.where(Enrollment.id.in_(enrollment_ids))
    if scope is not None:
        statement = statement.where(in_scope(scope))
    rows = {row.id: row for row in db.execute(statement)}
    return [rows[each] for each in enrollment_ids if each in rows]


def people_to_join(
    series: Series, *, since: date, scope: int | None, only: ColumnElement[bool]
) -> list[AnyRow]:
    """Who may be put on a group, by name: enrollments at its site that are not over by then.

    Its leader, whose scope it is, may put on those enrolled in its program and those in sight.
    """
    fitting = [
        Program.site_id == series.site_id,
        or_(Enrollment.until_on.is_(None), Enrollment.until_on >= since),
        only,
    ]
    if scope is not None:
        fitting.append(or_(Enrollment.program_id == series.program_id, in_scope(scope)))
    return list(db.execute(_PEOPLE.where(*fitting)))


def expected_people(session_id: int) -> Sequence[AnyRow]:
    """Who is expected on a session or has come, by name: id, the enrollment's, participant_id,
    name, phone and email."""
    there = Booking.status.in_([Status.EXPECTED, Status.PRESENT])
    return db.execute(
        select(
            Enrollment.id,
            Enrollment.participant_id,
            Participant.name,
            Participant.phone,
            Account.email,
        )
        .join(Booking, Booking.enrollment_id == Enrollment.id)
        .join(Participant, Participant.id == Enrollment.participant_id)
        .join(Account, Account.id == Participant.account_id)
        .where(Booking.session_id == session_id, there)
        .order_by(Participant.sort_name, Enrollment.id)
    ).all()


class Met(NamedTuple):
    """Somebody whom an individual or family session is with."""

    participant_id: int
    name: str


def met_in(session_ids: Collection[int], *, by_year: bool) -> dict[int, list[Met]]:
    """Who comes to those of these sessions that are known by that, by session: short names, told
    apart. For whoever may see the sheets of all of these sessions."""
    rows = db.execute(
        select(
            Booking.session_id,
            *TO_TELL_APART,
        )
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .join(Participant, Participant.id == Enrollment.participant_id)
        .join(Session, Session.id == Booking.session_id)
        .where(Booking.session_id.in_(session_ids), Session.kind.in_(ONE_TO_ONE))
        .order_by(Participant.sort_name, Booking.id)
    ).all()
    names = told_apart(rows, by_year=by_year)
    found: dict[int, list[Met]] = defaultdict(list)
    for row in rows:
        found[row.session_id].append(Met(row.participant_id, names[row.participant_id]))
    return found


def caseload_of(staff_id: int, *, day: date, scope: int | None) -> list[AnyRow]:
    """Enrollments of a day whose primary clinician somebody is, by name."""
    fitting = [
        Enrollment.clinician_id == staff_id,
        Enrollment.from_on <= day,
        or_(Enrollment.until_on.is_(None), Enrollment.until_on >= day),
    ]
    if scope is not None:
        fitting.append(in_scope(scope))
    return list(db.execute(_PEOPLE.where(*fitting)))


def still_cared_for(staff_id: int, *, today: date) -> Sequence[AnyRow]:
    """Enrollments that are not over whose primary clinician somebody is, by name."""
    is_running = or_(Enrollment.until_on.is_(None), Enrollment.until_on >= today)
    return db.execute(_PEOPLE.where(Enrollment.clinician_id == staff_id, is_running)).all()


def found_people(
    words: str, *, today: date, scope: int | None, program_id: int | None = None, limit: int
) -> list[AnyRow]:
    """Enrollments that are not over, of the first people that a search by name finds.

    With a program, besides those in scope also those of that program.
    """
    fitting = [or_(Enrollment.until_on.is_(None), Enrollment.until_on >= today)]
    if scope is not None:
        fitting.append(or_(in_scope(scope), Enrollment.program_id == program_id))
    theirs = Participant.id.in_(select(Enrollment.participant_id).where(*fitting))
    found, _ = search(words, page=1, only=theirs)
    ids = [row.id for row in found[:limit]]
    rows = db.execute(_PEOPLE.where(Enrollment.participant_id.in_(ids), *fitting))
    return sorted(rows, key=lambda row: ids.index(row.participant_id))
