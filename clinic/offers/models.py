from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import PERSONAL, PLAIN, Base


class CameOfIt(StrEnum):
    """What came of a seat that somebody was to have."""

    PLACED = "placed"  # by staff, who had asked them
    TAKEN = "taken"
    DECLINED = "declined"
    RELEASED = "released"  # nobody answered in time
    WITHDRAWN = "withdrawn"  # by staff, or it could not be taken any more


class MakeUpOffer(Base):
    """A session that somebody is to come to in place of one they missed: offered on their page,
    where they answer it, or given to them by staff.

    The session, and the missed one, are theirs by the enrollment: bookings go and come again. Its
    times are those that were offered. While it is out, one of its seats is held (`SeatHold`).
    """

    __tablename__ = "make_up_offer"
    __table_args__ = (
        Index(  # nobody is asked two things at a time
            "uq_make_up_offer_out",
            "enrollment_id",
            unique=True,
            sqlite_where=text("outcome is null"),
            postgresql_where=text("outcome is null"),
        ),
        CheckConstraint("(outcome is null) = (ended_at is null)", name="ended"),
        CheckConstraint("(opens_at is null) = (held_until is null)", name="held"),
        CheckConstraint("opens_at is not null or ended_at is not null", name="answered"),
        CheckConstraint("opens_at <= held_until", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(
        ForeignKey("enrollment.id", ondelete="CASCADE"), index=True
    )
    session_id: Mapped[int | None] = mapped_column(
        ForeignKey("session.id", ondelete="SET NULL"), index=True
    )
    missed_session_id: Mapped[int | None] = mapped_column(
        ForeignKey("session.id", ondelete="SET NULL"), index=True
    )
    starts_at: Mapped[datetime] = mapped_column(info=PLAIN)
    ends_at: Mapped[datetime] = mapped_column(info=PLAIN)
    offered_at: Mapped[datetime] = mapped_column(info=PLAIN)
    offered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    opens_at: Mapped[datetime | None] = mapped_column(info=PLAIN)  # none: staff had asked them
    held_until: Mapped[datetime | None] = mapped_column(info=PLAIN)
    goes_on: Mapped[bool] = mapped_column(default=False)  # to somebody else, where they do not come
    message_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_message.id"))
    outcome: Mapped[CameOfIt | None] = mapped_column(info=PERSONAL)
    ended_at: Mapped[datetime | None] = mapped_column(info=PERSONAL)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
