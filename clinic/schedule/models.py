from collections.abc import Sequence
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final
from uuid import uuid4

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.accounts.models import Staff
from clinic.db import PERSONAL, PLAIN, Base, another
from clinic.enrollment.models import Enrollment
from clinic.programs.models import Kind, Program, Room, Site


class Mode(StrEnum):
    IN_PERSON = "in_person"
    VIRTUAL = "virtual"
    HYBRID = "hybrid"


class Status(StrEnum):
    """What is known of one person at one session."""

    EXPECTED = "expected"
    PRESENT = "present"
    EXCUSED = "excused"
    LATE_CANCEL = "late-cancel"
    NO_SHOW = "no-show"


ABSENT: Final = frozenset(Status) - {Status.EXPECTED, Status.PRESENT}
ANNOUNCED: Final = frozenset({Status.EXCUSED, Status.LATE_CANCEL})  # beforehand: the seat is free


class Method(StrEnum):
    """How an attendance was captured."""

    KIOSK = "kiosk"
    PHONE = "phone"  # their own, on their own page
    CARRIED = "carried"
    STAFF = "staff"
    PAPER = "paper"  # staff, from a sheet that was filled in by hand
    IMPORT = "import"


class Identity(StrEnum):
    """How it was confirmed that somebody is who they are taken for."""

    PIN = "pin"  # at the kiosk
    KNOWN = "known"
    PHOTO_ID = "photo-id"
    BIRTH_DATE = "birth-date"


class Why(StrEnum):
    """Why an attendance that had been signed is amended."""

    MISTAKE = "mistake"
    TIMES = "times"
    OTHER_PERSON = "other_person"
    CHECK_IN = "check_in"
    LEARNED_LATER = "learned_later"
    LEFT_OUT = "left_out"
    NOT_BOOKED = "not_booked"
    OTHER = "other"


class Decision(StrEnum):
    """Where an amendment stands."""

    WAITING = "waiting"  # for a second person
    MADE = "made"
    DECLINED = "declined"  # by whoever asked for it, too


