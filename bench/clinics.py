"""Clinics of a given size, each in a database of its own, and ways to ask them."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from io import BytesIO
from typing import Any, NamedTuple

import flask_migrate
from flask import Flask
from sqlalchemy import Engine, bindparam, event, insert, select, update
from werkzeug.test import EnvironBuilder

from bench.measure import Bench
from clinic import clock, config
from clinic.accounts import actions
from clinic.accounts.models import Account, Staff
from clinic.app import create_app
from clinic.db import database, db, transaction
from clinic.enrollment.models import Enrollment, Target
from clinic.names import sort_key
from clinic.participants.models import Participant
from clinic.participants.queries import pin_digest
from clinic.permissions import Role
from clinic.programs.models import Kind, Level, Organization, Population, Program, Room, Site
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import (
    Booking,
    Method,
    Mode,
    RosterEntry,
    Series,
    SeriesLeader,
    SeriesPlan,
    Session,
    Status,
)
from clinic.schedule.queries.series import get_series
from clinic.trail import SYSTEM

ZONE = clock.zone("America/New_York")
SECRET = "a secret for measuring, and for nothing else"
DAY = timedelta(days=1)
FORMERLY = timedelta(weeks=26)
NOON = datetime(2026, 3, 4, 17, tzinfo=UTC)  # a Wednesday, noon in New York


class Size(NamedTuple):
    """How many people there are, and how often they meet."""

    people: int
    group: int  # so many share their sessions
    first: date
    last: date
    weekdays: str = "01234"
    hours: Sequence[int] = (9,)  # at which a group meets on such a day, for two hours
    marked_until: datetime = NOON  # sessions that ended by then have their attendance
    free: int = 0  # seats in every session that nobody has; every other group meets after it
    former: int = 0  # people whose enrollment was over before


class Clinic(NamedTuple):
    """An application on a database of its own."""

    app: Flask
    url: str

    @property
    def path(self) -> str:
        """Of the file, where the database is one."""
        return self.url.removeprefix("sqlite:///")

    @property
    def settings(self) -> dict[str, str]:
        return {"CLINIC_DATABASE_URL": self.url, "CLINIC_SECRET_KEY": SECRET}


@contextmanager
def clinic(bench: Bench, size: Size, *, url: str | None = None) -> Iterator[Clinic]:
    """A clinic of that size: in a new SQLite file, or in the empty database at that address."""
    if url is None:
        made = on(bench, f"sqlite:///{migrated_file(bench)}")
    else:
        made = on(bench, url)
        with made.app.app_context():
            flask_migrate.upgrade()
    with made.app.app_context():
        with transaction():
            _set_up(size)
        with transaction(write=False):
            groups = db.scalars(select(Series.id)).all()
        for series_id in groups:
            with transaction():
                lay_out(get_series(series_id), by=SYSTEM, now=NOON)
        with transaction():
            _mark(size.marked_until)
        database.engine.dispose()
    yield made
    with made.app.app_context():
        database.engine.dispose()


def on(bench: Bench, url: str) -> Clinic:
    """An application with production's settings on that database."""
    environ = {"CLINIC_DATABASE_URL": url, "CLINIC_SECRET_KEY": SECRET}
    return Clinic(create_app(instance=bench.folder, **config.settings(bench.folder, environ)), url)


def migrated_file(bench: Bench) -> str:
    """The path of a new, empty database."""
    template = bench.folder / "template.db"
    if not template.exists():
        with on(bench, f"sqlite:///{template}").app.app_context():
            flask_migrate.upgrade()
            database.engine.dispose()
    number = len(list(bench.folder.glob("clinic-*.db")))
    return shutil.copy(template, bench.folder / f"clinic-{number}.db")


