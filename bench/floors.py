"""The floors: the least that does the same thing, without a house around it."""

import fcntl
import json
import os
import sqlite3
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask, Response, request
from icalendar import Calendar, Event, vDuration, vText

from clinic.feeds.rules import Appointment

DATABASE = "FLOOR_DATABASE"  # what the check-ins here are written to: a path, or a PostgreSQL URL
FEED = "FLOOR_FEED"  # the file that is served as a feed

app = Flask("floors")
mine = threading.local()


@app.get("/healthz")
def ok() -> Response:
    return app.response_class("ok", mimetype="text/plain")


feed_body = Path(os.environ[FEED]).read_bytes() if FEED in os.environ else b""


@app.get("/feed")
def feed() -> Response:
    return app.response_class(feed_body, mimetype="text/calendar")


# One attendance and one line of a trail: a statement that reads, two that write.
FIND = """
select booking.id, session.site_id
from participant
join enrollment on enrollment.participant_id = participant.id
join booking on booking.enrollment_id = enrollment.id
join session on session.id = booking.session_id
where participant.pin_digest = ? and session.day = ?
"""
ARRIVE = """
update booking set status = 'present', method = 'kiosk', arrived_at = ?, recorded_at = ?
where id = ? and status = 'expected'
"""
TELL = """
insert into floor_trail (happened_at, actor, verb, subject_kind, subject_id, facts)
values (?, ?, ?, ?, ?, ?)
"""
TRAIL = """
create table floor_trail (
  id integer primary key {counting}, happened_at timestamp not null, actor varchar not null,
  verb varchar not null, subject_kind varchar not null, subject_id integer not null,
  facts varchar not null
);
create index ix_floor_trail_subject on floor_trail (subject_kind, subject_id);
"""


@app.post("/check-ins/sqlite")
def check_in_on_sqlite() -> dict[str, Any]:
    tap, at, now = _asked()
    database = _sqlite()
    read = database.execute
    (booking_id, site_id) = read(FIND, (tap["pin"], at.date().isoformat())).fetchone()
    fcntl.flock(mine.lock, fcntl.LOCK_EX)
    try:
        database.execute("begin immediate")
        database.execute(ARRIVE, (str(at), str(now), booking_id))
        database.execute(TELL, _line(booking_id, site_id, str(now), tap))
        database.execute("commit")
    finally:
        fcntl.flock(mine.lock, fcntl.LOCK_UN)
    return _answer(tap)


@app.post("/check-ins/postgresql")
def check_in_on_postgresql() -> dict[str, Any]:
    tap, at, now = _asked()
    database = _postgresql()
    with database.transaction():
        execute = database.execute
        found = execute(_in_psycopgs(FIND), (tap["pin"], at.date())).fetchone()
        assert found is not None
        execute(_in_psycopgs(ARRIVE), (at, now, found[0]))
        execute(_in_psycopgs(TELL), _line(*found, now, tap))
    return _answer(tap)


def _asked() -> tuple[dict[str, str], datetime, datetime]:
    tap = json.loads(request.get_data())["check_ins"][0]
    return tap, datetime.fromisoformat(tap["at"]).replace(tzinfo=None), _now()


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _line(booking_id: int, site_id: int, now: Any, tap: dict[str, str]) -> tuple[Any, ...]:
    facts = json.dumps({"site": site_id, "at": tap["at"]})
    return now, "kiosk 1", "attendance.arrived", "booking", booking_id, facts


def _answer(tap: dict[str, str]) -> dict[str, Any]:
    return {"results": [{"id": tap["id"], "result": "checked_in"}]}


def _sqlite() -> sqlite3.Connection:
    if not hasattr(mine, "database"):
        path = os.environ[DATABASE]
        mine.database = sqlite3.connect(path, isolation_level=None)
        mine.database.execute("pragma journal_mode=wal")
        mine.database.execute("pragma synchronous=full")
        mine.lock = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    database: sqlite3.Connection = mine.database
    return database


def _postgresql() -> psycopg.Connection[tuple[Any, ...]]:
    if not hasattr(mine, "database"):
        mine.database = psycopg.connect(os.environ[DATABASE], autocommit=True)
    database: psycopg.Connection[tuple[Any, ...]] = mine.database
    return database


def _in_psycopgs(statement: str) -> Any:
    return statement.replace("?", "%s")


def calendar(events: Iterable[tuple[Appointment, str]]) -> bytes:
    """What icalendar makes of these events, with their words, in one go."""
    written = Calendar()
    written.add("version", "2.0")
    written.add("prodid", "-//schedule//schedule//EN")
    written.add("calscale", "GREGORIAN")
    written.add("method", "PUBLISH")
    written.add("name", vText("My schedule"))
    written.add("x-wr-calname", vText("My schedule"))
    written.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    written.add("x-published-ttl", vDuration(timedelta(hours=1)))
    for each, description in events:
        event = Event()
        event.add("uid", each.uid)
        event.add("sequence", each.sequence)
        event.add("dtstamp", each.changed_at)
        event.add("last-modified", each.changed_at)
        event.add("dtstart", each.starts_at)
        event.add("dtend", each.ends_at)
        event.add("summary", "Appointment")
        event.add("status", "CONFIRMED")
        event.add("transp", "OPAQUE")
        event.add("class", "PRIVATE")
        event.add("description", description)
        written.add_component(event)
    text: bytes = written.to_ical()
    return text
