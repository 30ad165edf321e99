"""Schedules as clinics publish them: each comes in, and out again as it was published."""

import ast
import csv
import io
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from tests.dump import changed, dump
from tests.exchange.files import part, text_of

FOLDER = Path(__file__).parents[2].parent / "shared" / "clinics"
FILES = sorted(FOLDER.glob("*.yaml"))
ABSENT = pytest.mark.skip(reason=f"no published schedules: {FOLDER} is not there")
each_file = pytest.mark.parametrize(
    "path", FILES or [pytest.param(None, marks=ABSENT)], ids=lambda path: path and path.stem
)

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 15)
CLOCKS_CHANGE = date(2026, 3, 8)
OFFSETS = {  # before and from the night on which the clocks go forward
    "America/New_York": ("-05:00", "-04:00"),
    "America/Chicago": ("-06:00", "-05:00"),
    "America/Los_Angeles": ("-08:00", "-07:00"),
}


@pytest.fixture
def imported(path, at, command):
    at("2026-02-27 12:00")
    command("import", "clinic", str(path))
    return yaml.safe_load(path.read_text())


def published(data):
    """The sessions of two weeks, by nothing but what is written in the file."""
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    (site,) = data["sites"]
    before, after = OFFSETS[site["timezone"]]
    return sorted(
        (
            f"{day}T{series['start']}:00{after if day >= CLOCKS_CHANGE else before}",
            f"{day}T{series['end']}:00{after if day >= CLOCKS_CHANGE else before}",
            series["key"],
            series["title"],
            series["kind"],
            series["room"],
            ";".join(series["leaders"]),
            "scheduled",
            "0",
            str(series["seats"]),
        )
        for series in data["series"]
        for day in days
        if f"{day:%a}".lower() in series["days"] and series["from"] <= day <= series["until"]
    )


@each_file
def test_the_published_sessions_are_listed_at_the_published_times(imported, command, path):
    result = command("export", "sessions", "--from", str(FIRST), "--until", str(LAST))
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    columns = ("start", "end", "series", "title", "kind", "room", "leaders", "status", "booked")
    found = [tuple(row[name] for name in (*columns, "seats")) for row in rows]
    assert found == published(imported)
    assert len(found) > 0
    before = dump()  # a second time changes nothing
    last = command("import", "clinic", str(path)).stdout.splitlines()[-1]
    assert last.startswith("all: 0 created, 0 changed, ")
    assert changed(before, dump()) == set()


@each_file
def test_the_weekly_hours_are_those_of_the_listed_times(imported, command, path, tmp_path):
    tracks = hours_by_track(path)
    keys = {program["key"] for program in imported["programs"]}
    assert set(tracks) == keys
    everyone = tmp_path / "everyone.yaml"
    everyone.write_text(text_of(with_somebody_on_every_track(imported)))
    command("import", "clinic", str(everyone))
    for week in ("2026-03-02", "2026-03-09"):
        result = command("export", "hours", "--week", week)
        rows = csv.DictReader(io.StringIO(result.stdout))
        planned = {row["program"]: int(row["planned_minutes"]) for row in rows}
        assert planned == {key: round(hours * 60) for key, hours in tracks.items()}


def hours_by_track(path):
    """What the head of the file says, by the key of the program."""
    marker = "# Weekly hours by its listed times: "
    (line,) = [line for line in path.read_text().splitlines() if line.startswith(marker)]
    hours = ast.literal_eval(line.removeprefix(marker))
    return {track.replace("_", "-"): each for track, each in hours.items()}


def with_somebody_on_every_track(data):
    groups = {
        program["key"]: [
            series["key"] for series in data["series"] if series["program"] == program["key"]
        ]
        for program in data["programs"]
    }
    return part(
        data,
        participants=[{"key": f"p-{key}", "name": "Jordan Avery"} for key in groups],
        enrollments=[
            {
                "key": f"e-{key}",
                "participant": f"p-{key}",
                "program": key,
                "from": date(2026, 1, 5),
                "series": series,
            }
            for key, series in groups.items()
        ],
    )
