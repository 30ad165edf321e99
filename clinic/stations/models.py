from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import PERSONAL, PLAIN, Base


class StaffPin(Base):
    """By what a kiosk recognises somebody who works here. They alone have seen it, once."""

    __tablename__ = "staff_pin"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    digest: Mapped[str] = mapped_column(unique=True, info=PERSONAL)  # keyed
    made_at: Mapped[datetime] = mapped_column(info=PLAIN)


class KioskUnlock(Base):
    """That somebody who works here uses a kiosk, for a few minutes. It keeps its token."""

    __tablename__ = "kiosk_unlock"

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("kiosk_device.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    unlocked_at: Mapped[datetime] = mapped_column(info=PLAIN)
    used_at: Mapped[datetime] = mapped_column(info=PLAIN)
    ended_at: Mapped[datetime | None] = mapped_column(info=PLAIN)
