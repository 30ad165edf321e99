from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import PERSONAL, PLAIN, Base


class GoingOn(StrEnum):
    """Why somebody is booked beyond what is authorized."""

    ASKED = "asked for"  # more units, from the payer
    NOT_NEEDED = "not needed"  # an authorization, for these sessions
    NOT_BILLED = "not billed"
    OTHER_PAYER = "other payer"  # or the participant pays


class Certification(Base):
    """A physician's statement that somebody needs the program; due again after some days."""

    __tablename__ = "certification"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "certified_on"),
        CheckConstraint("review_on is null or certified_on <= review_on", name="review"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    certified_on: Mapped[date] = mapped_column(info=PERSONAL)
    name: Mapped[str] = mapped_column(info=PERSONAL)  # of who certified, as it was written
    license: Mapped[str | None] = mapped_column(info=PERSONAL)
    review_on: Mapped[date | None] = mapped_column(info=PERSONAL)  # of the plan of care


class BeyondAuthorization(Base):
    """That somebody was booked beyond what is authorized, and why they went on."""

    __tablename__ = "beyond_authorization"

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(
        ForeignKey("enrollment.id", ondelete="CASCADE"), index=True
    )
    made_at: Mapped[datetime] = mapped_column(info=PLAIN)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    why: Mapped[GoingOn] = mapped_column(info=PERSONAL)
    sessions: Mapped[int]
    first_on: Mapped[date] = mapped_column(info=PERSONAL)
