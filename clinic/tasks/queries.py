from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import aliased

from clinic import clock
from clinic.accounts.models import Account, Staff
from clinic.days import DAY, Range, week_of
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.names import sort_key
from clinic.participants.models import Participant
from clinic.policy.queries import episode_on
from clinic.policy.rules import Mark
from clinic.programs.models import Closure, Organization, Program, Site
from clinic.schedule.models import ABSENT, Booking, Session, SessionLeader, Status
from clinic.schedule.queries.people import in_scope
from clinic.tasks import rules
from clinic.tasks.models import Task, TaskState, Why


class Plan(NamedTuple):
    """What becomes of the tasks about one person, and where that is noted."""

    participant_id: int
    site_id: int
    today: date
    settled: rules.Settled


def plans(policy: Organization | None, *, now: datetime) -> list[Plan]:
    """Those for whom there is something to do: of all who missed a session lately, or about whom
    there is a task that misses raised."""
    tasks = defaultdict(list)
    for task in db.scalars(select(Task).where(Task.why != Why.GIVEN).order_by(Task.id)):
        tasks[task.participant_id].append(task)
    asks = policy is not None and rules.asks(policy)
    concerned = {each for each, theirs in tasks.items() if any(map(_may_change, theirs))}
    concerned |= _missing(now) if asks else set()
    if not concerned:
        return []
    enrollments, marks = _enrollments(concerned), _marks(concerned, now) if asks else {}
    found = []
    for participant_id in sorted(concerned):
        theirs = enrollments[participant_id]
        latest = max(theirs, key=lambda each: (each.from_on, each.id))
        today = clock.day_of(now, clock.zone(latest.timezone))
        reasons: list[rules.Reason] = []
        episode = episode_on(theirs, today)
        if policy is not None and episode is not None:
            known = tasks[participant_id]
            week = week_of(today, policy.week_starts)
            weeks = {task.since.date() for task in known if task.why is Why.FALLING}
            since = episode[0].from_on
            own = [mark for mark in marks.get(participant_id, ()) if mark.day >= since]
            reasons = rules.reasons(own, policy, week=week, weeks=weeks)
        settled = rules.settle(tasks[participant_id], reasons, today=today)
        if any(settled):
            found.append(Plan(participant_id, latest.site_id, today, settled))
    return found


def _may_change(task: Task) -> bool:
    return task.state is not TaskState.DONE


def _missing(now: datetime) -> set[int]:
    """Who missed a session lately."""
    since = (now - rules.LATEST - DAY).date()
    return set(
        db.scalars(
            select(Enrollment.participant_id)
            .join(Booking, Booking.enrollment_id == Enrollment.id)
            .join(Session, Session.id == Booking.session_id)
            .where(
                Session.day >= since,
                Session.starts_at <= now,
                ~Session.is_cancelled,
                Booking.status.in_(ABSENT),
            )
            .distinct()
        )
    )


