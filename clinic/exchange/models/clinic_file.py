"""The shape of a clinic file, version 1: what may stand where."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from clinic.coverage.models import Unit
from clinic.enrollment.models import EndReason
from clinic.exchange.models.fields import (
    SHORT_WEEKDAYS,
    Day,
    Email,
    Key,
    Language,
    Lenient,
    Lines,
    Link,
    MinuteOfDay,
    Minutes,
    NumberAsText,
    Phone,
    Pin,
    Seats,
    Shape,
    StaffRole,
    Text,
    Version,
    Wall,
    Weekdays,
    Zone,
    names,
    once,
)
from clinic.participants.models import Scope
from clinic.permissions import Role
from clinic.programs.models import DayPart, Kind, Level, Measure, PhoneCheckIn, Population
from clinic.programs.rules import why_not_figure
from clinic.schedule.models import Mode

Count = Annotated[int, Field(ge=1, le=1000)]


def weekdays_of(names: Sequence[str]) -> list[int]:
    """The numbers of these weekdays in order, 0 for Monday."""
    return [number for number, name in enumerate(SHORT_WEEKDAYS) if name in names]


class DayPartsShape(Shape):
    """When the afternoon and the evening begin."""

    afternoon: MinuteOfDay
    evening: MinuteOfDay

    def why_not(self) -> str | None:
        return "evening is before afternoon" if self.evening < self.afternoon else None


class PolicyShape(Shape):
    """The attendance policy: notice that excuses, and the misses before an alert."""

    notice_hours: Annotated[int, Field(ge=0, le=1000)] | None = None
    alert_in_a_row: Count | None = Field(default=None, alias="in_a_row")
    alert_misses: Count | None = Field(default=None, alias="misses")  # this many
    alert_days: Count | None = Field(default=None, alias="days")  # within so many
    alert_in_episode: Count | None = Field(default=None, alias="in_episode")
    alert_after_run: Count | None = Field(default=None, alias="after_run")
    alert_fall: Annotated[int, Field(ge=1, le=100)] | None = Field(default=None, alias="fall")

    def why_not(self) -> str | None:
        if (self.alert_misses is None) == (self.alert_days is None):
            return None
        return "misses and days go together: so many within so many days"


class OrganizationShape(Shape):
    name: Text
    week_starts: (
        Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] | None
    ) = None
    day_parts: DayPartsShape | None = None
    doors_minutes: Annotated[int, Field(ge=0, le=240)] | None = None
    clinicians_manage_rosters: bool | None = None
    asks_identity: bool | None = None
    closing_email: Email | None = None
    phone_check_in: PhoneCheckIn | None = Field(default=None, strict=False)
    amendment_minutes: Annotated[int, Field(ge=0, le=1440)] | None = None
    sends_digest: bool | None = None
    hold_hours: Annotated[int, Field(ge=1, le=48)] | None = None
    excused_use_units: bool | None = None
    authorization_days: Annotated[int, Field(ge=0, le=90)] | None = None
    authorization_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    policy: PolicyShape | None = None


class RoomShape(Shape):
    key: Key
    name: Text | None = None
    seats: Seats
    is_active: bool | None = Field(default=None, alias="active")


class SiteShape(Shape):
    key: Key
    name: Text
    timezone: Zone
    address: Text | None = None
    phone: Phone | None = None
    way_in: Lines | None = None
    rooms: list[RoomShape] = once("key", default=[])
    is_active: bool | None = Field(default=None, alias="active")


class WeeklyShape(Shape):
    """A time that comes back on these weekdays."""

    days: Weekdays
    start: MinuteOfDay
    end: MinuteOfDay

    def why_not(self) -> str | None:
        return "end is not after start" if self.end <= self.start else None

    @property
    def times(self) -> list[tuple[int, int, int]]:
        """Weekday, first and last minute of each of its days."""
        return [(weekday, self.start, self.end) for weekday in weekdays_of(self.days)]


class AwayShape(Shape):
    """Days on which somebody is not here."""

    from_on: Day = Field(alias="from")
    until_on: Day = Field(alias="until")
    reason: Text | None = None


class LicenseShape(Shape):
    number: Text | None = None
    expires: Day | None = None


class StaffShape(Shape):
    key: Key
    name: Text
    credentials: Text | None = None
    roles: list[StaffRole] | None = None
    email: Email | None = None
    is_active: bool | None = Field(default=None, alias="active")
    license: LicenseShape | None = None
    working_hours: list[WeeklyShape] | None = None
    time_off: list[AwayShape] = []

    @property
    def role_set(self) -> frozenset[Role] | None:
        return None if self.roles is None else frozenset(Role(role) for role in self.roles)


class RuleShape(Lenient):
    measure: Measure
    value: Annotated[int, Field(ge=0, le=100_000)]
    population: Population | None = None
    kind: Kind | None = None
    leaders: Count | None = None

    def why_not(self) -> str | None:
        return why_not_figure(self.measure, kind=self.kind, leaders=self.leaders)


class RuleSetShape(Shape):
    """Figures of the clinic's own, with where they stand."""

    key: Key
    name: Text
    jurisdiction: Text
    citation: Text
    valid_from: Day | None = None
    copied_from: Key | None = names("rule_sets", default=None)
    is_active: bool | None = Field(default=None, alias="active")
    rules: list[RuleShape] | None = once("measure", "population", "kind", "leaders", default=None)


