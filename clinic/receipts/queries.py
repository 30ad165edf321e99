from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, exists, func, select, union_all
from sqlalchemy.orm import aliased

from clinic.db import AnyRow, db
from clinic.receipts.models import Receipt, ReceiptBatch, ReceiptSettlement
from clinic.schedule.models import AttendanceAmendment, Decision, Session

_follower = aliased(Receipt)
IS_NEWEST = ~exists().where(_follower.follows_id == Receipt.id)


def newest(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Select of receipts that no other one follows, with when they were made at hand."""
    joined = select(*columns).select_from(Receipt)
    return joined.join(ReceiptBatch, ReceiptBatch.id == Receipt.batch_id).where(IS_NEWEST)


def claimed_in(
    first: date, last: date, enrollment_id: int | None = None
) -> Mapping[tuple[int, date], AnyRow]:
    """By enrollment and day: what was exported to billing of these days, as it was last, and
    whether that has been amended since."""
    since = amended_since(None).subquery()
    claimed = newest(
        Receipt.enrollment_id,
        Receipt.day,
        Receipt.id,
        Receipt.batch_id,
        Receipt.units,
        Receipt.level,
        Receipt.minutes,
        ReceiptBatch.exported_at,
        since.c.id.is_not(None).label("is_amended"),
    )
    found = claimed.outerjoin(since, since.c.id == Receipt.id)
    found = found.where(Receipt.day.between(first, last))
    if enrollment_id is not None:
        found = found.where(Receipt.enrollment_id == enrollment_id)
    return {(row.enrollment_id, row.day): row for row in db.execute(found)}


def last_dealt_with(enrollment_id: int, day: date) -> datetime | None:
    """When a day was exported or settled last, if it ever was."""
    its = [Receipt.enrollment_id == enrollment_id, Receipt.day == day]
    exported = select(ReceiptBatch.exported_at.label("at")).join(Receipt).where(*its)
    settled = select(ReceiptSettlement.settled_at.label("at")).join(Receipt).where(*its)
    both = union_all(exported, settled).subquery()
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


def amended_since(site_id: int | None) -> Select[*tuple[Any, ...]]:
    """Select the receipts whose day has other minutes by amendments since, with which nobody has
    dealt: what can be said without working out any day."""
    dealt_with = exists().where(
        ReceiptSettlement.receipt_id == Receipt.id,
        ReceiptSettlement.settled_at >= AttendanceAmendment.decided_at,
    )
    found = amended(Receipt.id, Receipt.day).where(~dealt_with).group_by(Receipt.id, Receipt.day)
    found = found.having(func.sum(AttendanceAmendment.minutes) != 0)
    return found if site_id is None else found.where(Session.site_id == site_id)