class Series(Base):
    """A group, or another row of sessions that repeat: what it is, and from when until when."""

    __tablename__ = "series"
    __table_args__ = (CheckConstraint("until_on is null or from_on <= until_on", name="range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    title: Mapped[str] = mapped_column(info=PLAIN)
    from_on: Mapped[date] = mapped_column(info=PLAIN)
    until_on: Mapped[date | None] = mapped_column(info=PLAIN)
    join_link: Mapped[str | None] = mapped_column(info=PLAIN)  # by video, unless a session says so
    # Also to people of the site's other programs, who make up for what they missed.
    is_open_to_make_ups: Mapped[bool] = mapped_column(default=False)
    laid_out_until: Mapped[date | None] = mapped_column(info=PLAIN)  # sessions exist up to here

    program: Mapped[Program] = relationship(lazy="raise_on_sql")
    site: Mapped[Site] = relationship(lazy="raise_on_sql")
    plans: Mapped[list["SeriesPlan"]] = relationship(
        lazy="raise_on_sql", order_by="SeriesPlan.from_on", cascade="all, delete-orphan"
    )

    @property
    def plan(self) -> "SeriesPlan":
        """The latest plan: how it meets from now on."""
        return self.plans[-1]

    @property
    def kind(self) -> Kind:
        return self.plan.kind


class SeriesPlan(Base):
    """How a series meets from a day on, in the wall-clock time of its site, until the next plan.

    The first begins with the series. Every how many weeks counts from the week of that day.
    A session by itself is planned by one that is not kept.
    """

    __tablename__ = "series_plan"
    __table_args__ = (
        UniqueConstraint("series_id", "from_on"),
        CheckConstraint("starts < ends", name="times"),
        CheckConstraint("break_minutes >= 0", name="break_minutes"),
        CheckConstraint("seats >= 1", name="seats"),
        CheckConstraint("every_weeks >= 1", name="every_weeks"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    from_on: Mapped[date] = mapped_column(info=PLAIN)
    kind: Mapped[Kind]
    mode: Mapped[Mode]
    weekdays: Mapped[str] = mapped_column(info=PLAIN)  # digits in order, 0 is Monday: "013"
    starts: Mapped[time] = mapped_column(Time, info=PLAIN)
    ends: Mapped[time] = mapped_column(Time, info=PLAIN)
    break_minutes: Mapped[int] = mapped_column(default=0)
    seats: Mapped[int]
    every_weeks: Mapped[int] = mapped_column(default=1)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))

    room: Mapped[Room | None] = relationship(lazy="raise_on_sql")
    leaders: Mapped[list["SeriesLeader"]] = relationship(
        lazy="raise_on_sql",
        order_by="SeriesLeader.position",
        cascade="all, delete-orphan",
    )

    @property
    def leader_ids(self) -> list[int]:
        return [leader.staff_id for leader in self.leaders]

    @leader_ids.setter
    def leader_ids(self, staff_ids: Sequence[int]) -> None:
        self.leaders = [
            SeriesLeader(staff_id=staff_id, position=n) for n, staff_id in enumerate(staff_ids)
        ]


class SeriesLeader(Base):
    __tablename__ = "series_leader"
    __table_args__ = (
        UniqueConstraint("plan_id", "staff_id"),
        UniqueConstraint("plan_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("series_plan.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    position: Mapped[int]  # 0 leads, the others co-lead

    staff: Mapped[Staff] = relationship(lazy="raise_on_sql")


class RosterEntry(Base):
    """An enrollment expected in a series from a day to a day, within the enrollment's own days."""

    __tablename__ = "roster_entry"
    __table_args__ = (
        UniqueConstraint("series_id", "enrollment_id", "from_on"),
        CheckConstraint("until_on is null or from_on <= until_on", name="range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), index=True)
    from_on: Mapped[date] = mapped_column(info=PERSONAL)
    until_on: Mapped[date | None] = mapped_column(info=PERSONAL)

    series: Mapped[Series] = relationship(lazy="raise_on_sql")
    enrollment: Mapped[Enrollment] = relationship(lazy="raise_on_sql")


class Session(Base):
    """One dated occurrence. What it counts is settled here, so a later change of the program or
    series never rewrites the past."""

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("id", "seats"),  # bookings carry the limit by this pair
        UniqueConstraint("series_id", "planned_on"),
        Index(None, "site_id", "week"),
        Index(None, "site_id", "day", "starts_at"),
        Index(None, "room_id", "starts_at"),
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint("seats >= 1", name="seats"),
        CheckConstraint("credit_minutes >= 0", name="credit_minutes"),
        CheckConstraint("(series_id is null) = (planned_on is null)", name="planned_on"),
        CheckConstraint("(series_id is null) = (key is not null)", name="key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id"))
    planned_on: Mapped[date | None] = mapped_column(info=PLAIN)  # with the series its name for good
    key: Mapped[str | None] = mapped_column(unique=True, info=PLAIN)  # of a one-off session
    uid: Mapped[str] = mapped_column(unique=True, default=lambda: str(uuid4()), info=PLAIN)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    title: Mapped[str] = mapped_column(info=PLAIN)
    kind: Mapped[Kind]
    mode: Mapped[Mode]
    starts_at: Mapped[datetime] = mapped_column(info=PLAIN)
    ends_at: Mapped[datetime] = mapped_column(info=PLAIN)
    day: Mapped[date] = mapped_column(info=PLAIN)  # local
    week: Mapped[date] = mapped_column(info=PLAIN)  # its first day, local
    break_minutes: Mapped[int] = mapped_column(default=0)
    credit_minutes: Mapped[int]
    grace_minutes: Mapped[int] = mapped_column(default=0)  # its program's, when it was laid out
    is_counted: Mapped[bool] = mapped_column(default=True)  # whether its kind was one that counts
    seats: Mapped[int]
    is_cancelled: Mapped[bool] = mapped_column(default=False)
    cancel_reason: Mapped[str | None] = mapped_column(info=PLAIN)
    closure_id: Mapped[int | None] = mapped_column(ForeignKey("closure.id", ondelete="SET NULL"))
    is_changed_by_hand: Mapped[bool] = mapped_column(default=False)
    join_link: Mapped[str | None] = mapped_column(info=PLAIN)  # by video; its group's, unless set
    sequence: Mapped[int] = mapped_column(default=0)  # of the calendar: +1 a change of time, place
    changed_at: Mapped[datetime] = mapped_column(info=PLAIN)
    # As it took place, where that is not as planned: what it counts goes by these.
    held_from: Mapped[datetime | None] = mapped_column(info=PLAIN)
    held_until: Mapped[datetime | None] = mapped_column(info=PLAIN)
    topic: Mapped[str | None] = mapped_column(info=PLAIN)  # what was covered

    series: Mapped[Series | None] = relationship(lazy="raise_on_sql")
    program: Mapped[Program] = relationship(lazy="raise_on_sql")
    site: Mapped[Site] = relationship(lazy="raise_on_sql")
    room: Mapped[Room | None] = relationship(lazy="raise_on_sql")
    leaders: Mapped[list["SessionLeader"]] = relationship(  # as planned
        primaryjoin="and_(Session.id == SessionLeader.session_id, ~SessionLeader.stood_in)",
        lazy="raise_on_sql",
        order_by="SessionLeader.position",
        cascade="all, delete-orphan",
    )

    @property
    def leader_ids(self) -> list[int]:
        return [leader.staff_id for leader in self.leaders]


class SessionLeader(Base):
    """Somebody on the staff who leads a session, or stood in for whoever was to."""

    __tablename__ = "session_leader"
    __table_args__ = (
        UniqueConstraint("session_id", "staff_id"),
        UniqueConstraint("session_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    position: Mapped[int]  # whoever stood in comes after all who were planned
    has_led: Mapped[bool | None]  # unless nobody has said
    stood_in: Mapped[bool] = mapped_column(default=False)

    staff: Mapped[Staff] = relationship(lazy="raise_on_sql")


class SessionChange(Base):
    """The words of what somebody changed about one session by hand: the trail holds none.

    Who did what and when stands there, under the same act. What is undone is forgotten here.
    """

    __tablename__ = "session_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), index=True
    )
    act: Mapped[str] = mapped_column(unique=True, info=PLAIN)
    reason: Mapped[str | None] = mapped_column(info=PLAIN)
    title: Mapped[str | None] = mapped_column(info=PLAIN)  # what it was called before


class ActWords(Base):
    """The words that an act on somebody's enrollments took away or wrote: the trail holds none.

    Kept only as long as the act can be undone; its values stand in the trail, under the same act.
    """

    __tablename__ = "act_words"
    __table_args__ = (UniqueConstraint("act", "participant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    act: Mapped[str] = mapped_column(info=PLAIN)
    words: Mapped[str] = mapped_column(info=PERSONAL)  # JSON: before and after, by row
    kept_at: Mapped[datetime] = mapped_column(info=PLAIN)


class Booking(Base):
    """One participant's place in one session, and the attendance recorded on it.

    The database holds the seats: a number within the session's limit, once each. Who announced an
    absence beforehand keeps the booking and gives the number back.
    """

    __tablename__ = "booking"
    __table_args__ = (
        UniqueConstraint("session_id", "enrollment_id"),
        UniqueConstraint("session_id", "seat_no"),
        ForeignKeyConstraint(
            ["session_id", "seats"], ["session.id", "session.seats"], onupdate="CASCADE"
        ),
        CheckConstraint("seat_no between 1 and seats", name="seat_no"),
        CheckConstraint("seat_no is not null or status in ('excused', 'late-cancel')", name="seat"),
        CheckConstraint(
            "status = 'present' or (arrived_at is null and left_at is null)",
            name="presence",
        ),
        CheckConstraint("arrived_at <= left_at", name="order"),
        CheckConstraint("(status = 'expected') = (method is null)", name="captured"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int]
    seats: Mapped[int]  # the session's
    seat_no: Mapped[int | None]
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), index=True)
    # The roster it follows from; none when somebody put this person on this session alone.
    roster_entry_id: Mapped[int | None] = mapped_column(ForeignKey("roster_entry.id"), index=True)
    status: Mapped[Status] = mapped_column(default=Status.EXPECTED, info=PERSONAL)
    arrived_at: Mapped[datetime | None] = mapped_column(info=PERSONAL)  # empty: from the start
    left_at: Mapped[datetime | None] = mapped_column(info=PERSONAL)  # empty: to the end
    method: Mapped[Method | None] = mapped_column(info=PLAIN)
    reason: Mapped[str | None] = mapped_column(info=PERSONAL)
    reason_for: Mapped[Status | None] = mapped_column(another(Status, "reason_for"), info=PERSONAL)
    # Only of somebody who was present: by video or in the room, where the session does not say it.
    took_part: Mapped[Mode | None] = mapped_column(another(Mode, "took_part"), info=PERSONAL)
    identified_by: Mapped[Identity | None] = mapped_column(
        another(Identity, "identified_by"), info=PLAIN
    )
    recorded_at: Mapped[datetime | None] = mapped_column(info=PLAIN)
    signed_at: Mapped[datetime | None] = mapped_column(info=PLAIN)
    version: Mapped[int] = mapped_column(default=1)

    session: Mapped[Session] = relationship(lazy="raise_on_sql")
    enrollment: Mapped[Enrollment] = relationship(lazy="raise_on_sql")

    __mapper_args__ = {"version_id_col": version}


class SeatHold(Base):
    """A seat of a session that is offered to somebody: until they have said yes or no, or have
    waited too long, nobody else is given it."""

    __tablename__ = "seat_hold"
    __table_args__ = (
        UniqueConstraint("session_id", "seat_no"),
        UniqueConstraint("session_id", "enrollment_id"),
        ForeignKeyConstraint(
            ["session_id", "seats"],
            ["session.id", "session.seats"],
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        CheckConstraint("seat_no between 1 and seats", name="seat_no"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int]
    seats: Mapped[int]  # the session's
    seat_no: Mapped[int]
    enrollment_id: Mapped[int] = mapped_column(
        ForeignKey("enrollment.id", ondelete="CASCADE"), index=True
    )


class SignOff(Base):
    """The word of whoever led a session for its attendance, or of a second person who agrees.

    Who signed is kept as they were then: a license that is renewed later makes nothing right.
    """

    __tablename__ = "sign_off"
    __table_args__ = (
        UniqueConstraint("session_id", "is_second"),
        UniqueConstraint("session_id", "staff_id"),
        CheckConstraint("signatures_min between 1 and 2", name="signatures_min"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    is_second: Mapped[bool] = mapped_column(default=False)
    is_on_behalf: Mapped[bool] = mapped_column(default=False)  # by somebody who did not lead it
    name: Mapped[str] = mapped_column(info=PERSONAL)
    credentials: Mapped[str | None] = mapped_column(info=PERSONAL)
    license_number: Mapped[str | None] = mapped_column(info=PERSONAL)
    license_expires_on: Mapped[date | None] = mapped_column(info=PERSONAL)
    is_license_valid: Mapped[bool] = mapped_column(info=PLAIN)  # on the day of the session
    signed_at: Mapped[datetime] = mapped_column(info=PLAIN)
    words_version: Mapped[int]  # of what was attested
    signatures_min: Mapped[int] = mapped_column(default=1)  # that the rule set asked for then
    present: Mapped[int]
    absent: Mapped[int]


class AttendanceAmendment(Base):
    """What was changed about an attendance after it had been signed, or is to be, and why.

    What stood before stays readable here. Nothing stood where somebody is added to the sheet, and
    nothing is to stand where somebody is taken off; their booking is gone then, its id is not used
    again.
    """

    __tablename__ = "attendance_amendment"
    __table_args__ = (
        CheckConstraint("before_status is not null or after_status is not null", name="something"),
        CheckConstraint("(before_status is null) = (before_version is null)", name="of_a_version"),
        CheckConstraint("(decision = 'waiting') = (decided_at is null)", name="decided"),
        Index(None, "session_id", "enrollment_id"),
        Index(  # what waits for somebody
            "ix_attendance_amendment_waiting",
            "session_id",
            sqlite_where=text("decision = 'waiting'"),
            postgresql_where=text("decision = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), index=True)
    booking_id: Mapped[int | None] = mapped_column(index=True)
    before_version: Mapped[int | None]  # of the booking
    before_status: Mapped[Status | None] = mapped_column(
        another(Status, "before_status"), info=PERSONAL
    )
    before_arrived_at: Mapped[datetime | None] = mapped_column(info=PERSONAL)
    before_left_at: Mapped[datetime | None] = mapped_column(info=PERSONAL)
    before_method: Mapped[Method | None] = mapped_column(
        another(Method, "before_method"), info=PLAIN
    )
    after_status: Mapped[Status | None] = mapped_column(
        another(Status, "after_status"), info=PERSONAL
    )
    after_arrived_at: Mapped[datetime | None] = mapped_column(info=PERSONAL)
    after_left_at: Mapped[datetime | None] = mapped_column(info=PERSONAL)
    minutes: Mapped[int]  # more or fewer, that are counted
    why: Mapped[Why] = mapped_column(info=PERSONAL)
    words: Mapped[str | None] = mapped_column(info=PERSONAL)
    asked_at: Mapped[datetime] = mapped_column(info=PLAIN)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    decision: Mapped[Decision] = mapped_column(info=PLAIN)
    decided_at: Mapped[datetime | None] = mapped_column(info=PLAIN)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_words: Mapped[str | None] = mapped_column(info=PERSONAL)  # why it was declined
