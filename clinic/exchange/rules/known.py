"""What a clinic file may build on: what the database holds, and what the file itself brings."""

from dataclasses import dataclass, field
from typing import NamedTuple

from clinic.days import Range
from clinic.enrollment.models import Outcome
from clinic.exchange.models.clinic_file import ClinicFile, EnrollmentShape, PlaceShape
from clinic.exchange.models.fields import WEEKDAYS
from clinic.schedule.models import Mode


class Running(NamedTuple):
    """A series as other parts of a file see it."""

    program: str
    site: str
    room: str | None = None
    seats: int = 1
    mode: Mode = Mode.IN_PERSON


class Enrolled(NamedTuple):
    """An enrollment as other parts of a file see it, by keys."""

    participant: str
    program: str
    days: Range
    continues: str | None = None


@dataclass(frozen=True)
class Known:
    staff: frozenset[str] = frozenset()
    one_offs: frozenset[str] = frozenset()
    participants: frozenset[str] = frozenset()
    merged: dict[str, str] = field(default_factory=dict)  # participant key to whose they are
    rule_sets: dict[str, bool] = field(default_factory=dict)  # key to whether it is provided
    program_sites: dict[str, str] = field(default_factory=dict)  # program key to site key
    series: dict[str, Running] = field(default_factory=dict)
    enrollments: dict[str, Enrolled] = field(default_factory=dict)
    rooms: dict[tuple[str, str], int] = field(default_factory=dict)  # site, room key to seats
    zones: dict[str, str] = field(default_factory=dict)  # site key to time zone
    week_starts: int = 0


def with_file(known: Known, file: ClinicFile) -> Known:
    """What will be known once the file is in."""
    starts = file.organization.week_starts
    sites = known.program_sites | {one.key: one.site for one in file.programs}
    return Known(
        staff=known.staff | {staff.key for staff in file.staff},
        one_offs=known.one_offs | {one.key for one in file.sessions},
        participants=known.participants | {one.key for one in file.participants},
        merged=known.merged,
        rule_sets={one.key: False for one in file.rule_sets} | known.rule_sets,
        program_sites=sites,
        series=known.series
        | {
            one.key: Running(one.program, sites.get(one.program, ""), one.room, one.seats, one.mode)
            for one in file.series
        },
        enrollments=known.enrollments
        | {one.key: _enrolled(one, known.enrollments.get(one.key)) for one in file.enrollments},
        rooms=known.rooms
        | {(site.key, room.key): room.seats for site in file.sites for room in site.rooms},
        zones=known.zones | {site.key: site.timezone for site in file.sites},
        week_starts=WEEKDAYS.index(starts) if starts else known.week_starts,
    )


def _enrolled(one: EnrollmentShape, there: Enrolled | None) -> Enrolled:
    until, continues = one.until, one.continues
    if there is not None:  # what the file does not say stays
        until, continues = until or there.days.until_on, continues or there.continues
    return Enrolled(one.participant, one.program, Range(one.from_, until), continues)


def outcome_of(status: str | None) -> Outcome | None:
    """How an enrollment of that status in a file ended, or None while it has not."""
    return Outcome(status) if status in set(Outcome) else None


def days_of(place: PlaceShape, enrollment: EnrollmentShape) -> Range:
    """The days of somebody's place on a roster: the enrollment's, where it has none of its own."""
    return Range(place.from_ or enrollment.from_, place.until or enrollment.until)
