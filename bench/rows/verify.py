"""The trail of a million events, and the bookings beside it, by the command itself."""

import hmac
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bench.clinics import NOON, Clinic, Size, clinic
from bench.measure import Bench, Result, Row, measures
from clinic import trail
from clinic.bookings.rules import Booked, facts_of, marked
from clinic.schedule.models import Status

PEOPLE, DAYS, FEWER = 1000, 250, 10
WAYS = (  # that the attendance of each booking goes, an event each
    (Status.PRESENT, None),
    (Status.NO_SHOW, "The bus."),
    (Status.EXCUSED, None),
    (Status.PRESENT, ""),
)
CHAIN = 2  # the other one has what laid the session out
FIRST = 10**6  # id, after those of it
ENROLLMENT, SESSION, REASON = "@enrollment", "@session", "@reason"
MANY = PEOPLE * DAYS * len(WAYS)
VERIFIED = Row(
    20,
    f"audit verify of {MANY:,} events",
    "sqlite3: read, and a keyed digest each",
    "s CPU",
    15.0,
    most=60.0,
)
MEMORY = Row(20, "its memory", f"of a {FEWER}th as many", "MB", 1.2)
DAY = Size(PEOPLE, PEOPLE, NOON.date(), NOON.date(), weekdays="2", marked_until=NOON.min)
COMMAND = [sys.executable, "-m", "flask", "--app", "wsgi", "audit", "verify"]


class Used(NamedTuple):
    seconds: float  # of processor time
    megabytes: float  # at most
    floor: float  # seconds


@measures(VERIFIED, MEMORY)
def verify(bench: Bench) -> list[Result]:
    """Once: it is long."""
    fewer, many = (_verified(bench, days) for days in (DAYS // FEWER, DAYS))
    return [
        Result(VERIFIED, [many.seconds], [many.floor]),
        Result(MEMORY, [many.megabytes], [fewer.megabytes]),
    ]


def _verified(bench: Bench, days: int) -> Used:
    with clinic(bench, DAY._replace(marked_until=NOON - timedelta(days=9))) as made:
        with made.app.app_context(), closing(sqlite3.connect(made.path)) as database, database:
            _fill(database, days)
        return _used(made)


def _fill(database: sqlite3.Connection, days: int) -> None:
    """The one session as often as that, with everybody on each, and what was recorded of them."""
    for table, others in (
        (
            "session",
            {"id": "id + n", "uid": "uid || n", "planned_on": "date(planned_on, n || ' days')"},
        ),
        ("booking", {"id": "id + n * 1000", "session_id": "session_id + n"}),
    ):
        names = [name for _, name, *_ in database.execute(f"pragma table_info({table})")]
        values = ", ".join(others.get(name, name) for name in names)
        database.execute(
            "with recursive days(n) as"
            f" (select 1 union all select n + 1 from days where n < {days - 1})"
            f" insert into {table} select {values} from {table}, days"
        )
    recorded_at = str(NOON.replace(tzinfo=None))
    database.execute(
        "update booking set status = 'present', method = 'staff', recorded_at = ?", [recorded_at]
    )
    marks = ", ".join("?" * 14)
    database.executemany(
        "insert into trail_event (id, chain, number, happened_at, occurred_at, actor_kind,"
        f" actor_id, device, verb, subject_kind, subject_id, act, facts, digest) values ({marks})",
        _events(database),
    )


def _events(database: sqlite3.Connection) -> Iterator[Sequence[Any]]:
    told = [json.dumps(facts, default=trail.plain) for facts in _told()]
    number, digest = 0, ""
    of_each = database.execute("select id, enrollment_id, session_id from booking").fetchall()
    for booking_id, enrollment_id, session_id in of_each:
        reason = trail.digest_of_words("The bus.", "booking", booking_id)
        whose = {ENROLLMENT: enrollment_id, SESSION: session_id, REASON: json.dumps(reason)}
        for text in told:
            facts = text
            for name, value in whose.items():
                facts = facts.replace(f'"{name}"', str(value))
            number += 1
            event = {
                "id": FIRST + number,
                "chain": CHAIN,
                "number": number,
                "happened_at": NOON,
                "occurred_at": None,
                "actor_kind": "account",
                "actor_id": 1,
                "device": "sign_in:1",
                "verb": "attendance.marked",
                "subject_kind": "booking",
                "subject_id": booking_id,
                "act": None,
                "facts": facts,
            }
            digest = trail._digest(digest, event)  # noqa: SLF001 - as they are written, but faster
            yield [*(event | {"happened_at": str(NOON.replace(tzinfo=None))}).values(), digest]


def _told() -> Iterator[dict[str, Any]]:
    """The facts of the events of any booking, with marks where its own go."""
    at = {"starts_at": NOON, "ends_at": NOON, "day": NOON.date(), "is_cancelled": False}
    before = Booked(0, 0, SESSION, **at, room=None, doors_minutes=15, seat_no=1)
    for status, reason in WAYS:
        after = marked(before, status, reason=reason, now=NOON)
        digest = REASON if after.reason else None
        yield facts_of(before, after) | {"reason": digest, "enrollment": ENROLLMENT}
        before = after


def _used(made: Clinic) -> Used:
    """What the command takes, in a process of its own, and what its least work takes."""
    most = 0.0
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(COMMAND, env=os.environ | made.settings, **quiet) as run:
        while True:
            most = max(most, _megabytes(run.pid))
            pid, status, usage = os.wait4(run.pid, os.WNOHANG)
            if pid:
                break
            time.sleep(0.2)
        run.returncode = os.waitstatus_to_exitcode(status)
    assert run.returncode == 0, "the trail that was made is not whole"
    return Used(usage.ru_utime + usage.ru_stime, most, _floor(made.path))


def _megabytes(pid: int) -> float:
    """What a process had at most so far: its usage at the end counts who started it, too."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def _floor(path: str) -> float:
    before, key = time.process_time(), b"a key"
    with closing(sqlite3.connect(path)) as database:
        for row in database.execute("select * from trail_event order by chain, number"):
            hmac.digest(key, repr(row).encode(), "sha256")
        database.execute("select * from booking").fetchall()
    return time.process_time() - before