def _enrollments(participant_ids: Collection[int]) -> dict[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in db.execute(
        select(
            Enrollment.id,
            Enrollment.participant_id,
            Enrollment.from_on,
            Enrollment.until_on,
            Enrollment.outcome,
            Enrollment.continues_id,
            Program.site_id,
            Site.timezone,
        )
        .join(Program, Program.id == Enrollment.program_id)
        .join(Site, Site.id == Program.site_id)
        .where(Enrollment.participant_id.in_(participant_ids))
    ):
        found[row.participant_id].append(row)
    return found


def _marks(participant_ids: Collection[int], now: datetime) -> dict[int, list[Mark]]:
    """What is known of their sessions that have begun, by start."""
    found: dict[int, list[Mark]] = defaultdict(list)
    for row in db.execute(
        select(Enrollment.participant_id, Session.day, Session.starts_at, Booking.status)
        .join(Booking, Booking.enrollment_id == Enrollment.id)
        .join(Session, Session.id == Booking.session_id)
        .where(
            Enrollment.participant_id.in_(participant_ids),
            Booking.status != Status.EXPECTED,
            Session.day >= (now - rules.LOOK_BACK).date(),
            Session.starts_at <= now,
            ~Session.is_cancelled,
        )
        .order_by(Session.starts_at, Session.id)
    ):
        found[row.participant_id].append(Mark(row.day, row.starts_at, row.status))
    return found


def closed_on(site_id: int, today: date) -> list[Range]:
    """The days from today on when a site is closed."""
    rows = db.execute(
        select(Closure.from_on, Closure.until_on).where(
            Closure.site_id == site_id, Closure.until_on >= today
        )
    )
    return [Range(*row) for row in rows]


# The list

_PLACE = func.row_number().over(
    partition_by=Enrollment.participant_id,
    order_by=(Enrollment.from_on.desc(), Enrollment.id.desc()),
)
_LATEST = (
    select(
        Enrollment.participant_id,
        Enrollment.clinician_id,
        Enrollment.program_id,
        _PLACE.label("place"),
    )
    .where(Enrollment.participant_id.in_(select(Task.participant_id)))
    .subquery()
)
_DOER, _GIVER = aliased(Staff), aliased(Staff)
_owner_id = func.coalesce(Task.owner_id, _LATEST.c.clinician_id)
_LISTED = (
    select(
        Task.id,
        Task.participant_id,
        Task.why,
        Task.since,
        Task.figure,
        Task.figure_before,
        Task.missed_on,
        Task.what,
        _GIVER.name.label("given_by"),
        Task.raised_at,
        Task.due_on,
        Task.state,
        Task.outcome,
        Task.words,
        Task.done_at,
        _DOER.name.label("done_by"),
        Participant.name,
        Participant.phone,
        Program.site_id,
        Program.name.label("program"),
        Site.timezone,
        # Whose it is: nobody's who has no access any more.
        case((Account.is_active, Staff.id)).label("owner_id"),
        case((Account.is_active, Staff.name)).label("owner"),
    )
    .join(Participant, Participant.id == Task.participant_id)
    .join(_LATEST, and_(_LATEST.c.participant_id == Task.participant_id, _LATEST.c.place == 1))
    .join(Program, Program.id == _LATEST.c.program_id)
    .join(Site, Site.id == Program.site_id)
    .outerjoin(Staff, Staff.id == _owner_id)
    .outerjoin(Account, Account.id == Staff.account_id)
    .outerjoin(_GIVER, _GIVER.account_id == Task.given_by_id)
    .outerjoin(_DOER, _DOER.account_id == Task.done_by_id)
)


def listed(state: TaskState, *, site_id: int | None = None, scope: int | None) -> Sequence[AnyRow]:
    """The tasks in a state at a site, about those whom somebody may know of."""
    statement = _LISTED.where(Task.state == state, *_known_to(scope))
    return db.execute(statement if site_id is None else statement.where(Site.id == site_id)).all()


def due_until(day: date, *, site_id: int | None, scope: int | None) -> Select[*tuple[Any, ...]]:
    """The open tasks that are due by a day: one's own where there is a limit."""
    found = (
        select(Task.id, Task.due_on)
        .join(_LATEST, and_(_LATEST.c.participant_id == Task.participant_id, _LATEST.c.place == 1))
        .join(Program, Program.id == _LATEST.c.program_id)
        .where(Task.state == TaskState.OPEN, Task.due_on <= day)
    )
    if scope is not None:
        found = found.where(_owner_id == scope, *_known_to(scope))
    return found if site_id is None else found.where(Program.site_id == site_id)


def tasks_of(participant_id: int) -> Sequence[AnyRow]:
    """The open tasks about somebody, by when they are due."""
    theirs = _LISTED.where(Task.participant_id == participant_id, Task.state == TaskState.OPEN)
    return db.execute(theirs.order_by(Task.due_on, Task.id)).all()


def get_row(task_id: int, *, scope: int | None) -> AnyRow:
    """A task with all that its page shows; raises `NotFound` where it is none of theirs."""
    statement = _LISTED.where(Task.id == task_id, *_known_to(scope))
    return or_not_found(db.execute(statement).one_or_none())


def hold(task_id: int) -> Task:
    """A task, locked: of two who finish it the second is told."""
    statement = select(Task).where(Task.id == task_id).with_for_update()
    return or_not_found(
        db.scalars(statement, execution_options={"populate_existing": True}).one_or_none()
    )


def _known_to(scope: int | None) -> list[ColumnElement[bool]]:
    if scope is None:
        return []
    return [Task.participant_id.in_(select(Enrollment.participant_id).where(in_scope(scope)))]


# Given by hand


def get_person(participant_id: int, *, scope: int | None) -> AnyRow:
    """Whom a task can be about: id, name, clinician_id, and site_id and timezone of where they are
    enrolled, or were last; raises `NotFound` for all others, and before any enrollment."""
    statement = (
        select(
            Participant.id,
            Participant.name,
            Enrollment.clinician_id,
            Program.site_id,
            Site.timezone,
        )
        .join(Enrollment, Enrollment.participant_id == Participant.id)
        .join(Program, Program.id == Enrollment.program_id)
        .join(Site, Site.id == Program.site_id)
        .where(Participant.id == participant_id)
        .order_by(Enrollment.from_on.desc(), Enrollment.id.desc())
        .limit(1)
    )
    if scope is not None:
        known = select(Enrollment.participant_id).where(in_scope(scope))
        statement = statement.where(Participant.id.in_(known))
    return or_not_found(db.execute(statement).one_or_none())


def owners_for(participant_id: int) -> list[AnyRow]:
    """To whom a task about somebody can be given, by name: rows of id, name and
    account_id."""
    theirs = Enrollment.participant_id == participant_id
    leaders = (
        select(SessionLeader.staff_id)
        .join(Booking, Booking.session_id == SessionLeader.session_id)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .where(theirs)
    )
    clinicians = select(Enrollment.clinician_id).where(theirs, Enrollment.clinician_id.is_not(None))
    near = {row.clinician_id for row in db.execute(clinicians.union(leaders))}
    rows = db.execute(
        select(Staff.id, Staff.name, Staff.account_id, Account.roles)
        .join(Account, Account.id == Staff.account_id)
        .where(Account.is_active)
    )
    found = [row for row in rows if rules.may_have(row, near)]
    return sorted(found, key=lambda row: (sort_key(row.name), row.id))


def is_given(participant_id: int, *, what: str, owner_id: int) -> bool:
    """Whether somebody has that very task about them already."""
    return bool(
        db.scalar(
            select(Task.id).where(
                Task.participant_id == participant_id,
                Task.state == TaskState.OPEN,
                Task.what == what,
                Task.owner_id == owner_id,
            )
        )
    )


def untold() -> Sequence[AnyRow]:
    """The open tasks of which whoever's they are has not been told: rows of id and email."""
    return db.execute(
        select(Task.id, Account.email)
        .join(_LATEST, and_(_LATEST.c.participant_id == Task.participant_id, _LATEST.c.place == 1))
        .join(Staff, Staff.id == _owner_id)
        .join(Account, Account.id == Staff.account_id)
        .where(
            Task.state == TaskState.OPEN,
            Task.told_at.is_(None),
            Account.is_active,
            Account.email.is_not(None),
        )
        .order_by(Task.id)
    ).all()