class HoursShape(Shape):
    """Hours a week, from least to most."""

    min: float = Field(ge=0, le=168)
    max: float = Field(ge=0, le=168)

    @property
    def minutes(self) -> tuple[int, int]:
        return round(self.min * 60), round(self.max * 60)


class LeastDaysShape(Shape):
    min: Annotated[int, Field(ge=0, le=7)]


class ServiceDaysShape(Shape):
    min: Annotated[int, Field(ge=0, le=7)] | None = None
    max: Annotated[int, Field(ge=0, le=7)] | None = None


class MixShape(Lenient):
    """What a week must hold of a kind: so many sessions of so many minutes or more."""

    kind: Kind
    sessions: Annotated[int, Field(ge=1, le=100)]
    minutes: Minutes = 0


class ProgramShape(Lenient):
    key: Key
    name: Text
    site: Key = names("sites")
    level: Annotated[Level, NumberAsText]
    population: Population
    weekly_hours: HoursShape
    service_days: ServiceDaysShape | None = None
    weeks: Annotated[int, Field(ge=1, le=520)] | None = None
    breaks_count: bool | None = None
    grace_minutes: Minutes | None = None
    is_part2: bool | None = Field(default=None, alias="part2")
    needs_authorization: bool | None = None
    phone_check_in: PhoneCheckIn | None = None
    counted_kinds: list[Kind] | None = once(default=None, alias="counts")
    mix: list[MixShape] | None = once("kind", default=None)
    rule_set: Key | None = names("rule_sets", default=None)
    is_active: bool | None = Field(default=None, alias="active")


class PlanShape(Lenient):
    """How a series meets from a day on."""

    kind: Kind
    days: Weekdays
    starts: Wall = Field(alias="start")
    ends: Wall = Field(alias="end")
    break_minutes: Minutes | None = None
    room: Key | None = None
    leaders: list[Key] | None = names("staff", default=None)
    seats: Seats
    mode: Mode = Mode.IN_PERSON
    every_weeks: Annotated[int, Field(ge=1, le=52)] | None = None
    from_on: Day = Field(alias="from")

    @property
    def weekdays(self) -> str:
        return "".join(map(str, weekdays_of(self.days)))


class SeriesShape(PlanShape):
    key: Key
    program: Key = names("programs")
    title: Text
    until_on: Day | None = Field(default=None, alias="until")
    join_link: Link | None = None  # by video, unless a session has one of its own
    is_open_to_make_ups: bool | None = Field(default=None, alias="open_to_make_ups")
    plans: list[PlanShape] | None = None  # the later ones, each whole


class ClosureShape(Shape):
    site: Key = names("sites")
    from_on: Day = Field(alias="from")
    until_on: Day = Field(alias="until")
    name: Text


class ContactShape(Shape):
    name: Text
    relation: Text | None = None
    phone: Phone | None = None
    email: Email | None = None
    is_for_emergencies: bool | None = Field(default=None, alias="emergency")


class ConsentShape(Lenient):
    recipient: Text
    contact: Text | None = None  # by name
    purpose: Text
    scope: list[Scope] = once(min_length=1)
    given_on: Day = Field(alias="given")
    expires_on: Day | None = Field(default=None, alias="expires")
    revoked_on: Day | None = Field(default=None, alias="revoked")


