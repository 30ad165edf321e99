from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import PERSONAL, PLAIN, Base


class NotBilled(StrEnum):
    """Why somebody's day is not billed at all."""

    UNDER = "under"  # the minutes or services of a unit
    NO_AUTHORIZATION = "no_authorization"
    NO_LICENSE = "no_license"
    OTHER_PAYER = "other_payer"  # or they pay themselves
    OTHER = "other"


class UnbilledDay(Base):
    """A day of somebody's that is not to be billed: off the hold list while it stays as it was."""

    __tablename__ = "unbilled_day"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "day"),
        CheckConstraint("units >= 0 and minutes >= 0", name="figures"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    day: Mapped[date] = mapped_column(info=PERSONAL)
    units: Mapped[int]  # that it came to then
    minutes: Mapped[int]
    why: Mapped[NotBilled] = mapped_column(info=PERSONAL)
    said_at: Mapped[datetime] = mapped_column(info=PLAIN)
    said_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
