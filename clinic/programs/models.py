from datetime import date, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic import clock
from clinic.db import PLAIN, Base, WordSet


class Kind(StrEnum):
    """What sort of session it is."""

    GROUP = "group"
    INDIVIDUAL = "individual"
    FAMILY = "family"
    EDUCATION = "education"
    OTHER = "other"


COUNTED: Final = frozenset(Kind) - {Kind.OTHER}  # by a program that does not say otherwise


class Level(StrEnum):
    """Level of care, ASAM's numbers."""

    OUTPATIENT = "1"
    INTENSIVE_OUTPATIENT = "2.1"
    PARTIAL_HOSPITALIZATION = "2.5"
    AFTERCARE = "aftercare"


class Population(StrEnum):
    ADULT = "adult"
    ADOLESCENT = "adolescent"


class DayPart(StrEnum):
    """A part of the local day, by when a session starts."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class Measure(StrEnum):
    """What a rule of a rule set limits or demands. Minutes are whole minutes."""

    WEEK_MINUTES_MIN = "week_minutes_min"
    WEEK_MINUTES_MAX = "week_minutes_max"
    DAY_MINUTES_MIN = "day_minutes_min"  # for a day to be a full one
    DAY_SERVICES_MIN = "day_services_min"
    WEEK_DAYS_MIN = "week_days_min"  # full ones
    WEEK_DAYS_MAX = "week_days_max"
    GAP_DAYS_MAX = "gap_days_max"  # days in a row without attendance
    AVERAGE_WEEKS = "average_weeks"  # weeks over which hours are averaged; 1 is every week
    MIX_SESSIONS_MIN = "mix_sessions_min"  # of a kind, a week
    MIX_SESSIONS_MAX = "mix_sessions_max"
    MIX_MINUTES_MIN = "mix_minutes_min"  # of each of these
    SEATS_MIN = "seats_min"  # people in a session of a kind
    SEATS_MAX = "seats_max"  # with so many leaders present
    CASELOAD_MAX = "caseload_max"
    CERTIFICATION_DAYS = "certification_days"
    SIGNATURES_MIN = "signatures_min"  # on the sheet of a session; two at most
    # What makes a billable unit: a day with so much, or each so many minutes of it.
    UNIT_MINUTES_MIN = "unit_minutes_min"  # attended on the day
    UNIT_SERVICES_MIN = "unit_services_min"  # sessions attended on the day
    UNIT_LEVEL_SERVICES = "unit_level_services"  # from so many on, a day is paid at a higher rate
    UNIT_SESSION_MINUTES = "unit_session_minutes"  # attended of a session, or it counts for nothing
    UNIT_STEP_MINUTES = "unit_step_minutes"  # of one unit; without it the unit is the day
    UNIT_ROUND_MINUTES = "unit_round_minutes"  # of a begun unit, from which on it counts
    UNITS_DAY_MAX = "units_day_max"


class PhoneCheckIn(StrEnum):
    """Whether participants check in on their own page, and what tells that they are in the room."""

    OFF = "off"
    CODE = "code"  # the one that is shown there, another one each minute
    BUTTON = "button"  # nothing


class Organization(Base):
    """The clinic as a whole and its settings: one row."""

    __tablename__ = "organization"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("week_starts between 0 and 6", name="week_starts"),
        CheckConstraint(
            "0 <= afternoon_from and afternoon_from <= evening_from and evening_from <= 1440",
            name="day_parts",
        ),
        CheckConstraint("(alert_misses is null) = (alert_days is null)", name="alert_within"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    name: Mapped[str] = mapped_column(info=PLAIN)
    week_starts: Mapped[int] = mapped_column(SmallInteger, default=0)  # 0 is Monday
    afternoon_from: Mapped[int] = mapped_column(default=12 * 60)  # minutes of the local day
    evening_from: Mapped[int] = mapped_column(default=17 * 60)
    doors_minutes: Mapped[int] = mapped_column(default=15)  # check-in opens this long before
    # The attendance policy: notice that makes an absence excused, and the misses before an alert.
    notice_hours: Mapped[int] = mapped_column(default=24)
    alert_in_a_row: Mapped[int | None]
    alert_misses: Mapped[int | None]  # this many
    alert_days: Mapped[int | None]  # within so many days
    alert_in_episode: Mapped[int | None]
    # A task for the first miss after so many sessions attended, and for a share that falls by so
    # many points.
    alert_after_run: Mapped[int | None]
    alert_fall: Mapped[int | None]
    # Those of their own groups and caseload; else coordinators do it.
    clinicians_manage_rosters: Mapped[bool] = mapped_column(default=True)
    closing_email: Mapped[str | None] = mapped_column(info=PLAIN)  # gets the values to keep, daily
    asks_identity: Mapped[bool] = mapped_column(default=False)  # how it was confirmed, on the sheet
    phone_check_in: Mapped[PhoneCheckIn] = mapped_column(default=PhoneCheckIn.CODE)
    # Amendments that change an attendance by more minutes wait for a second person.
    amendment_minutes: Mapped[int] = mapped_column(default=60)
    # In the morning, clinicians are written to when a week of their caseload is in danger.
    sends_digest: Mapped[bool] = mapped_column(default=True)
    # Authorizations: whether excused absences use units, and when one that runs out is told of: so
    # many days before, or with so many percent of its units left.
    excused_use_units: Mapped[bool] = mapped_column(default=False)
    authorization_days: Mapped[int] = mapped_column(default=14)
    authorization_percent: Mapped[int] = mapped_column(default=20)
    hold_hours: Mapped[int] = mapped_column(default=4)  # by day, of a seat that is offered
    is_demo: Mapped[bool] = mapped_column(default=False)  # set by the demonstration alone


class Site(Base):
    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    name: Mapped[str] = mapped_column(info=PLAIN)
    timezone: Mapped[str] = mapped_column(info=PLAIN)
    address: Mapped[str | None] = mapped_column(info=PLAIN)
    phone: Mapped[str | None] = mapped_column(info=PLAIN)  # E.164: +12025550123
    way_in: Mapped[str | None] = mapped_column(info=PLAIN)  # how to get in, in a few lines
    is_active: Mapped[bool] = mapped_column(default=True)

    rooms: Mapped[list["Room"]] = relationship(back_populates="site", lazy="raise_on_sql")

    @property
    def zone(self) -> ZoneInfo:
        return clock.zone(self.timezone)

    def today(self, now: datetime) -> date:
        """The day it is at this site."""
        return clock.day_of(now, self.zone)


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
    is_active: Mapped[bool] = mapped_column(default=True)

    site: Mapped[Site] = relationship(back_populates="rooms", lazy="raise_on_sql")


class RuleSet(Base):
    """Figures that a regulator, a payer or the clinic itself asks for, with where they stand.

    Those that come with the product are there from the start; the clinic copies one to change it.
    """

    __tablename__ = "rule_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    name: Mapped[str] = mapped_column(info=PLAIN)
    jurisdiction: Mapped[str] = mapped_column(info=PLAIN)
    citation: Mapped[str] = mapped_column(info=PLAIN)
    valid_from: Mapped[date | None] = mapped_column(info=PLAIN)
    is_provided: Mapped[bool] = mapped_column(default=False)  # came with the product: never changed
    is_active: Mapped[bool] = mapped_column(default=True)
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("rule_set.id"))

    rules: Mapped[list["Rule"]] = relationship(
        lazy="raise_on_sql", order_by="Rule.id", cascade="all, delete-orphan"
    )


class Rule(Base):
    """One figure of a rule set; for everyone, or for one population, kind or number of leaders."""

    __tablename__ = "rule"
    __table_args__ = (
        UniqueConstraint("rule_set_id", "measure", "population", "kind", "leaders"),
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("leaders is null or leaders >= 1", name="leaders"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_set_id: Mapped[int] = mapped_column(ForeignKey("rule_set.id"))
    measure: Mapped[Measure]
    population: Mapped[Population | None]
    kind: Mapped[Kind | None]
    leaders: Mapped[int | None]  # present, this many or more
    value: Mapped[int]


class Program(Base):
    """What the clinic offers at a level of care, and how its time is counted."""

    __tablename__ = "program"
    __table_args__ = (
        CheckConstraint("0 <= min_minutes and min_minutes <= max_minutes", name="target"),
        CheckConstraint("grace_minutes >= 0", name="grace_minutes"),
        CheckConstraint(
            "min_service_days is null or max_service_days is null"
            " or min_service_days <= max_service_days",
            name="service_days",
        ),
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
    max_service_days: Mapped[int | None]
    weeks: Mapped[int | None]
    rule_set_id: Mapped[int | None] = mapped_column(ForeignKey("rule_set.id"))
    is_active: Mapped[bool] = mapped_column(default=True)
    breaks_count: Mapped[bool] = mapped_column(default=False)
    grace_minutes: Mapped[int] = mapped_column(default=0)
    is_part2: Mapped[bool] = mapped_column(default=True)
    needs_authorization: Mapped[bool] = mapped_column(default=False)  # for a day to be billed
    phone_check_in: Mapped[PhoneCheckIn | None]  # the organization's, unless it says so itself
    counted_kinds: Mapped[frozenset[Kind]] = mapped_column(
        WordSet(Kind), default=COUNTED, info=PLAIN
    )  # to the weekly hours

    site: Mapped[Site] = relationship(lazy="raise_on_sql")
    rule_set: Mapped[RuleSet | None] = relationship(lazy="raise_on_sql")
    mix: Mapped[list["MixItem"]] = relationship(
        lazy="raise_on_sql", order_by="MixItem.kind", cascade="all, delete-orphan"
    )


class MixItem(Base):
    """What a week in a program must hold of one kind: sessions of at least so many minutes each."""

    __tablename__ = "mix_item"
    __table_args__ = (
        UniqueConstraint("program_id", "kind"),
        CheckConstraint("sessions >= 1", name="sessions"),
        CheckConstraint("minutes >= 0", name="minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    kind: Mapped[Kind]
    sessions: Mapped[int]
    minutes: Mapped[int] = mapped_column(default=0)


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
