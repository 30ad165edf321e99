from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import PERSONAL, PLAIN, Base


class FeedLink(Base):
    """A secret calendar address of one person."""

    __tablename__ = "feed_link"
    __table_args__ = (
        CheckConstraint("(participant_id is null) <> (staff_id is null)", name="owner"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    name: Mapped[str] = mapped_column(info=PERSONAL)  # what its owner calls the device
    is_full: Mapped[bool] = mapped_column(default=False)  # says where, too
    issued_at: Mapped[datetime] = mapped_column(info=PLAIN)
    seen_at: Mapped[datetime | None] = mapped_column(info=PERSONAL)  # last fetched, to the hour
    revoked_at: Mapped[datetime | None] = mapped_column(info=PLAIN)


class FeedBody(Base):
    """The last body written for a person, by the version of their calendar it was made from."""

    __tablename__ = "feed_body"
    __table_args__ = (
        UniqueConstraint("participant_id", "is_full"),
        UniqueConstraint("staff_id", "is_full"),
        CheckConstraint("(participant_id is null) <> (staff_id is null)", name="owner"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    is_full: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int]
    window: Mapped[date] = mapped_column(info=PLAIN)  # the week it looks out from
    build: Mapped[str] = mapped_column(info=PLAIN)  # what it was written with
    # When a cancelled appointment leaves it, if there is one: no version tells of that.
    expires_at: Mapped[datetime | None] = mapped_column(info=PLAIN)
    body: Mapped[bytes] = mapped_column(LargeBinary, info=PERSONAL)
    etag: Mapped[str] = mapped_column(info=PLAIN)
    changed_at: Mapped[datetime] = mapped_column(info=PLAIN)
