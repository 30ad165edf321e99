from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from clinic.db import PERSONAL, PLAIN, Base
from clinic.permissions import Role


class RoleSet(TypeDecorator[frozenset[Role]]):
    """Roles as one word list, so that the signed-in person is one row."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: frozenset[Role] | None, _dialect: Dialect) -> str | None:
        return None if value is None else " ".join(sorted(role.value for role in value))

    def process_result_value(self, value: str | None, _dialect: Dialect) -> frozenset[Role] | None:
        return None if value is None else frozenset(Role(word) for word in value.split())


class Account(Base):
    """Somebody who may sign in: staff or participant. Without e-mail or password, not yet."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(unique=True, info=PERSONAL)  # in lower case
    roles: Mapped[frozenset[Role]] = mapped_column(RoleSet, info=PLAIN)
    password_hash: Mapped[str | None] = mapped_column(info=PERSONAL)
    is_active: Mapped[bool] = mapped_column(default=True)


class Staff(Base):
    """A person who works here."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    name: Mapped[str] = mapped_column(info=PERSONAL)
    credentials: Mapped[str | None] = mapped_column(info=PERSONAL)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    calendar_version: Mapped[int] = mapped_column(default=0)

    account: Mapped[Account] = relationship(lazy="raise_on_sql")


class SignIn(Base):
    """One sign-in on one device. The cookie holds the token, the database its fingerprint."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True, info=PLAIN)
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


class Throttle(Base):
    """Tries within a window of time, by a keyed digest of who or where."""

    __tablename__ = "throttle"

    id: Mapped[int] = mapped_column(primary_key=True)
    bucket: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    began_at: Mapped[datetime] = mapped_column(info=PLAIN)
    tries: Mapped[int]
