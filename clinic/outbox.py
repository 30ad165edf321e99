"""What must be sent: written in the same transaction as its cause, delivered by `messages`."""

from datetime import datetime

from sqlalchemy import Index, Select, update
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import PERSONAL, PLAIN, Base, db


class OutboxMessage(Base):
    __tablename__ = "outbox_message"
    __table_args__ = (Index(None, "sent_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(info=PERSONAL)  # an e-mail address
    subject: Mapped[str] = mapped_column(info=PLAIN)
    body: Mapped[str] = mapped_column(info=PERSONAL)  # nothing any more once it has gone
    due_at: Mapped[datetime] = mapped_column(info=PLAIN)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(info=PLAIN)
    given_up_at: Mapped[datetime | None] = mapped_column(info=PLAIN)


def enqueue(recipient: str, *, subject: str, body: str, now: datetime) -> OutboxMessage:
    """Have a message sent soon. Subject and body must not say what this place is."""
    message = OutboxMessage(recipient=recipient, subject=subject, body=body, due_at=now)
    db.add(message)
    return message


def withdraw(ids: Select[int | None], *, now: datetime) -> None:
    """Have these messages not sent after all, where they have not gone yet."""
    waiting = OutboxMessage.sent_at.is_(None), OutboxMessage.given_up_at.is_(None)
    db.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(ids), *waiting)
        .values(given_up_at=now, body="")
    )


def put_off(ids: Select[int | None], *, until: datetime) -> None:
    """Have these messages sent no earlier than that, where they have not gone yet."""
    waiting = OutboxMessage.sent_at.is_(None), OutboxMessage.due_at < until
    db.execute(
        update(OutboxMessage).where(OutboxMessage.id.in_(ids), *waiting).values(due_at=until)
    )
