from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import PERSONAL, PLAIN, Base


class Draft(Base):
    """What somebody sent after their sign-in had run out: kept for them alone, for a while."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("account_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    path: Mapped[str] = mapped_column(info=PLAIN)  # where it was sent to
    typed: Mapped[str] = mapped_column(info=PERSONAL)  # names and values, as JSON
    kept_at: Mapped[datetime] = mapped_column(info=PLAIN)