class ParticipantShape(Shape):
    key: Key
    name: Text
    preferred_name: Text | None = None
    pronouns: Text | None = None
    birth_on: Day | None = Field(default=None, alias="birth_date")
    language: Language | None = None
    email: Email | None = None
    phone: Phone | None = None
    pin: Pin | None = None
    contacts: list[ContactShape] = []
    consents: list[ConsentShape] = []


class PlaceShape(Shape):
    """A place on a series' roster: its key alone, or with its own days."""

    key: Key = names("series")
    from_on: Day | None = Field(default=None, alias="from")
    until_on: Day | None = Field(default=None, alias="until")


def _place(value: Any) -> Any:
    return {"key": value} if isinstance(value, str) else value


class TargetShape(Shape):
    from_on: Day = Field(alias="from")
    weekly_hours: HoursShape
    service_days: LeastDaysShape | None = None


class AuthorizationShape(Lenient):
    """What a payer authorized."""

    payer: Text
    number: Annotated[Text, NumberAsText]
    code: Annotated[Text, NumberAsText, AfterValidator(str.upper)]  # as it is kept: known by it
    unit: Unit
    units: Annotated[int, Field(ge=1, le=9999)]
    from_on: Day = Field(alias="from")
    until_on: Day = Field(alias="until")
    review_on: Day | None = Field(default=None, alias="review")


class CertificationShape(Shape):
    """A physician's statement that somebody needs the program."""

    certified_on: Day = Field(alias="date")
    name: Text = Field(alias="by")
    license: Annotated[Text, NumberAsText] | None = None
    review_on: Day | None = Field(default=None, alias="review")


class EnrollmentShape(Lenient):
    key: Key
    participant: Key = names("participants")
    program: Key = names("programs")
    from_on: Day = Field(alias="from")
    until_on: Day | None = Field(default=None, alias="until")
    clinician: Key | None = names("staff", default=None)
    weekly_hours: HoursShape | None = None
    wished_part: DayPart | None = None
    unavailable: list[WeeklyShape] | None = None
    series: list[Annotated[PlaceShape, BeforeValidator(_place)]] = []
    status: (
        Literal["planned", "active", "completed", "transferred", "left", "discharged"] | None
    ) = None
    reason: EndReason | None = None
    continues: Key | None = names("enrollments", default=None)  # which it took over from
    targets: list[TargetShape] = once("from_on", default=[])
    leave: list[AwayShape] = []
    transition_weeks: list[Day] = once(default=[], max_length=2)
    authorizations: list[AuthorizationShape] = once("number", "code", "from_on", default=[])
    certifications: list[CertificationShape] = once("certified_on", default=[])


class OneOffShape(Lenient):
    key: Key
    program: Key = names("programs")
    title: Text
    kind: Kind
    date: Day
    starts: Wall = Field(alias="start")
    ends: Wall = Field(alias="end")
    break_minutes: Minutes | None = None
    room: Key | None = None
    leaders: list[Key] | None = names("staff", default=None)
    seats: Seats = 1
    mode: Mode = Mode.IN_PERSON
    join_link: Link | None = None
    enrollments: list[Key] | None = names("enrollments", default=None)
    cancelled: Text | None = None  # why


class MeetingShape(Lenient):
    """One meeting of a series that is another than its plan, or that has guests: it is whole."""

    series: Key = names("series")
    planned: Day  # the day of the plan
    title: Text | None = None  # this and the next two: the series' of that day
    kind: Kind | None = None
    break_minutes: Minutes | None = None
    date: Day
    starts: Wall = Field(alias="start")
    ends: Wall = Field(alias="end")
    room: Key | None = None
    leaders: list[Key] | None = names("staff", default=None)
    seats: Seats
    mode: Mode = Mode.IN_PERSON
    join_link: Link | None = None  # this one's alone
    guests: list[Key] | None = names("enrollments", default=None)
    cancelled: Text | None = None  # why


class ClinicFile(Shape):
    clinic: Version
    organization: OrganizationShape
    sites: list[SiteShape] = once("key", min_length=1)
    staff: list[StaffShape] = once("key", default=[])
    rule_sets: list[RuleSetShape] = once("key", default=[])
    programs: list[ProgramShape] = once("key", default=[])
    series: list[SeriesShape] = once("key", default=[])
    closures: list[ClosureShape] = once("site", "from_on", "until_on", default=[])
    participants: list[ParticipantShape] = once("key", default=[])
    enrollments: list[EnrollmentShape] = once("key", default=[])
    meetings: list[MeetingShape] = once("series", "planned", default=[])
    sessions: list[OneOffShape] = once("key", default=[])
