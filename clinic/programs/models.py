from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import PLAIN, Base


class Kind(StrEnum):
    """What sort of session it is."""

    GROUP = "group"
    INDIVIDUAL = "individual"
    FAMILY = "family"
    EDUCATION = "education"
    OTHER = "other"


class Level(StrEnum):
    """Level of care, ASAM's numbers."""

    OUTPATIENT = "1"
    INTENSIVE_OUTPATIENT = "2.1"
    PARTIAL_HOSPITALIZATION = "2.5"
    AFTERCARE = "aftercare"


class Population(StrEnum):
    ADULT = "adult"
    ADOLESCENT = "adolescent"


class Organization(Base):
    """The clinic as a whole and its settings: one row."""

    __tablename__ = "organization"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("week_starts between 0 and 6", name="week_starts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    name: Mapped[str] = mapped_column(info=PLAIN)
    week_starts: Mapped[int] = mapped_column(SmallInteger, default=0)  # 0 is Monday
    afternoon_from: Mapped[int] = mapped_column(default=12 * 60)  # minutes of the local day
    evening_from: Mapped[int] = mapped_column(default=17 * 60)
    doors_minutes: Mapped[int] = mapped_column(default=15)  # check-in opens this long before


class Site(Base):
    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    name: Mapped[str] = mapped_column(info=PLAIN)
    timezone: Mapped[str] = mapped_column(info=PLAIN)

    rooms: Mapped[list["Room"]] = relationship(back_populates="site", lazy="raise_on_sql")


class Room(Base):
    __tablename__ = "room"
    __table_args__ = (
        UniqueConstraint("site_id", "key"),
        CheckConstraint("seats >= 1", name="seats"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    key: Mapped[str] = mapped_column(info=PLAIN)
    name: Mapped[str] = mapped_column(info=PLAIN)
    seats: Mapped[int]

    site: Mapped[Site] = relationship(back_populates="rooms", lazy="raise_on_sql")


class Program(Base):
    """What the clinic offers at a level of care, and how its time is counted."""

    __tablename__ = "program"
    __table_args__ = (
        CheckConstraint("0 <= min_minutes and min_minutes <= max_minutes", name="target"),
        CheckConstraint("grace_minutes >= 0", name="grace_minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    name: Mapped[str] = mapped_column(info=PLAIN)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    level: Mapped[Level]
    population: Mapped[Population]
    min_minutes: Mapped[int]  # a week
    max_minutes: Mapped[int]
    min_service_days: Mapped[int | None]
    weeks: Mapped[int | None]
    breaks_count: Mapped[bool] = mapped_column(default=False)
    grace_minutes: Mapped[int] = mapped_column(default=0)
    is_part2: Mapped[bool] = mapped_column(default=True)
    counts_group: Mapped[bool] = mapped_column(default=True)
    counts_individual: Mapped[bool] = mapped_column(default=True)
    counts_family: Mapped[bool] = mapped_column(default=True)
    counts_education: Mapped[bool] = mapped_column(default=True)
    counts_other: Mapped[bool] = mapped_column(default=False)

    site: Mapped[Site] = relationship(lazy="raise_on_sql")

    @property
    def counted_kinds(self) -> frozenset[Kind]:
        """The kinds of session that count to the weekly hours."""
        return frozenset(kind for kind in Kind if getattr(self, f"counts_{kind.value}"))


class Closure(Base):
    """Days on which a site is closed: its sessions are cancelled by the clinic."""

    __tablename__ = "closure"
    __table_args__ = (
        UniqueConstraint("site_id", "from_on", "until_on"),
        CheckConstraint("from_on <= until_on", name="range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    from_on: Mapped[date] = mapped_column(info=PLAIN)
    until_on: Mapped[date] = mapped_column(info=PLAIN)
    name: Mapped[str] = mapped_column(info=PLAIN)
