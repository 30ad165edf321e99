from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Date, Integer, String, bindparam, case, or_, select, type_coerce

from clinic.billable.rules import figures_in
from clinic.coverage.models import Authorization
from clinic.coverage.rules import Cover, Stage, Use
from clinic.db import UTCDateTime, db
from clinic.enrollment.models import Enrollment
from clinic.hours.queries import session_of
from clinic.hours.rules import delivered
from clinic.programs.queries import Clinic
from clinic.schedule.models import Booking, Session, Status

EXPECTED, PRESENT, EXCUSED = map(str, (Status.EXPECTED, Status.PRESENT, Status.EXCUSED))
_IDS = bindparam("enrollment_ids", type_=Integer, expanding=True)
_SINCE = bindparam("since", type_=Date)
_NOW = bindparam("now", type_=UTCDateTime)
_CAME, _WENT = Booking.arrived_at > Session.starts_at, Booking.left_at < Session.ends_at
# Nearly everybody is there from the beginning to the end: only of others are instants needed.
_IN_PART = or_(_CAME, _WENT, Session.held_from.is_not(None), Session.held_until.is_not(None)) & (
    Booking.status == Status.PRESENT
)
_USES = (
    select(
        Booking.enrollment_id,
        Booking.session_id,
        Session.day,
        type_coerce(Booking.status, String).label("status"),
        Session.kind,
        (Session.ends_at <= _NOW).label("is_over"),
        _IN_PART.label("in_part"),
        Session.credit_minutes,
        case((_IN_PART, Session.starts_at)).label("starts_at"),
        case((_IN_PART, Session.ends_at)).label("ends_at"),
        case((_CAME, Booking.arrived_at)).label("arrived_at"),
        case((_WENT, Booking.left_at)).label("left_at"),
        Session.held_from,
        Session.held_until,
        Session.grace_minutes,
        Session.is_counted,
        Session.is_cancelled,
    )
    .join(Session, Session.id == Booking.session_id)
    .where(
        Booking.enrollment_id.in_(_IDS),
        Session.day >= _SINCE,
        Session.is_counted,
        ~Session.is_cancelled,
        Session.credit_minutes > 0,
    )
    .order_by(Session.starts_at, Session.id)
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


def covers_of(
    enrollment_ids: Collection[int], clinic: Clinic, *, now: datetime
) -> dict[int, Cover]:
    """Enrollment id to what is authorized and what uses it, of those who have an authorization."""
    found: dict[int, list[Authorization]] = defaultdict(list)
    program_of: dict[int, int] = {}
    for one, program_id in db.execute(
        select(Authorization, Enrollment.program_id)
        .join(Enrollment, Enrollment.id == Authorization.enrollment_id)
        .where(Authorization.enrollment_id.in_(enrollment_ids))
    ):
        found[one.enrollment_id].append(one)
        program_of[one.enrollment_id] = program_id
    if not found:
        return {}
    since = min(one.from_on for theirs in found.values() for one in theirs)
    uses = uses_of(found, since=since, excused=clinic.settings.excused_use_units, now=now)
    return {
        each: Cover(theirs, uses.get(each, ()), figures_in(clinic.programs[program_of[each]]))
        for each, theirs in found.items()
    }


def uses_of(
    enrollment_ids: Collection[int], *, since: date, excused: bool, now: datetime
) -> dict[int, list[Use]]:
    """Enrollment id to the sessions that use units, by start; `excused` where allowed absences
    do, too."""
    facts = {"enrollment_ids": list(enrollment_ids), "since": since, "now": now}
    found: dict[int, list[Use]] = defaultdict(list)
    for row in db.connection().execute(_USES, facts).all():  # at once: there are many
        enrollment_id, session_id, day, status, kind, is_over, in_part, minutes, *_ = row
        # Whoever has checked in ahead has used nothing yet.
        stage = Stage.USED if is_over else Stage.BOOKED
        if status == EXPECTED:
            stage = Stage.OPEN if is_over else Stage.BOOKED
        elif status != PRESENT and not (excused and status == EXCUSED):
            continue
        elif in_part and is_over:
            minutes = delivered(session_of(row), row.arrived_at, row.left_at)
        if minutes:
            found[enrollment_id].append(Use(session_id, day, minutes, stage, kind))
    return found
