from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import PLAIN, Base
from clinic.kiosk.models import Station
from clinic.programs.models import Site


class PairingCode(Base):
    """What a tablet gives for its key, once and within minutes. We keep a digest of it."""

    __tablename__ = "pairing_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    name: Mapped[str] = mapped_column(info=PLAIN)  # what the kiosk will be called
    kind: Mapped[Station] = mapped_column(default=Station.KEYPAD)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))  # who lets it in
    code_digest: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    expires_at: Mapped[datetime] = mapped_column(info=PLAIN)
    used_at: Mapped[datetime | None] = mapped_column(info=PLAIN)

    site: Mapped[Site] = relationship(lazy="raise_on_sql")
