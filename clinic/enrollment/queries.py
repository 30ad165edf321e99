from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from clinic.days import Range
from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.programs.models import Program

_KNOWN = select(Enrollment).options(
    joinedload(Enrollment.program).joinedload(Program.site),
    joinedload(Enrollment.clinician),
)
_SHOWN = _KNOWN.options(selectinload(Enrollment.leaves))
WHOLE = _SHOWN.options(  # with all that the acts on them look at
    joinedload(Enrollment.participant),
    selectinload(Enrollment.targets),
    selectinload(Enrollment.transition_weeks),
    selectinload(Enrollment.unavailabilities),
)


def find_enrollment(key: str) -> Enrollment | None:
    return db.scalars(WHOLE.where(Enrollment.key == key)).one_or_none()


def get_enrollment(enrollment_id: int | None) -> Enrollment:
    return or_not_found(db.scalars(WHOLE.where(Enrollment.id == enrollment_id)).one_or_none())


def read_afresh(enrollment_id: int) -> None:
    """Bring an enrollment that was loaded before, with all that is dated, up to date."""
    db.scalars(
        WHOLE.where(Enrollment.id == enrollment_id).execution_options(populate_existing=True)
    ).one()


def enrollments_of(
    participant_ids: Collection[int], *, with_leaves: bool = True, with_targets: bool = False
) -> Sequence[Enrollment]:
    """All enrollments of these people with program, clinician and leave, the latest first."""
    found = (_SHOWN if with_leaves else _KNOWN).where(
        Enrollment.participant_id.in_(participant_ids)
    )
    if with_targets:
        found = found.options(selectinload(Enrollment.targets))
    return db.scalars(found.order_by(Enrollment.from_on.desc(), Enrollment.id.desc())).all()


def ranges_in(program_id: int, participant_id: int, *, but: int | None = None) -> list[Range]:
    """The days of somebody's enrollments in one program, except one by its id."""
    statement = select(Enrollment.from_on, Enrollment.until_on).where(
        Enrollment.program_id == program_id, Enrollment.participant_id == participant_id
    )
    if but is not None:
        statement = statement.where(Enrollment.id != but)
    rows = db.execute(statement)
    return [Range(row.from_on, row.until_on) for row in rows]


def continued_by(enrollment_id: int) -> str | None:
    """The key of the enrollment that took over from one."""
    return db.scalar(select(Enrollment.key).where(Enrollment.continues_id == enrollment_id))


def continued_from(enrollment_id: int) -> set[int]:
    """The ids of an enrollment and of all that it goes back to."""
    found: set[int] = set()
    step: int | None = enrollment_id
    while step is not None and step not in found:
        found.add(step)
        step = db.scalar(select(Enrollment.continues_id).where(Enrollment.id == step))
    return found


def is_key_taken(key: str) -> bool:
    return db.scalar(select(Enrollment.id).where(Enrollment.key == key)) is not None


def number_enrolled(program_id: int, *, today: date) -> int:
    """How many enrollments in a program run or are to begin."""
    return (
        db.scalar(
            select(func.count())
            .select_from(Enrollment)
            .where(
                Enrollment.program_id == program_id,
                or_(Enrollment.until_on.is_(None), Enrollment.until_on >= today),
            )
        )
        or 0
    )
