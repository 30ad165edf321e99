from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import PERSONAL, PLAIN, Base


class Upload(Base):
    """A list of people that somebody is bringing in, until it is in or given up."""

    __tablename__ = "upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    file_name: Mapped[str] = mapped_column(info=PERSONAL)
    uploaded_at: Mapped[datetime] = mapped_column(info=PLAIN)
    header: Mapped[list[str]] = mapped_column(JSON, info=PERSONAL)
    rows: Mapped[list[list[str]]] = mapped_column(JSON, info=PERSONAL)  # as they were read
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, info=PERSONAL)  # how they are read
