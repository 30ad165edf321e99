from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from clinic.db import AnyRow, db
from clinic.outbox import OutboxMessage

BATCH = 50


def messages_due(*, now: datetime) -> Sequence[AnyRow]:
    """The messages whose time has come, the longest due first: id and attempts."""
    return db.execute(
        select(OutboxMessage.id, OutboxMessage.attempts)
        .where(
            OutboxMessage.sent_at.is_(None),
            OutboxMessage.given_up_at.is_(None),
            OutboxMessage.due_at <= now,
        )
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(BATCH)
    ).all()
