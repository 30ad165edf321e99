"""What a clinic file may build on: what the database holds, and what the file itself brings."""

from collections.abc import Mapping
from typing import NamedTuple

from clinic.exchange.models.clinic_file import ClinicFile


class Known(NamedTuple):
    keys: Mapping[str, frozenset[str]]  # of each list of a file
    program_sites: Mapping[str, str] = {}  # program key to site key
    rooms: Mapping[tuple[str, str], int] = {}  # site, room key to seats
    zones: Mapping[str, str] = {}  # site key to time zone


def with_file(known: Known, file: ClinicFile) -> Known:
    """What will be known once the file is in."""
    return Known(
        {
            name: keys | {one.key for one in getattr(file, name)}
            for name, keys in known.keys.items()
        },
        {**known.program_sites, **{one.key: one.site for one in file.programs}},
        {
            **known.rooms,
            **{(site.key, room.key): room.seats for site in file.sites for room in site.rooms},
        },
        {**known.zones, **{site.key: site.timezone for site in file.sites}},
    )
