from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import PERSONAL, PLAIN, Base


class Refusal(StrEnum):
    """Why a code did not let somebody in."""

    RUN_OUT = "run-out"
    ELSEWHERE = "elsewhere"  # another session's
    WRONG = "wrong"


class PhoneEvent(Base):
    """What somebody did about a session with their phone, as far as its leader may have to look.

    Codes are not kept: they follow from the session and the minute.
    """

    __tablename__ = "phone_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), index=True
    )
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    at: Mapped[datetime] = mapped_column(info=PERSONAL)
    # A keyed digest of the browser and the session: it tells two people of one session's apart.
    device: Mapped[str | None] = mapped_column(info=PERSONAL)
    gone_seconds: Mapped[int] = mapped_column(default=0)  # since the code had left the screen
    refused: Mapped[Refusal | None] = mapped_column(info=PLAIN)
    left_at: Mapped[datetime | None] = mapped_column(info=PERSONAL)  # a meeting, as they say
