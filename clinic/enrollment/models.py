from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.accounts.models import Staff
from clinic.days import DAY, WEEK, Range, WeeklyTime
from clinic.db import PERSONAL, PLAIN, Base
from clinic.participants.models import Participant
from clinic.programs.models import DayPart, Program


class Outcome(StrEnum):
    """How an enrollment ended."""

    COMPLETED = "completed"
    TRANSFERRED = "transferred"
    LEFT = "left"
    DISCHARGED = "discharged"


class EndReason(StrEnum):
    """Why an enrollment ended: the reasons of the national treatment data set (TEDS-D)."""

    COMPLETED = "completed"
    DROPPED_OUT = "dropped out"
    TERMINATED = "terminated"  # by the clinic
    TRANSFERRED = "transferred"  # to another program or clinic
    INCARCERATED = "incarcerated"
    DIED = "died"
    OTHER = "other"


class Enrollment(Base):
    """One participant in one program from a day to a day; hours are tracked on it.

    An episode of care is what hangs together: an enrollment that continues another one, or that
    runs while another one runs.
    """

    __tablename__ = "enrollment"
    __table_args__ = (
        CheckConstraint("until_on is null or from_on <= until_on", name="range"),
        CheckConstraint("outcome is null or until_on is not null", name="ended"),
        CheckConstraint("end_reason is null or outcome is not null", name="end_reason"),
        CheckConstraint("continues_id <> id", name="continues"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    clinician_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    from_on: Mapped[date] = mapped_column(info=PERSONAL)
    until_on: Mapped[date | None] = mapped_column(index=True, info=PERSONAL)
    outcome: Mapped[Outcome | None] = mapped_column(info=PERSONAL)
    end_reason: Mapped[EndReason | None] = mapped_column(info=PERSONAL)
    wished_part: Mapped[DayPart | None] = mapped_column(info=PERSONAL)
    # The one it took over from, in the same episode of care: a step down, a transfer.
    continues_id: Mapped[int | None] = mapped_column(ForeignKey("enrollment.id"), unique=True)

    participant: Mapped[Participant] = relationship(lazy="raise_on_sql")
    program: Mapped[Program] = relationship(lazy="raise_on_sql")
    clinician: Mapped[Staff | None] = relationship(lazy="raise_on_sql")
    targets: Mapped[list["Target"]] = relationship(
        lazy="raise_on_sql", order_by="Target.from_on", cascade="all, delete-orphan"
    )
    leaves: Mapped[list["Leave"]] = relationship(
        lazy="raise_on_sql", order_by="Leave.from_on", cascade="all, delete-orphan"
    )
    transition_weeks: Mapped[list["TransitionWeek"]] = relationship(
        lazy="raise_on_sql",
        order_by="TransitionWeek.week",
        cascade="all, delete-orphan",
    )
    unavailabilities: Mapped[list["Unavailability"]] = relationship(
        lazy="raise_on_sql", cascade="all, delete-orphan"
    )

    @property
    def days(self) -> Range:
        return Range(self.from_on, self.until_on)

    @property
    def busy(self) -> list[WeeklyTime]:
        """When they cannot come."""
        return [one.time for one in self.unavailabilities]


class Amendment(Base):
    """An act on an enrollment that reached back into weeks that were over, and why."""

    __tablename__ = "amendment"

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(info=PERSONAL)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    verb: Mapped[str] = mapped_column(info=PLAIN)  # as in the trail: "enrollment.ended"
    reason: Mapped[str] = mapped_column(info=PERSONAL)


class Target(Base):
    """Prescribed weekly minutes from a day on. The first begins with the enrollment."""

    __tablename__ = "target"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "from_on"),
        CheckConstraint("0 <= min_minutes and min_minutes <= max_minutes", name="target"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    from_on: Mapped[date] = mapped_column(info=PERSONAL)
    min_minutes: Mapped[int]
    max_minutes: Mapped[int]
    min_service_days: Mapped[int | None]


class Leave(Base):
    __tablename__ = "leave"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "from_on"),
        CheckConstraint("from_on <= until_on", name="range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    from_on: Mapped[date] = mapped_column(info=PERSONAL)
    until_on: Mapped[date] = mapped_column(info=PERSONAL)
    reason: Mapped[str | None] = mapped_column(info=PERSONAL)

    @property
    def days(self) -> Range:
        return Range(self.from_on, self.until_on)


class TransitionWeek(Base):
    """A week of stepping down: shown, never judged."""

    __tablename__ = "transition_week"
    __table_args__ = (UniqueConstraint("enrollment_id", "week"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    week: Mapped[date] = mapped_column(info=PERSONAL)  # its first day

    @property
    def days(self) -> Range:
        return Range(self.week, self.week + WEEK - DAY)


class Unavailability(Base):
    """A weekly time at which the person cannot come, in local wall-clock minutes of the day."""

    __tablename__ = "unavailability"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "weekday", "from_minute", "until_minute"),
        CheckConstraint("weekday between 0 and 6", name="weekday"),
        CheckConstraint(
            "0 <= from_minute and from_minute < until_minute and until_minute <= 1440",
            name="range",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    weekday: Mapped[int] = mapped_column(SmallInteger)
    from_minute: Mapped[int]
    until_minute: Mapped[int]

    @property
    def time(self) -> WeeklyTime:
        return WeeklyTime(self.weekday, self.from_minute, self.until_minute)
