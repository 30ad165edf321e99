from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, select, union, union_all
from sqlalchemy.orm import aliased

from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.programs.models import Program
from clinic.receipts.models import Receipt, ReceiptBatch, ReceiptSettlement, Settled
from clinic.schedule.models import AttendanceAmendment, Decision, Session
from clinic.trail import TrailEvent

# What the trail says of a receipt when figures of a rule set change; and when an amendment, or a
# settlement that is taken back, makes of it what nothing else tells.
REFIGURED, AS_CLAIMED = "billing.refigured", "billing.as_claimed"
_follower = aliased(Receipt)
IS_NEWEST = ~exists().where(_follower.follows_id == Receipt.id)
_taker = aliased(ReceiptSettlement)
STANDS = and_(  # a settlement that nobody has taken back
    ReceiptSettlement.how != Settled.TAKEN_BACK,
    ~exists().where(_taker.takes_back_id == ReceiptSettlement.id),
)


def newest(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Select of receipts that no other one follows, with when they were made at hand."""
    joined = select(*columns).select_from(Receipt)
    return joined.join(ReceiptBatch, ReceiptBatch.id == Receipt.batch_id).where(IS_NEWEST)


def claimed_in(
    first: date, last: date, enrollment_ids: Collection[int] | None = None
) -> Mapping[tuple[int, date], AnyRow]:
    """By enrollment and day: what was exported to billing of these days, as it was last, and
    whether somebody is to look at that again."""
    since = differing_since(None).subquery()
    claimed = newest(
        Receipt.enrollment_id,
        Receipt.day,
        Receipt.id,
        Receipt.batch_id,
        Receipt.follows_id,
        Receipt.units,
        Receipt.level,
        Receipt.minutes,
        ReceiptBatch.exported_at,
        since.c.id.is_not(None).label("is_differing"),
    )
    found = claimed.outerjoin(since, since.c.id == Receipt.id)
    found = found.where(Receipt.day.between(first, last))
    if enrollment_ids is not None:
        found = found.where(Receipt.enrollment_id.in_(enrollment_ids))
    return {(row.enrollment_id, row.day): row for row in db.execute(found)}


def last_dealt_with(enrollment_id: int, day: date) -> datetime | None:
    """When a day was exported or settled last, if it ever was."""
    its = [Receipt.enrollment_id == enrollment_id, Receipt.day == day]
    exported = select(ReceiptBatch.exported_at.label("at")).join(Receipt).where(*its)
    settled = select(ReceiptSettlement.settled_at.label("at")).join(Receipt).where(*its)
    both = union_all(exported, settled).subquery()
    last: datetime | None = db.scalar(select(func.max(both.c.at)))
    return last


def last_said() -> datetime | None:
    """When somebody has settled a claim or amended an attendance last."""
    both = union_all(
        select(func.max(ReceiptSettlement.settled_at).label("at")),
        select(func.max(AttendanceAmendment.decided_at).label("at")),
    ).subquery()
    last: datetime | None = db.scalar(select(func.max(both.c.at)))
    return last


def amended(*columns: Any) -> Select[*tuple[Any, ...]]:
    """The same of days on which something was amended after they were exported."""
    on_that_day = (Session.id == AttendanceAmendment.session_id) & (Session.day == Receipt.day)
    theirs = select(AttendanceAmendment.enrollment_id).where(
        AttendanceAmendment.decision == Decision.MADE
    )
    return (
        newest(*columns)
        .join(AttendanceAmendment, AttendanceAmendment.enrollment_id == Receipt.enrollment_id)
        .join(Session, on_that_day)
        .where(
            Receipt.enrollment_id.in_(theirs),  # else all receipts of all years are read
            AttendanceAmendment.decision == Decision.MADE,
            AttendanceAmendment.decided_at > ReceiptBatch.exported_at,
        )
    )


def _last(verb: str) -> Any:
    """The last event of a receipt that tells of that."""
    its = TrailEvent.subject_kind == Receipt.__tablename__, TrailEvent.subject_id == Receipt.id
    told = select(func.max(TrailEvent.id)).where(*its, TrailEvent.verb == verb)
    return told.correlate(Receipt).scalar_subquery()


def refigured(*columns: Any) -> Select[*tuple[Any, ...]]:
    """The same of days that other figures of a rule set have made something else than was claimed:
    it is noted when they change, and when they are back."""
    noted = select(TrailEvent.subject_id).where(
        TrailEvent.subject_kind == Receipt.__tablename__, TrailEvent.verb == REFIGURED
    )
    is_so = _last(REFIGURED) > func.coalesce(_last(AS_CLAIMED), 0)
    return newest(*columns).where(Receipt.id.in_(noted), is_so)


def differing_since(site_id: int | None) -> Select[*tuple[Any, ...]]:
    """Select the receipts, with their days, that somebody is to look at again: what can be said
    without working out any day."""
    event = aliased(TrailEvent)
    at = select(event.happened_at).where(event.id == _last(REFIGURED)).scalar_subquery()
    dealt_with = exists().where(
        ReceiptSettlement.receipt_id == Receipt.id, STANDS, ReceiptSettlement.settled_at >= at
    )
    found = refigured(Receipt.id, Receipt.day).where(~dealt_with)
    if site_id is not None:
        enrolled = Enrollment.id == Receipt.enrollment_id
        found = found.join(Enrollment, enrolled).join(Program, Program.id == Enrollment.program_id)
        found = found.where(Program.site_id == site_id)
    both = union(amended_since(site_id), found).subquery()
    return select(both.c.id, both.c.day)


def is_differing(receipt_id: int) -> bool:
    """Whether a receipt is one of those."""
    asked = differing_since(None).subquery()
    return bool(db.scalar(select(exists().where(asked.c.id == receipt_id))))


def number_differing() -> int:
    """How many there are, of all sites and times."""
    asked = differing_since(None).subquery()
    return db.scalar(select(func.count()).select_from(asked)) or 0


def amended_since(site_id: int | None) -> Select[*tuple[Any, ...]]:
    """Select the receipts whose day has other minutes by amendments since, with which nobody has
    dealt: what can be said without working out any day."""
    dealt_with = exists().where(
        ReceiptSettlement.receipt_id == Receipt.id,
        STANDS,
        ReceiptSettlement.settled_at >= AttendanceAmendment.decided_at,
    )
    is_as_claimed = exists().where(
        TrailEvent.subject_kind == Receipt.__tablename__,
        TrailEvent.subject_id == Receipt.id,
        TrailEvent.verb == AS_CLAIMED,
        TrailEvent.happened_at >= AttendanceAmendment.decided_at,
    )
    found = (
        amended(Receipt.id, Receipt.day)
        .where(~dealt_with, ~is_as_claimed)
        .group_by(Receipt.id, Receipt.day)
    )
    found = found.having(func.sum(AttendanceAmendment.minutes) != 0)
    return found if site_id is None else found.where(Session.site_id == site_id)
