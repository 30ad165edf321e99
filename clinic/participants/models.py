from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.accounts.models import Account
from clinic.db import PERSONAL, PLAIN, Base


class Participant(Base):
    """A person formally admitted and served here."""

    __tablename__ = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    name: Mapped[str] = mapped_column(info=PERSONAL)
    preferred_name: Mapped[str | None] = mapped_column(info=PERSONAL)
    birth_on: Mapped[date | None] = mapped_column(info=PERSONAL)
    # A keyed digest: recognised at the kiosk, unique in the organization, never read back.
    pin_digest: Mapped[str | None] = mapped_column(unique=True, info=PERSONAL)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    calendar_version: Mapped[int] = mapped_column(default=0)

    account: Mapped[Account] = relationship(lazy="raise_on_sql")
