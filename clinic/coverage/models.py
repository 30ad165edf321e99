from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import PERSONAL, Base


class Unit(StrEnum):
    """What a payer counts."""

    DAY = "day"
    SESSION = "session"
    HOUR = "hour"


class Authorization(Base):
    """What a payer approved for an enrollment: so many units, from a day to a day.

    Its name is number, code and first day: a payer that extends one gives it another last day.
    """

    __tablename__ = "payer_authorization"  # the word alone is reserved
    __table_args__ = (
        UniqueConstraint("enrollment_id", "number", "code", "from_on"),
        CheckConstraint("from_on <= until_on", name="range"),
        CheckConstraint("units > 0", name="units"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    payer: Mapped[str] = mapped_column(info=PERSONAL)
    number: Mapped[str] = mapped_column(info=PERSONAL)
    code: Mapped[str] = mapped_column(info=PERSONAL)  # of what is billed: H0015
    unit: Mapped[Unit] = mapped_column(info=PERSONAL)
    units: Mapped[int]
    from_on: Mapped[date] = mapped_column(info=PERSONAL)
    until_on: Mapped[date] = mapped_column(info=PERSONAL)
    review_on: Mapped[date | None] = mapped_column(info=PERSONAL)  # the payer wants to hear by then
