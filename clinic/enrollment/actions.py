from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select

from clinic import trail
from clinic.accounts.models import Staff
from clinic.db import session
from clinic.enrollment import queries, rules
from clinic.enrollment.models import Enrollment, Target
from clinic.errors import refuse_if
from clinic.participants.models import Participant
from clinic.programs.models import Program
from clinic.trail import Actor


class Hours(NamedTuple):
    """Prescribed minutes a week."""

    min_minutes: int
    max_minutes: int


def enroll(
    participant: Participant,
    program: Program,
    *,
    from_on: date,
    until_on: date | None = None,
    clinician: Staff | None = None,
    target: Hours | None = None,
    by: Actor,
    now: datetime,
) -> Enrollment:
    """Admit somebody to a program from a day on.

    The target is written down with the enrollment, the program's where none is given, so that a
    later change of the program leaves past weeks as they were.
    """
    refuse_if(rules.why_not_range(from_on, until_on))
    target = target or Hours(program.min_minutes, program.max_minutes)
    refuse_if(rules.why_not_target(*target))
    session.execute(
        select(Participant.id).where(Participant.id == participant.id).with_for_update()
    )
    others = queries.ranges_in(program.id, participant.id)
    refuse_if(rules.why_not_enroll(from_on, until_on, others=others))
    enrollment = Enrollment(
        key=_next_key(),
        participant_id=participant.id,
        program_id=program.id,
        clinician_id=clinician.id if clinician else None,
        from_on=from_on,
        until_on=until_on,
        targets=[
            Target(
                from_on=from_on,
                min_minutes=target.min_minutes,
                max_minutes=target.max_minutes,
                min_service_days=program.min_service_days,
            )
        ],
    )
    session.add(enrollment)
    session.flush()
    trail.record(
        "enrollment.began",
        enrollment,
        by=by,
        now=now,
        site_id=program.site_id,
        participant=participant.id,
        program=program.id,
        from_on=from_on,
        until_on=until_on,
    )
    return enrollment


def _next_key() -> str:
    number = (session.scalar(select(func.max(Enrollment.id))) or 0) + 1
    taken = queries.keys_in_use()
    while f"e-{number:03d}" in taken:
        number += 1
    return f"e-{number:03d}"
