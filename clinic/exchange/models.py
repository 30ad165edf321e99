"""The shape of a clinic file, version 1: what may stand where, and what is said if it does not."""

import contextlib
import re
from datetime import date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from clinic import clock
from clinic.participants.rules import why_not_pin
from clinic.permissions import Role
from clinic.programs.models import Kind, Level, Population
from clinic.schedule.models import Mode, Status

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORT_WEEKDAYS = tuple(name[:3] for name in WEEKDAYS)
TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
YEARS = range(1900, 2200)  # a year beyond is a slip of the hand
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _no(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("clinic", "{sentence}", {"sentence": sentence})


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        raise _no("must be text; put it in quotes")
    if not value.strip():
        raise _no("must not be empty")
    if not value.isprintable():
        raise _no("must be one line without control characters")
    return value.strip()


def _key(value: Any) -> Any:
    text = _text(value)
    if ";" in text or " " in text:
        raise _no("must not hold spaces or semicolons")
    return text


def _wall(value: Any) -> Any:
    if isinstance(value, int):
        raise _no(
            f'must be a quoted time like "18:00"; unquoted, YAML read it as the number {value}'
        )
    if not isinstance(value, str):
        raise _no('must be a quoted time like "18:00"')
    if not TIME.fullmatch(value):
        raise _no('must be a time like "18:00"')
    return time.fromisoformat(value)


def _day(value: Any) -> Any:
    if isinstance(value, str) and DAY.fullmatch(value):
        with contextlib.suppress(ValueError):
            value = date.fromisoformat(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise _no("must be a day like 2026-03-09")
    if value.year not in YEARS:
        raise _no(f"{value} lies outside the years {YEARS[0]} to {YEARS[-1]}")
    return value


def _zone(value: str) -> str:
    try:
        clock.zone(value)
    except ValueError:
        raise _no(f"{value} is no time zone; write one like America/New_York") from None
    return value


def _email(value: str) -> str:
    if not EMAIL.fullmatch(value):
        raise _no(f"{value} is no e-mail address")
    return value.lower()


def _pin(value: Any) -> Any:
    if isinstance(value, int):
        raise _no("must be quoted: unquoted, a PIN loses its leading zeros")
    sentence = why_not_pin(_text(value))
    if sentence:
        raise _no(sentence)
    return value


def _level(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) else value


def _settled(value: Any) -> Any:
    known = {status.value: status for status in Status if status is not Status.EXPECTED}
    if value not in known:
        raise _no(f"must be one of {', '.join(known)}")
    return known[value]


def _empty(value: Any) -> Any:
    return value or None


def _days(value: list[str]) -> list[str]:
    if len(set(value)) != len(value):
        raise _no("names a day twice")
    return value


Text = Annotated[str, BeforeValidator(_text)]
Key = Annotated[str, BeforeValidator(_key)]
Wall = Annotated[time, BeforeValidator(_wall)]
Day = Annotated[date, BeforeValidator(_day)]
Zone = Annotated[str, BeforeValidator(_text), AfterValidator(_zone)]
Email = Annotated[str, BeforeValidator(_text), AfterValidator(_email)]
Pin = Annotated[str, BeforeValidator(_pin)]
Weekdays = Annotated[
    list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]],
    Field(min_length=1),
    AfterValidator(_days),
]
Minutes = Annotated[int, Field(ge=0, le=24 * 60)]
Seats = Annotated[int, Field(ge=1, le=1000)]
StaffRole = Literal["admin", "coordinator", "clinician", "front_desk", "billing", "auditor"]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Lenient(Shape):
    """Enum members are written by their value."""

    model_config = ConfigDict(extra="forbid", strict=False, frozen=True)


class OrganizationShape(Shape):
    name: Text
    week_starts: (
        Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] | None
    ) = None


class RoomShape(Shape):
    key: Key
    name: Text | None = None
    seats: Seats


class SiteShape(Shape):
    key: Key
    name: Text
    timezone: Zone
    rooms: list[RoomShape] = []


class StaffShape(Shape):
    key: Key
    name: Text
    credentials: Text | None = None
    roles: list[StaffRole] | None = None
    email: Email | None = None

    @property
    def role_set(self) -> frozenset[Role] | None:
        return None if self.roles is None else frozenset(Role(role) for role in self.roles)


class HoursShape(Shape):
    """Hours a week, from least to most."""

    min: float = Field(ge=0, le=168)
    max: float = Field(ge=0, le=168)

    @property
    def minutes(self) -> tuple[int, int]:
        return round(self.min * 60), round(self.max * 60)


