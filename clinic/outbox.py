"""What must be sent: written in the same transaction as its cause, delivered by `messages`."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import PERSONAL, PLAIN, Base, db


class OutboxMessage(Base):
    __tablename__ = "outbox_message"
    __table_args__ = (Index(None, "sent_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(info=PERSONAL)  # an e-mail address
    subject: Mapped[str] = mapped_column(info=PLAIN)
    body: Mapped[str] = mapped_column(info=PERSONAL)
    due_at: Mapped[datetime] = mapped_column(info=PLAIN)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(info=PLAIN)
    given_up_at: Mapped[datetime | None] = mapped_column(info=PLAIN)


def enqueue(recipient: str, *, subject: str, body: str, now: datetime) -> None:
    """Have a message sent soon. Subject and body must not say what this place is."""
    db.add(OutboxMessage(recipient=recipient, subject=subject, body=body, due_at=now))