def _after(start: int, size: Size) -> int:
    """Hours by which a group meets later, so that others can come to make up."""
    return 2 * (start // size.group % 2) if size.free else 0


def _set_up(size: Size) -> None:
    """A site, its program and a leader; people, their enrollments, their groups."""
    site = Site(key="main", name="Main Street", timezone=ZONE.key)
    program = Program(
        key="day",
        name="Day IOP",
        site=site,
        level=Level.INTENSIVE_OUTPATIENT,
        population=Population.ADULT,
        min_minutes=9 * 60,
        max_minutes=12 * 60,
    )
    room = Room(site=site, key="room-1", name="Room 1", seats=size.group + size.free)
    account = Account(email="lead@example.org", roles=frozenset({Role.COORDINATOR}))
    leader = Staff(key="lead", name="Ana Rivera", credentials="LCSW", account=account)
    db.add_all([Organization(name="Riverside Recovery"), program, room, leader])
    db.flush()
    everyone = range(account.id + 1, account.id + 1 + size.people + size.former)
    people = everyone[: size.people]
    db.execute(
        insert(Account), [{"id": each, "roles": frozenset({Role.PARTICIPANT})} for each in everyone]
    )
    db.execute(
        insert(Participant),
        [
            {
                "id": each,
                "key": f"p-{each}",
                "name": f"Jordan Avery{each}",
                "sort_name": sort_key(f"Jordan Avery{each}"),
                "pin_digest": pin_digest(pin(each)),
                "account_id": each,
            }
            for each in everyone
        ],
    )
    db.execute(
        insert(Enrollment),
        [
            {
                "id": each,
                "key": f"e-{each}",
                "participant_id": each,
                "program_id": program.id,
                "clinician_id": leader.id,
                "from_on": size.first if each in people else size.first - FORMERLY,
                "until_on": None if each in people else size.first - DAY,
            }
            for each in everyone
        ],
    )
    db.execute(
        insert(Target),
        [
            {
                "enrollment_id": each,
                "from_on": size.first if each in people else size.first - FORMERLY,
                "min_minutes": program.min_minutes,
                "max_minutes": program.max_minutes,
            }
            for each in everyone
        ],
    )
    for start in range(0, size.people, size.group):
        for hour in [each + _after(start, size) for each in size.hours]:
            group = Series(
                key=f"group-{start}-{hour}",
                program=program,
                site=site,
                title="Process group",
                from_on=size.first,
                until_on=size.last,
                plans=[
                    SeriesPlan(
                        from_on=size.first,
                        kind=Kind.GROUP,
                        mode=Mode.IN_PERSON,
                        weekdays=size.weekdays,
                        starts=time(hour),
                        ends=time(hour + 2),
                        seats=size.group + size.free,
                        room=room,
                        leaders=[SeriesLeader(staff=leader, position=0)],
                    )
                ],
            )
            db.add(group)
            db.flush()
            db.execute(
                insert(RosterEntry),
                [
                    {"series_id": group.id, "enrollment_id": each, "from_on": size.first}
                    for each in people[start : start + size.group]
                ],
            )


def pin(participant_id: int) -> str:
    return f"{participant_id:06d}"


def _mark(until: datetime) -> None:
    """Give the sessions that have ended their attendance."""
    over = db.execute(
        select(Booking.id, Session.starts_at, Session.ends_at)
        .join(Session, Session.id == Booking.session_id)
        .where(Session.ends_at <= until)
    ).all()
    if over:
        booking = Booking.__table__
        db.connection().execute(
            update(booking)
            .where(booking.c.id == bindparam("booking_id"))
            .values({name: bindparam(name) for name in _marked(over[0])}),
            [{"booking_id": row.id, **_marked(row)} for row in over],
        )


def _marked(row: Any) -> dict[str, Any]:
    """Nine of ten were there, one of these late."""
    if row.id % 10 == 0:
        told: dict[str, Any] = {"status": Status.NO_SHOW, "method": Method.STAFF}
        return told | {"arrived_at": None, "recorded_at": row.ends_at}
    arrived_at = row.starts_at + timedelta(minutes=12 if row.id % 10 == 1 else -4)
    told = {"status": Status.PRESENT, "method": Method.KIOSK}
    return told | {"arrived_at": arrived_at, "recorded_at": arrived_at}


def sign_in(made: Clinic, *, now: datetime) -> str:
    """The cookie of a coordinator who has just signed in and seen a page."""
    with made.app.app_context(), transaction():
        account = db.scalars(select(Account).join(Staff)).one()
        token = actions.sign_in(account, now=now)
    browser = made.app.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = token
    browser.get("/account/password")  # its form has a token, which stays in the cookie
    kept = browser.get_cookie("clinic")
    assert kept is not None
    return f"clinic={kept.value}"


def asking(
    app: Flask, path: str, *, cookie: str = "", typed: Mapping[str, Any] | None = None
) -> Callable[[], bytes]:
    """A GET without a network or a test client: what it costs is the application's.

    A POST where something is typed, with a token of that browser.
    """
    headers = {"Cookie": cookie}
    told: list[str] = []

    def sent(environ: Any, body: bytes = b"") -> bytes:
        told.clear()
        parts: Any = app(
            {**environ, "wsgi.input": BytesIO(body)},
            lambda status, _headers, _error=None: told.append(status),  # type: ignore[arg-type,return-value]
        )
        answer = b"".join(parts)
        parts.close()
        assert told == ["200 OK"], (path, told, answer[-4000:])
        return answer

    get = EnvironBuilder(path=path, headers=headers).get_environ()
    if typed is None:
        return partial(sent, get)
    token = re.search(rb'name="csrf_token" value="([^"]+)"', sent(get))
    assert token is not None
    builder = EnvironBuilder(
        path=path, headers=headers, method="POST", data={**typed, "csrf_token": token[1].decode()}
    )
    post = builder.get_environ()
    return partial(sent, post, post["wsgi.input"].read())


class Statement(NamedTuple):
    """As it went to the database's driver."""

    sql: str
    values: Any


@contextmanager
def statements() -> Iterator[list[Statement]]:
    """What is sent to any database in here."""
    sent: list[Statement] = []

    def note(_connection: Any, _cursor: Any, sql: str, values: Any, *_rest: Any) -> None:
        sent.append(Statement(sql, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def stopped_clock(at: datetime) -> Iterator[None]:
    """What a page costs must not hang on the time of day at which it is measured."""
    now, clock.now = clock.now, lambda: at
    try:
        yield
    finally:
        clock.now = now
