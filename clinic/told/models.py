from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import PERSONAL, PLAIN, Base
from clinic.enrollment.models import Enrollment


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


class ShortBy(StrEnum):
    """What made a week short, most of all."""

    ILLNESS = "illness"
    WORK = "work"
    FAMILY = "family"
    TRANSPORT = "transport"
    PART_OF_IT = "part of it"  # came late, or left early
    NO_WORD = "no word"
    CANCELLED = "cancelled"  # by the clinic
    NOT_PLANNED = "not planned"
    REFUSED = "refused"
    OTHER = "other"


class Offered(StrEnum):
    """What was offered to make up for it."""

    MAKE_UP = "make-up"
    OTHER_TIMES = "other times"
    BY_VIDEO = "by video"
    NOTHING = "nothing"


class GoesOn(StrEnum):
    """What was decided for the weeks to come."""

    AS_BEFORE = "as before"
    CHANGE_TARGET = "change target"
    STEP_DOWN = "step down"


class WeekClosing(Base):
    """A week of an enrollment that fell short, and the line of whoever closed it.

    Raised when the week is short or out of reach; open until somebody says why, what was offered
    and how it goes on.
    """

    __tablename__ = "week_closing"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "week"),
        CheckConstraint(
            "(closed_at is null) = (short_by is null)"
            " and (closed_at is null) = (offered is null)"
            " and (closed_at is null) = (goes_on is null)"
            " and (closed_at is null) = (delivered_minutes is null)"
            " and (closed_at is null) = (min_minutes is null)",
            name="closed_whole",
        ),
        CheckConstraint("note is null or closed_at is not null", name="note"),
        CheckConstraint("closed_by_id is null or closed_at is not null", name="closed_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id", ondelete="CASCADE"))
    week: Mapped[date] = mapped_column(info=PERSONAL)  # its first day
    raised_at: Mapped[datetime] = mapped_column(info=PLAIN)
    short_by: Mapped[ShortBy | None] = mapped_column(info=PERSONAL)
    offered: Mapped[Offered | None] = mapped_column(info=PERSONAL)
    goes_on: Mapped[GoesOn | None] = mapped_column(info=PERSONAL)
    note: Mapped[str | None] = mapped_column(info=PERSONAL)
    closed_at: Mapped[datetime | None] = mapped_column(info=PLAIN)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    # As whoever closed it saw the week: an amendment may change it afterwards.
    delivered_minutes: Mapped[int | None]
    min_minutes: Mapped[int | None]

    enrollment: Mapped[Enrollment] = relationship(lazy="raise_on_sql")
