"""Work in bulk that nobody waits for: all of it or nothing.

On SQLite one writer holds up all others. There the work is done on a copy in memory, and only the
statements that it came to are replayed on the database, in a fraction of the time. Where somebody
has changed something meanwhile, it is done again on a new copy. On PostgreSQL writers wait for each
other only at a row and at a chain of the trail: the chains are taken when all else is done.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, text

from clinic import trail
from clinic.db import database, db, on_engine, transaction
from clinic.errors import Refused

Done = TypeVar("Done")
Thing = TypeVar("Thing")
Tell = Callable[[str], None]
TRIES = 5
MANY = 1000  # things take long enough to tell how far it has come
AGAIN = "Something else changed meanwhile. Starting over."
BUSY = (
    "Other people kept changing things while this ran, so nothing was imported."
    " Run it again when it is quieter."
)
_tell: ContextVar[Tell | None] = ContextVar("tell", default=None)
_DML = ("INSERT", "UPDATE", "DELETE")
_LAST_IDS = text("SELECT name, seq FROM sqlite_sequence")


class _Work(NamedTuple):
    """What was done on a copy: the statements, and what they must come to anywhere else."""

    head: int  # number of the last event of the trail before
    statements: list[tuple[str, Any]]
    rows: int  # that they changed
    last_ids: dict[str, int]  # of the tables that they added to


class _Differs(Exception):
    """The database is not as the copy was."""


def do(act: Callable[[], Done], *, tell: Tell) -> Done:
    """Return what `act` returns, once all that it did is kept; `tell` is given how far it is.

    It may be called several times, so it must do nothing but work in the session. Raises what it
    raises, and `Refused` when others come first each time; nothing is kept then.
    """
    token = _tell.set(tell)
    try:
        return _do(act, tell)
    finally:
        _tell.reset(token)


def counted_off(what: str, things: Collection[Thing]) -> Iterator[Thing]:
    """Yield each; say after every thousand how far it has come."""
    tell = _tell.get()
    for number, thing in enumerate(things):
        if tell and number and number % MANY == 0:
            tell(f"{what}: {number:,} of {len(things):,} …")
        yield thing


def _do(act: Callable[[], Done], tell: Tell) -> Done:
    if database.engine.dialect.name != "sqlite":
        with transaction(), trail.appended_last():
            return act()
    for _ in range(TRIES):
        done, work = _on_a_copy(act)
        try:
            if work.rows:
                _replay(work)
        except _Differs:
            tell(AGAIN)
        else:
            return done
    raise Refused(BUSY)


def _on_a_copy(act: Callable[[], Done]) -> tuple[Done, _Work]:
    statements: list[tuple[str, Any]] = []
    with _copy() as copy:

        @event.listens_for(copy, "before_cursor_execute")
        def _note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
            if not statement.startswith(("SELECT", "PRAGMA")):
                statements.append((statement, values))

        # A reading transaction: nothing of it stays in the session.
        with on_engine(copy), transaction(write=False):
            head, ids, rows = trail.last_id(), _last_ids(), _rows_changed()
            done = act()
            db.flush()
            added = dict(_last_ids().items() - ids.items())
            return done, _Work(head, statements, _rows_changed() - rows, added)


@contextmanager
def _copy() -> Iterator[Engine]:
    """The database as it is now; never on a disk, where it might be left behind."""
    copy = create_engine("sqlite://", poolclass=StaticPool)
    try:
        with database.engine.connect() as source, copy.connect() as target:
            _raw(source).backup(_raw(target))
        yield copy
    finally:
        copy.dispose()


def _replay(work: _Work) -> None:
    """Raise `_Differs` where it does not come to the same here."""
    with transaction():
        cursor = _raw(db.connection()).cursor()
        rows = _rows_changed()
        if trail.last_id() != work.head:
            raise _Differs
        for statement, run in groupby(work.statements, key=lambda each: each[0]):
            many = [each for _, values in run for each in _listed(values)]
            if statement.startswith(_DML):
                cursor.executemany(statement, many)
            else:
                for each in many:
                    cursor.execute(statement, each)
        if _rows_changed() - rows != work.rows or not work.last_ids.items() <= _last_ids().items():
            raise _Differs


def _listed(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def _raw(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _rows_changed() -> int:
    number: int = _raw(db.connection()).total_changes
    return number


def _last_ids() -> dict[str, int]:
    return dict(db.execute(_LAST_IDS).all())
