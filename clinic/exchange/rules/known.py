"""What a clinic file may build on: what the database holds, and what the file itself brings."""

from dataclasses import dataclass, field
from typing import NamedTuple

from clinic.exchange.models.clinic_file import ClinicFile
from clinic.exchange.models.fields import WEEKDAYS
from clinic.schedule.models import Mode


class Running(NamedTuple):
    """A series as other parts of a file see it."""

    program: str
    site: str
    room: str | None = None
    seats: int = 1
    mode: Mode = Mode.IN_PERSON


@dataclass(frozen=True)
class Known:
    staff: frozenset[str] = frozenset()
    one_offs: frozenset[str] = frozenset()
    participants: frozenset[str] = frozenset()
    merged: dict[str, str] = field(default_factory=dict)  # participant key to whose they are
    rule_sets: dict[str, bool] = field(default_factory=dict)  # key to whether it is provided
    program_sites: dict[str, str] = field(default_factory=dict)  # program key to site key
    series: dict[str, Running] = field(default_factory=dict)
    enrollments: frozenset[str] = frozenset()
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
        enrollments=known.enrollments | {one.key for one in file.enrollments},
        rooms=known.rooms
        | {(site.key, room.key): room.seats for site in file.sites for room in site.rooms},
        zones=known.zones | {site.key: site.timezone for site in file.sites},
        week_starts=WEEKDAYS.index(starts) if starts else known.week_starts,
    )
