"""A clinic file of many people into an empty clinic: the work, and how long others wait."""

import sqlite3
import time
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, event

from bench.clinics import NOON, migrated_file, on
from bench.measure import Bench, Result, Row, measures
from clinic import bulk
from clinic.db import database
from clinic.exchange.actions import clinic_file
from clinic.exchange.models.clinic_file import ClinicFile
from clinic.trail import SYSTEM

FEW, MANY = 1000, 5000
COHORT = 12  # who share their groups
FIRST, LAST = date(2026, 2, 16), date(2026, 4, 12)
LOADED = Row(19, f"import of {FEW:,} enrollments", "its rows alone, by sqlite3", "s CPU", 100.0)
GROWTH = Row(19, f"import of {MANY:,} enrollments", f"as many times {FEW:,}", "s CPU", 1.2)
LOCKED = Row(19, "the write lock of it", "its rows alone, by sqlite3", "s CPU", 3.0, most=2.0)


@measures(LOADED, LOCKED, GROWTH)
def imports(bench: Bench) -> list[Result]:
    """Once each: they are long, and what is measured is processor time."""
    few, locked, path = _imported(bench, FEW)
    many, _, _ = _imported(bench, MANY)
    rows = _copied(path, migrated_file(bench))
    return [
        Result(LOADED, [few], [rows]),
        Result(LOCKED, [locked], [rows]),
        Result(GROWTH, [many], [few * MANY / FEW]),
    ]


def _imported(bench: Bench, people: int) -> tuple[float, float, str]:
    """Seconds that the import takes, without reading YAML, those with the lock, the database."""
    path = migrated_file(bench)
    file = ClinicFile.model_validate(_content(people))
    with on(bench, f"sqlite:///{path}").app.app_context():
        began, locked = 0.0, 0.0

        @event.listens_for(database.engine, "begin")
        def _begin(_connection: Connection) -> None:
            nonlocal began
            began = time.process_time()

        @event.listens_for(database.engine, "commit")
        def _commit(_connection: Connection) -> None:
            nonlocal locked
            locked += time.process_time() - began

        before = time.process_time()
        bulk.do(lambda: clinic_file.load(file, by=SYSTEM, now=NOON), tell=lambda _: None)
        took = time.process_time() - before
        database.engine.dispose()
    return took, locked, path


def _copied(source: str, target: str) -> float:
    """Seconds to insert all rows of one database into another, empty one."""
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        tables = [
            name
            for (name,) in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name not in ("alembic_version", "sqlite_sequence")
        ]
        rows = {name: old.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
        before = time.process_time()
        for name, found in rows.items():
            if found:
                marks = ", ".join("?" * len(found[0]))
                new.executemany(f"INSERT INTO {name} VALUES ({marks})", found)
        new.commit()
        return time.process_time() - before


def _content(people: int) -> dict[str, Any]:
    """Cohorts with three groups each; some have leave, another target, a job, a transition."""
    cohorts = range(-(-people // COHORT))
    return {
        "clinic": 1,
        "organization": {"name": "Riverside Recovery"},
        "sites": [
            {
                "key": "main",
                "name": "Main Street",
                "timezone": "America/New_York",
                "rooms": [{"key": f"room-{n}", "seats": COHORT} for n in cohorts],
            }
        ],
        "staff": [{"key": f"lead-{n}", "name": "Ana Rivera"} for n in cohorts],
        "programs": [
            {
                "key": "evening",
                "name": "Evening IOP",
                "site": "main",
                "level": "2.1",
                "population": "adult",
                "weekly_hours": {"min": 9, "max": 12},
                "service_days": {"min": 3},
            }
        ],
        "series": [_group(n, place) for n in cohorts for place in range(3)],
        "participants": [{"key": f"p-{n}", "name": f"Person {n}"} for n in range(people)],
        "enrollments": [_enrollment(n) for n in range(people)],
    }


def _group(cohort: int, place: int) -> dict[str, Any]:
    return {
        "key": f"group-{cohort}-{place}",
        "program": "evening",
        "title": f"Group {cohort}",
        "kind": "group",
        "days": [["mon", "wed"], ["tue"], ["thu"]][place],
        "start": "18:00",
        "end": "21:00",
        "room": f"room-{cohort}",
        "leaders": [f"lead-{cohort}"],
        "seats": COHORT,
        "from": FIRST,
        "until": LAST,
    }


def _enrollment(number: int) -> dict[str, Any]:
    cohort, fourth = number // COHORT, FIRST + timedelta(weeks=4)
    facts: tuple[tuple[int, dict[str, Any]], ...] = (  # what every so manieth has besides
        (3, {"unavailable": [{"days": ["mon", "wed"], "start": "08:00", "end": "16:00"}]}),
        (4, {"targets": [{"from": fourth, "weekly_hours": {"min": 6, "max": 9}}]}),
        (5, {"leave": [{"from": fourth, "until": fourth + timedelta(days=4)}]}),
        (7, {"transition_weeks": [FIRST + timedelta(weeks=7)]}),
    )
    one: dict[str, Any] = {
        "key": f"e-{number}",
        "participant": f"p-{number}",
        "program": "evening",
        "from": FIRST,
        "until": LAST,
        "clinician": f"lead-{cohort}",
        "series": [f"group-{cohort}-{place}" for place in range(3)],
    }
    for every, more in facts:
        if number % every == 0:
            one |= more
    return one
