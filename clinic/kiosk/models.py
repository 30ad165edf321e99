from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import PERSONAL, PLAIN, Base
from clinic.programs.models import Site


class Station(StrEnum):
    """What a tablet is for."""

    KEYPAD = "keypad"  # people check in by their PIN
    SEARCH = "search"  # the front desk finds them by name
    ROOM = "room"  # it shows the code for phones


class KioskDevice(Base):
    """A tablet at a site's door. It keeps its key, we its fingerprint."""

    __tablename__ = "kiosk_device"
    __table_args__ = (
        Index(  # of those in use, each has a name of its own at its site
            "uq_kiosk_device_name",
            "site_id",
            "name",
            unique=True,
            sqlite_where=text("revoked_at is null"),
            postgresql_where=text("revoked_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    name: Mapped[str] = mapped_column(info=PLAIN)
    key_hash: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    kind: Mapped[Station] = mapped_column(default=Station.KEYPAD)
    paired_at: Mapped[datetime] = mapped_column(info=PLAIN)
    revoked_at: Mapped[datetime | None] = mapped_column(info=PLAIN)
    seen_at: Mapped[datetime | None] = mapped_column(info=PLAIN)  # when it last sent anything
    waiting_taps: Mapped[int | None]  # which it still had then, if it said so
    # By how many seconds its clock is ahead, as its last uploads say, and how many of them agree.
    clock_ahead: Mapped[int | None]
    clock_readings: Mapped[int] = mapped_column(default=0)
    # The last PIN that nobody has, and when all those are forgotten that came close to it.
    guessed_at: Mapped[datetime | None] = mapped_column(info=PLAIN)
    guesses_until: Mapped[datetime | None] = mapped_column(info=PLAIN)

    site: Mapped[Site] = relationship(lazy="raise_on_sql")


class KioskPause(Base):
    """Until when no PIN is looked at at any kiosk of a site, as somebody guesses at several."""

    __tablename__ = "kiosk_pause"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), unique=True)
    until: Mapped[datetime] = mapped_column(info=PLAIN)


class KioskTap(Base):
    """One tap and the answer it got, kept so that the same tap again gets the same answer."""

    __tablename__ = "kiosk_tap"
    __table_args__ = (
        Index(  # what staff have still to deal with; it costs an accepted tap nothing
            "ix_kiosk_tap_inbox",
            "site_id",
            "received_at",
            sqlite_where=text("is_refused = 1 and seen_at is null"),
            postgresql_where=text("is_refused and seen_at is null"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, info=PLAIN)  # the kiosk's UUID
    device_id: Mapped[int] = mapped_column(ForeignKey("kiosk_device.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    asked: Mapped[str] = mapped_column(info=PERSONAL)  # keyed digest of pin and time
    # When it was made by our clock: by that of the kiosk it was later by so many seconds.
    tapped_at: Mapped[datetime | None] = mapped_column(info=PERSONAL)
    clock_ahead: Mapped[int | None]
    received_at: Mapped[datetime] = mapped_column(info=PLAIN)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))
    is_refused: Mapped[bool]
    why: Mapped[str | None] = mapped_column(info=PERSONAL)  # for staff, never for the kiosk
    answer: Mapped[dict[str, Any]] = mapped_column(JSON, info=PERSONAL)
    seen_at: Mapped[datetime | None] = mapped_column(info=PLAIN)  # staff have dealt with it
