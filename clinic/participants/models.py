from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from clinic.accounts.models import Account
from clinic.db import PERSONAL, PLAIN, SORTED, Base, WordSet
from clinic.names import one_line, sort_key


class Scope(StrEnum):
    """What a consent lets us tell."""

    ENROLLMENT = "enrollment"  # that they are here, since when, in what
    SCHEDULE = "schedule"
    ATTENDANCE = "attendance"
    HOURS = "hours"


class Participant(Base):
    """A person formally admitted and served here."""

    __tablename__ = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    name: Mapped[str] = mapped_column(info=PERSONAL)
    sort_name: Mapped[str] = mapped_column(SORTED, info=PERSONAL)  # follows from the name
    preferred_name: Mapped[str | None] = mapped_column(info=PERSONAL)
    pronouns: Mapped[str | None] = mapped_column(info=PERSONAL)
    language: Mapped[str | None] = mapped_column(info=PERSONAL)  # spoken at home: "es"
    phone: Mapped[str | None] = mapped_column(info=PERSONAL)  # E.164: +12025550123
    birth_on: Mapped[date | None] = mapped_column(info=PERSONAL)
    # A keyed digest: recognised at the kiosk, unique in the organization, never read back.
    pin_digest: Mapped[str | None] = mapped_column(unique=True, info=PERSONAL)
    # From when on, of a PIN that somebody had before; of any other one there is no doubt.
    pin_since: Mapped[datetime | None] = mapped_column(info=PERSONAL)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    calendar_version: Mapped[int] = mapped_column(default=0)
    # Somebody who was on the list twice: whatever was theirs is the other one's now.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)

    account: Mapped[Account] = relationship(lazy="raise_on_sql")

    @validates("name")
    def _place(self, _column: str, name: str) -> str:
        name = one_line(name)  # whichever way it came
        self.sort_name = sort_key(name)
        return name


class RetiredPin(Base):
    """A PIN that somebody had, and until when: what was tapped before counts for them.

    No page gives it to somebody else.
    """

    __tablename__ = "retired_pin"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    digest: Mapped[str] = mapped_column(index=True, info=PERSONAL)
    given_at: Mapped[datetime | None] = mapped_column(info=PERSONAL)  # if somebody had it before
    retired_at: Mapped[datetime] = mapped_column(info=PERSONAL)


class Contact(Base):
    """Somebody around a participant: family, a friend, another clinic."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    name: Mapped[str] = mapped_column(info=PERSONAL)
    relation: Mapped[str | None] = mapped_column(info=PERSONAL)  # mother, probation officer
    phone: Mapped[str | None] = mapped_column(info=PERSONAL)
    email: Mapped[str | None] = mapped_column(info=PERSONAL)
    is_for_emergencies: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None] = mapped_column(info=PERSONAL)  # no contact any more


class Consent(Base):
    """What a participant allows us to tell whom, from a day until they say otherwise."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("expires_on is null or given_on <= expires_on", name="range"),
        CheckConstraint("revoked_on is null or given_on <= revoked_on", name="revoked"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    recipient: Mapped[str] = mapped_column(info=PERSONAL)  # a person or an organization by name
    purpose: Mapped[str] = mapped_column(info=PERSONAL)
    scope: Mapped[frozenset[Scope]] = mapped_column(WordSet(Scope), info=PERSONAL)
    given_on: Mapped[date] = mapped_column(info=PERSONAL)
    expires_on: Mapped[date | None] = mapped_column(info=PERSONAL)  # the last day it holds
    revoked_on: Mapped[date | None] = mapped_column(info=PERSONAL)  # holds no more from this day
