from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from clinic.accounts.models import Staff
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.participants.models import Participant
from clinic.participants.queries import TO_TELL_APART
from clinic.programs.models import Site
from clinic.schedule.models import AttendanceAmendment, Decision, Series, Session
from clinic.schedule.queries.staff import lead_of, led_by

IS_WAITING = AttendanceAmendment.decision == Decision.WAITING

_asker, _decider = aliased(Staff), aliased(Staff)
_AMENDMENTS = (
    select(
        *AttendanceAmendment.__table__.c,
        _asker.name.label("asked_by"),
        _decider.name.label("decided_by"),
        _asker.key.label("asked_by_key"),
        _decider.key.label("decided_by_key"),
        func.coalesce(Series.key, Session.key).label("series"),
        Session.title,
        Session.kind,
        lead_of(),
        Session.series_id,
        Session.site_id,
        Session.day,
        Session.starts_at,
        Session.ends_at,
        Session.grace_minutes,
        Site.timezone,
        Enrollment.program_id,
        Enrollment.key.label("enrollment"),
        *TO_TELL_APART,
    )
    .join(Session, Session.id == AttendanceAmendment.session_id)
    .join(Site, Site.id == Session.site_id)
    .join(Enrollment, Enrollment.id == AttendanceAmendment.enrollment_id)
    .join(Participant, Participant.id == Enrollment.participant_id)
    .outerjoin(Series, Series.id == Session.series_id)
    .outerjoin(_asker, _asker.account_id == AttendanceAmendment.asked_by_id)
    .outerjoin(_decider, _decider.account_id == AttendanceAmendment.decided_by_id)
    .order_by(AttendanceAmendment.asked_at, AttendanceAmendment.id)
)


def amendments(*only: ColumnElement[bool], scope: int | None = None) -> Sequence[AnyRow]:
    """Amendments of which that is so, the oldest first: with whose attendance it is, at which
    session, and who asked and decided. `scope` is whoever must be leading it."""
    return db.execute(_AMENDMENTS.where(*_within(only, scope))).all()


def amendments_page(
    *only: ColumnElement[bool],
    scope: int | None,
    by: Sequence[ColumnElement[Any]],
    first: int,
    most: int,
) -> Sequence[AnyRow]:
    """A part of these in another order, each row with how many there are in `total`."""
    counted = _AMENDMENTS.add_columns(func.count().over().label("total"))
    in_order = counted.where(*_within(only, scope)).order_by(None).order_by(*by)
    return db.execute(in_order.offset(first).limit(most)).all()


def _within(
    only: Collection[ColumnElement[bool]], scope: int | None
) -> Collection[ColumnElement[bool]]:
    return only if scope is None else (*only, led_by(scope))


def amendments_of(enrollment_ids: Collection[int]) -> Sequence[AnyRow]:
    """Those of somebody's attendance."""
    return amendments(AttendanceAmendment.enrollment_id.in_(enrollment_ids))


def amendments_on(session_ids: Collection[int]) -> dict[int, list[AnyRow]]:
    """The same by session, of all of these."""
    found: dict[int, list[AnyRow]] = {each: [] for each in session_ids}
    for row in amendments(AttendanceAmendment.session_id.in_(session_ids)):
        found[row.session_id].append(row)
    return found
