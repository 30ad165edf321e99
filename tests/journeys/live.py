"""A clinic as it runs in production: its commands, its server, and a clinic file around now."""

import contextlib
import os
import shutil
import socket
from collections.abc import Iterator
from contextvars import Context
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask

from clinic import bulk, clock, config
from clinic.app import create_app
from clinic.days import DAY
from tests.starter import Starter

MINUTE = timedelta(minutes=1)

# One for each whole hour, none of which changes its clocks.
ZONES = [
    *("Pacific/Pago_Pago", "Pacific/Honolulu", "Pacific/Gambier", "Pacific/Pitcairn"),
    *("America/Phoenix", "America/Costa_Rica", "America/Panama", "America/Puerto_Rico"),
    *("America/Argentina/Buenos_Aires", "America/Noronha", "Atlantic/Cape_Verde", "Africa/Abidjan"),
    *("Africa/Lagos", "Africa/Johannesburg", "Africa/Nairobi", "Asia/Dubai"),
    *("Asia/Karachi", "Asia/Dhaka", "Asia/Bangkok", "Asia/Singapore"),
    *("Asia/Tokyo", "Australia/Brisbane", "Pacific/Guadalcanal", "Pacific/Tarawa"),
]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Midday:
    """Now, at a place where it is around noon: a session can be open, and one be over."""

    def __init__(self) -> None:
        self.now = clock.now()
        name = min(ZONES, key=self._from_noon)
        self.zone = ZoneInfo(name)
        self.local = self.now.astimezone(self.zone)
        self.today = self.local.date()
        self.week = self.today - 3 * DAY  # the first day of the week, wherever today stands in it
        self.process_from = (self.local - 10 * MINUTE).replace(second=0, microsecond=0)
        self.process_to = self.process_from + 120 * MINUTE
        self.skills_from = self.process_to + 15 * MINUTE
        self.skills_to = self.skills_from + 60 * MINUTE

    def _from_noon(self, zone: str) -> timedelta:
        local = self.now.astimezone(ZoneInfo(zone))
        return abs(local - datetime.combine(local.date(), time(12), ZoneInfo(zone)))

    def wall(self, minutes: int) -> str:
        """The wall-clock time so many minutes into the process group, as a field takes it."""
        return f"{self.process_from + minutes * MINUTE:%H:%M}"

    def appointments(self) -> list[tuple[datetime, datetime]]:
        """When the process and skills groups meet, from today on, in UTC."""
        both = (self.process_from, self.process_to), (self.skills_from, self.skills_to)
        days = [0, 1, 2, 7, 8, 9]
        return [tuple((at + n * DAY).astimezone(UTC) for at in each) for n in days for each in both]

    def clinic_file(self) -> str:
        """A clinic of three groups and six people on them; a seventh is on none.

        The circle was this morning, the process group is open now, the skills group follows it.
        Whoever is on all three is planned for 10 hours this week; 9 to 12 are prescribed.
        """
        days = ", ".join(WEEKDAYS[(self.today + n * DAY).weekday()][:3] for n in range(3))
        return f"""
clinic: 1
organization: {{name: Riverside, week_starts: {WEEKDAYS[self.week.weekday()]}}}
sites:
- key: main
  name: Main Street
  timezone: {self.zone.key}
  rooms: [{{key: garden, name: Garden Room, seats: 14}}, {{key: blue, name: Blue Room, seats: 10}}]
staff:
- {{key: rivera, name: Ana Rivera, credentials: LCSW, roles: [clinician], email: ana@example.org}}
programs:
- {{key: day, name: Day IOP, site: main, level: "2.1", population: adult,
   weekly_hours: {{min: 9, max: 12}}, weeks: 8}}
series:
- {{key: circle, program: day, title: Morning circle, kind: education,
   days: [{days[:3]}], start: "09:00", end: "10:00", room: blue, leaders: [rivera], seats: 10,
   from: {self.today}, until: {self.today}}}
- {{key: process, program: day, title: Process group, kind: group, days: [{days}],
   start: "{self.process_from:%H:%M}", end: "{self.process_to:%H:%M}", room: garden,
   leaders: [rivera], seats: 12, from: {self.today}, until: {self.today + 13 * DAY}}}
- {{key: skills, program: day, title: Skills group, kind: group, days: [{days}],
   start: "{self.skills_from:%H:%M}", end: "{self.skills_to:%H:%M}", room: blue,
   leaders: [rivera], seats: 10, from: {self.today}, until: {self.today + 13 * DAY}}}
participants:
- {{key: p-001, name: Maria Castillo, pin: "270518"}}
- {{key: p-002, name: Devin Okafor, pin: "385162"}}
- {{key: p-003, name: Priya Raman, pin: "491730"}}
- {{key: p-004, name: Samuel Whitaker, preferred_name: Sam, pin: "506294"}}
- {{key: p-005, name: Ruth Lindqvist, pin: "618347"}}
- {{key: p-006, name: Tomás Herrera, pin: "729461"}}
- {{key: p-007, name: Noor Haddad, pin: "830572"}}
enrollments:
- {{key: e-007, participant: p-007, program: day, from: {self.week}}}
""" + "".join(
            f"- {{key: e-00{n}, participant: p-00{n}, program: day, from: {self.week},"
            " clinician: rivera, series: [circle, process, skills]}\n"
            for n in range(1, 7)
        )


class LiveClinic:
    """Its database, its commands, and where its server listens."""

    def __init__(self, folder: Path, migrated: Path) -> None:
        """`migrated` is an empty database, to begin with."""
        shutil.copy(migrated, folder / "clinic.db")
        url = f"http://{free_address()}"
        self.folder = folder
        self.url = url
        self.at = Midday()
        self.environ = os.environ | {
            "CLINIC_DATABASE_URL": f"sqlite:///{folder / 'clinic.db'}",
            "CLINIC_SECRET_KEY": "a secret of thirty-two characters, at least",
            "CLINIC_BIND": url.removeprefix("http://"),
        }

    @cached_property
    def _app(self) -> Flask:
        return create_app(instance=self.folder, **config.settings(self.folder, self.environ))

    def flask(self, *words: str) -> list[str]:
        """The lines that a command prints."""
        runner = self._app.test_cli_runner(catch_exceptions=False)
        done = Context().run(runner.invoke, args=list(words))
        # Its server is at work meanwhile, so that an import may have to start over.
        errors = [line for line in done.stderr.splitlines() if line != bulk.AGAIN]
        assert (done.exit_code, errors) == (0, []), f"flask {' '.join(words)}: {errors}"
        return done.stdout.splitlines()

    def write_file(self) -> Path:
        file = self.folder / "clinic.yaml"
        file.write_text(self.at.clinic_file())
        return file


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@contextlib.contextmanager
def serving(clinic: LiveClinic, starter: Starter, *commands: str) -> Iterator[None]:
    """The server of `make run` after these commands, until the end of the block."""
    server = starter.start(clinic.folder, clinic.environ, *commands)
    try:
        assert f"Listening on {clinic.url}\n" in server.stdout
        yield
    finally:
        server.terminate()  # it ends its own children
        assert server.wait(20) == 0
        server.stdout.close()
