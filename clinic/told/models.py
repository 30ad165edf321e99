from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import PERSONAL, PLAIN, Base


class State(StrEnum):
    """What is said of an enrollment's week, the most pressing first."""

    OUT_OF_REACH = "out_of_reach"
    SHORT = "short"
    NEEDS_MAKE_UP = "needs_make_up"
    UNCONFIRMED = "unconfirmed"
    ON_COURSE = "on_course"
    REACHED = "reached"
    PARTIAL = "partial"


class ToldState(Base):
    """What was said of a week while it ran: a row each time that something else was.

    It is the one thing about hours that is stored, and it is never changed: what is so now is
    computed, what was known when cannot be.
    """

    __tablename__ = "told_state"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "week", "number"),  # nobody tells the same twice
        Index(None, "week"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("missing >= 0", name="missing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id", ondelete="CASCADE"))
    week: Mapped[date] = mapped_column(info=PLAIN)  # its first day
    number: Mapped[int]  # 1 for what was said first of that week
    told_at: Mapped[datetime] = mapped_column(info=PLAIN)
    day: Mapped[date] = mapped_column(info=PLAIN)  # it was there
    state: Mapped[State] = mapped_column(info=PERSONAL)
    missing: Mapped[int]  # minutes, as was said then, and the next
    reachable: Mapped[int]