class ServiceDaysShape(Shape):
    min: int = Field(ge=0, le=7)


class ProgramShape(Lenient):
    key: Key
    name: Text
    site: Key
    level: Annotated[Level, BeforeValidator(_level)]
    population: Population
    weekly_hours: HoursShape
    service_days: ServiceDaysShape | None = None
    weeks: Annotated[int, Field(ge=1, le=520)] | None = None
    breaks_count: bool | None = None
    grace_minutes: Minutes | None = None
    part2: bool | None = None


class SeriesShape(Lenient):
    key: Key
    program: Key
    title: Text
    kind: Kind
    days: Weekdays
    start: Wall
    end: Wall
    break_minutes: Minutes | None = None
    room: Key | None = None
    leaders: list[Key] | None = None
    seats: Seats
    mode: Mode = Mode.IN_PERSON
    every_weeks: Annotated[int, Field(ge=1, le=52)] | None = None
    from_: Day = Field(alias="from")
    until: Day | None = None

    @property
    def weekdays(self) -> str:
        return "".join(str(n) for n, name in enumerate(SHORT_WEEKDAYS) if name in self.days)


class ClosureShape(Shape):
    site: Key
    from_: Day = Field(alias="from")
    until: Day
    name: Text


class ParticipantShape(Shape):
    key: Key
    name: Text
    preferred_name: Text | None = None
    birth_date: Day | None = None
    email: Email | None = None
    pin: Pin | None = None


class PlaceShape(Shape):
    """A place on a series' roster: its key alone, or with its own days."""

    key: Key
    from_: Day | None = Field(default=None, alias="from")
    until: Day | None = None


def _place(value: Any) -> Any:
    return {"key": value} if isinstance(value, str) else value


class UnavailableShape(Shape):
    days: Weekdays
    start: Wall
    end: Wall


class TargetShape(Shape):
    from_: Day = Field(alias="from")
    weekly_hours: HoursShape


class LeaveShape(Shape):
    from_: Day = Field(alias="from")
    until: Day
    reason: Text | None = None


class EnrollmentShape(Shape):
    key: Key
    participant: Key
    program: Key
    from_: Day = Field(alias="from")
    until: Day | None = None
    clinician: Key | None = None
    weekly_hours: HoursShape | None = None
    unavailable: list[UnavailableShape] | None = None
    series: list[Annotated[PlaceShape, BeforeValidator(_place)]] = []
    status: (
        Literal["planned", "active", "completed", "transferred", "left", "discharged"] | None
    ) = None
    targets: list[TargetShape] = []
    leave: list[LeaveShape] = []
    transition_weeks: Annotated[list[Day], Field(max_length=2)] = []


class OneOffShape(Lenient):
    key: Key
    program: Key
    title: Text
    kind: Kind
    date: Day
    start: Wall
    end: Wall
    break_minutes: Minutes | None = None
    room: Key | None = None
    leaders: list[Key] | None = None
    seats: Seats = 1
    mode: Mode = Mode.IN_PERSON
    enrollments: list[Key] | None = None


class ClinicFile(Shape):
    clinic: Literal[1]
    organization: OrganizationShape
    sites: Annotated[list[SiteShape], Field(min_length=1)]
    staff: list[StaffShape] = []
    programs: list[ProgramShape] = []
    series: list[SeriesShape] = []
    closures: list[ClosureShape] = []
    participants: list[ParticipantShape] = []
    enrollments: list[EnrollmentShape] = []
    sessions: list[OneOffShape] = []


class AttendanceLine(Lenient):
    """One line of an attendance file."""

    enrollment: Key
    series: Key
    date: Day
    status: Annotated[Status, BeforeValidator(_settled)]
    arrived: Annotated[Wall | None, BeforeValidator(_empty)] = None
    left: Annotated[Wall | None, BeforeValidator(_empty)] = None
    reason: Annotated[Text | None, BeforeValidator(_empty)] = None

    @model_validator(mode="after")
    def _in_order(self) -> "AttendanceLine":
        if self.status is not Status.PRESENT and (self.arrived or self.left):
            raise _no(f"arrived and left are for those present, not {self.status.value}")
        if self.arrived and self.left and self.left < self.arrived:
            raise _no(f"left {self.left:%H:%M} is before arrived {self.arrived:%H:%M}")
        return self
