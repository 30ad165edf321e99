from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, select

from clinic import clock
from clinic.accounts.models import Account, Staff
from clinic.db import session
from clinic.desk import rules
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import enrollments_of
from clinic.enrollment.rules import status_on
from clinic.errors import NotFound
from clinic.hours.queries import current_week, weeks_of
from clinic.participants.models import Participant
from clinic.permissions import Role
from clinic.schedule.queries import in_scope

RUNNING = frozenset({"active", "on leave"})


def condition_of(scope: int | None) -> ColumnElement[bool] | None:
    """The condition that a participant may be known to somebody; none when everyone may."""
    if scope is None:
        return None
    return Participant.id.in_(select(Enrollment.participant_id).where(in_scope(scope)))


def get_in_scope(participant_id: int, scope: int | None) -> int:
    """The id of a participant whom somebody may know of; raises `NotFound` for all others."""
    statement = select(Participant.id).where(Participant.id == participant_id)
    condition = condition_of(scope)
    if condition is not None:
        statement = statement.where(condition)
    found = session.scalar(statement)
    if found is None:
        raise NotFound
    return found


class Standing(NamedTuple):
    """Where a participant stands today."""

    programs: str
    status: str
    clinician: str
    state: str


def standings(participant_ids: Collection[int], *, now: datetime) -> dict[int, Standing]:
    """Participant id to where they stand, by their running or else latest enrollment."""
    found: dict[int, Standing] = {}
    enrollments = enrollments_of(participant_ids)
    states = _states([enrollment.id for enrollment in enrollments], now=now)
    for enrollment in enrollments:
        today = clock.day_of(now, clock.zone(enrollment.program.site.timezone))
        status = status_on(
            today,
            from_on=enrollment.from_on,
            until_on=enrollment.until_on,
            outcome=enrollment.outcome,
            is_on_leave=rules.is_away(enrollment.leaves, today),
        )
        running = status in RUNNING
        before = found.get(enrollment.participant_id)
        if before is not None and not running:
            continue
        programs = [enrollment.program.name]
        if before is not None and before.status in RUNNING:
            programs.insert(0, before.programs)
        found[enrollment.participant_id] = Standing(
            programs=", ".join(programs),
            status=status,
            clinician=enrollment.clinician.name if enrollment.clinician else "",
            state=states.get(enrollment.id, "") if running else "",
        )
    return found


def _states(enrollment_ids: Collection[int], *, now: datetime) -> dict[int, str]:
    if not enrollment_ids:
        return {}
    week = current_week(now)
    weeks = weeks_of(enrollment_ids, now=now, first=week, last=week)
    return {each.person.enrollment_id: each.hours.state.value for each in weeks}


def clinicians() -> list[Staff]:
    """Staff who may be somebody's primary clinician, by name."""
    return [
        staff
        for staff, account in session.execute(
            select(Staff, Account)
            .join(Account, Account.id == Staff.account_id)
            .where(Account.is_active)
            .order_by(Staff.name)
        )
        if Role.CLINICIAN in account.roles
    ]
