from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import PERSONAL, PLAIN, Base, WordSet
from clinic.permissions import Role


class Account(Base):
    """Somebody who may sign in: staff or participant. Without e-mail or password, not yet."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(unique=True, info=PERSONAL)  # in lower case
    roles: Mapped[frozenset[Role]] = mapped_column(WordSet(Role), info=PLAIN)
    password_hash: Mapped[str | None] = mapped_column(info=PERSONAL)
    is_active: Mapped[bool] = mapped_column(default=True)
    site_shown: Mapped[str | None] = mapped_column(info=PLAIN)  # chosen last: its key, or "all"


class Staff(Base):
    """A person who works here."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    name: Mapped[str] = mapped_column(info=PERSONAL)
    credentials: Mapped[str | None] = mapped_column(info=PERSONAL)  # letters: LCSW
    license_number: Mapped[str | None] = mapped_column(info=PERSONAL)
    license_expires_on: Mapped[date | None] = mapped_column(info=PERSONAL)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    calendar_version: Mapped[int] = mapped_column(default=0)

    account: Mapped[Account] = relationship(lazy="raise_on_sql")
    working_hours: Mapped[list["WorkingHours"]] = relationship(
        lazy="raise_on_sql",
        order_by="WorkingHours.weekday, WorkingHours.from_minute",
        cascade="all, delete-orphan",
    )
    time_off: Mapped[list["TimeOff"]] = relationship(
        lazy="raise_on_sql", order_by="TimeOff.from_on", cascade="all, delete-orphan"
    )


class WorkingHours(Base):
    """A weekly time at which somebody works, in local wall-clock minutes of the day."""

    __tablename__ = "working_hours"
    __table_args__ = (
        UniqueConstraint("staff_id", "weekday", "from_minute"),
        CheckConstraint("weekday between 0 and 6", name="weekday"),
        CheckConstraint(
            "0 <= from_minute and from_minute < until_minute and until_minute <= 1440",
            name="range",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    weekday: Mapped[int] = mapped_column(SmallInteger)
    from_minute: Mapped[int]
    until_minute: Mapped[int]


class TimeOff(Base):
    """Days on which somebody does not work."""

    __tablename__ = "time_off"
    __table_args__ = (
        UniqueConstraint("staff_id", "from_on"),
        CheckConstraint("from_on <= until_on", name="range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    from_on: Mapped[date] = mapped_column(info=PERSONAL)
    until_on: Mapped[date] = mapped_column(info=PERSONAL)
    reason: Mapped[str | None] = mapped_column(info=PERSONAL)


class SignIn(Base):
    """One sign-in on one device. The cookie holds the token, the database its fingerprint."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    device: Mapped[str | None] = mapped_column(info=PERSONAL)  # Safari on iPhone, as it says
    signed_in_at: Mapped[datetime] = mapped_column(info=PERSONAL)
    seen_at: Mapped[datetime] = mapped_column(info=PERSONAL)
    ended_at: Mapped[datetime | None] = mapped_column(info=PERSONAL)


class Invitation(Base):
    """A one-time path on which a person sets their password."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    expires_at: Mapped[datetime] = mapped_column(info=PLAIN)
    used_at: Mapped[datetime | None] = mapped_column(info=PLAIN)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_message.id"))  # if mailed


class Throttle(Base):
    """Wrong passwords that are not forgotten yet, by a keyed digest of whose and from where."""

    __tablename__ = "throttle"

    id: Mapped[int] = mapped_column(primary_key=True)
    bucket: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    tried_at: Mapped[datetime] = mapped_column(info=PLAIN)  # the last one
    tries: Mapped[int]
