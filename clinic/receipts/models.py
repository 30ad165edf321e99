from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import PERSONAL, PLAIN, Base


class Settled(StrEnum):
    """What was done about a claim that is not as its day is now."""

    CORRECTED = "corrected"  # where the payer takes corrections
    LEFT = "left"  # as it is
    TAKEN_BACK = "taken back"  # what was said before, by mistake


class ReceiptBatch(Base):
    """Days that were exported to billing in one go: of which time and place, when and by whom."""

    __tablename__ = "receipt_batch"
    __table_args__ = (CheckConstraint("from_on <= until_on", name="range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    from_on: Mapped[date] = mapped_column(info=PLAIN)
    until_on: Mapped[date] = mapped_column(info=PLAIN)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    program_id: Mapped[int | None] = mapped_column(ForeignKey("program.id"))
    is_correction: Mapped[bool] = mapped_column(default=False)  # of days that had been exported
    exported_at: Mapped[datetime] = mapped_column(info=PLAIN)
    exported_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))


class Receipt(Base):
    """What somebody's day was exported to billing as. It is never changed and never deleted: a
    correction is another receipt, which follows the one before.

    All that stands in the file is kept as it was written, so that the file can be made again.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "day", "number"),  # no day twice
        Index(None, "batch_id"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("(number = 1) = (follows_id is null)", name="follows"),
        CheckConstraint("units >= 0 and minutes >= 0 and services >= 0", name="figures"),
        CheckConstraint("number > 1 or units >= 1", name="worth"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("receipt_batch.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    day: Mapped[date] = mapped_column(info=PERSONAL)
    number: Mapped[int] = mapped_column(default=1)  # of the receipts of that day
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"), unique=True)
    units: Mapped[int]
    level: Mapped[int]  # of the day, where the rule set knows two
    minutes: Mapped[int]  # that were counted
    services: Mapped[int]
    digest: Mapped[str] = mapped_column(info=PLAIN)  # of which sessions were counted
    participant_key: Mapped[str] = mapped_column(info=PLAIN)
    enrollment_key: Mapped[str] = mapped_column(info=PLAIN)
    program_key: Mapped[str] = mapped_column(info=PLAIN)
    is_part2: Mapped[bool] = mapped_column(default=True)
    code: Mapped[str | None] = mapped_column(info=PERSONAL)  # this and the next: as authorized
    payer: Mapped[str | None] = mapped_column(info=PERSONAL)
    authorization_number: Mapped[str | None] = mapped_column(info=PERSONAL)


class ReceiptSettlement(Base):
    """That somebody has dealt with a claim that was not as its day had become, and how.

    It holds for what the day came to then: where it comes to something else later, it is listed
    again. It is never changed either: that it was a mistake is another row, which takes it back.
    """

    __tablename__ = "receipt_settlement"
    __table_args__ = (
        CheckConstraint("(how = 'corrected') = (corrected_on is not null)", name="corrected_on"),
        CheckConstraint("how <> 'left' or words is not null", name="says_why"),
        CheckConstraint("(how = 'taken back') = (takes_back_id is not null)", name="takes_back"),
        CheckConstraint("units >= 0 and minutes >= 0", name="figures"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"), index=True)
    how: Mapped[Settled] = mapped_column(info=PLAIN)
    takes_back_id: Mapped[int | None] = mapped_column(
        ForeignKey("receipt_settlement.id"), unique=True
    )
    corrected_on: Mapped[date | None] = mapped_column(info=PLAIN)
    words: Mapped[str | None] = mapped_column(info=PERSONAL)
    units: Mapped[int]  # that the day came to when it was settled
    level: Mapped[int]
    minutes: Mapped[int]
    settled_at: Mapped[datetime] = mapped_column(info=PLAIN)
    settled_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
