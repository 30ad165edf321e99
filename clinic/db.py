"""Base, session, column types and the transaction: the only place that commits."""

import enum
import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import (
    Connection,
    Date,
    DateTime,
    Engine,
    Enum,
    MetaData,
    Row,
    String,
    Table,
    event,
    inspect,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.types import TypeDecorator

AnyRow = Row[*tuple[Any, ...]]  # of a select whose columns are read by name

LARGEST_ID = 2**31 - 1  # that a database can look for
MOST_VALUES = 1000  # of a statement
Value = TypeVar("Value")

PERSONAL = {"personal": True}  # says something about one person
PLAIN = {"personal": False}  # says something about the clinic, or nothing


def id_from(value: Any) -> int:
    """Return the id that a text is; raise `ValueError` where no row can have it."""
    if not 0 <= (number := int(value)) <= LARGEST_ID:
        raise ValueError(value)
    return number


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database. Refuses naive values."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant without an offset: {value}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class WordSet(TypeDecorator[frozenset[Any]]):
    """A set of enum members as one list of words, so that it needs no rows of its own."""

    impl = String
    cache_ok = True

    def __init__(self, members: type[enum.StrEnum]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: frozenset[Any] | None, _dialect: Dialect) -> str | None:
        return None if value is None else " ".join(sorted(member.value for member in value))

    def process_result_value(self, value: str | None, _dialect: Dialect) -> frozenset[Any] | None:
        return None if value is None else frozenset(self.members(word) for word in value.split())


# What `names.sort_key` gives, in the order of its code points.
SORTED = String().with_variant(String(collation="C"), "postgresql")


def _values(names: type[enum.Enum]) -> list[str]:
    return [str(name.value) for name in names]


def another(names: type[enum.Enum], name: str) -> Enum:
    """Return the type of a second column of a table that holds one of the same enumeration."""
    return Enum(names, name=name, native_enum=False, values_callable=_values, length=20)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UTCDateTime(),
        date: Date(),
        # Native enums outlive a downgrade on PostgreSQL: a plain string with a CHECK instead.
        enum.Enum: Enum(
            enum.Enum,
            native_enum=False,
            create_constraint=True,
            values_callable=_values,
            length=20,
        ),
    }

    @classmethod
    def __table_cls__(cls, *args: Any, **options: Any) -> Table:
        """Make its table: no id is used again, which a page that is still open may name."""
        return Table(*args, sqlite_autoincrement=True, **options)


_engine: ContextVar[Engine | None] = ContextVar("engine", default=None)
_is_writing: ContextVar[bool] = ContextVar("is_writing", default=False)


class _Session(Session):
    """The session of the configured database, unless another one is named for a while."""

    def get_bind(self, *args: Any, **options: Any) -> Engine | Connection:
        known = _engine.get() or self.info.get("engine")
        if known is None:  # asked with every statement, and one database has all tables
            known = self.info["engine"] = super().get_bind(*args, **options)
        return known


database = SQLAlchemy(
    metadata=Base.metadata, session_options={"expire_on_commit": False, "class_": _Session}
)
db = database.session


@contextmanager
def on_engine(engine: Engine) -> Iterator[None]:
    """Transactions that begin in here are of that database."""
    token = _engine.set(engine)
    try:
        yield
    finally:
        _engine.reset(token)


@contextmanager
def writing(*, write: bool = True) -> Iterator[None]:
    """Transactions that begin in here take the writer's lock of the embedded database."""
    token = _is_writing.set(write)
    try:
        yield
    finally:
        _is_writing.reset(token)


@contextmanager
def transaction(*, write: bool = True) -> Iterator[None]:
    """Everything inside happens, or nothing does.

    It begins with the first statement, so what is done before costs nobody a lock. A reading
    transaction is always rolled back: whatever happens in it, it changes nothing.
    """
    if db().in_transaction():
        raise RuntimeError("transactions do not nest")
    with writing(write=write):
        try:
            yield
            if write:
                db.commit()
            else:
                _undo()
        except BaseException:
            _undo()
            raise


@contextmanager
def savepoint() -> Iterator[None]:
    """What is done inside is undone when it raises; the transaction around it goes on.

    What was loaded is as it was then, the page that explains can read it; what was loaded inside,
    after a change, is read anew.
    """
    loaded: list[tuple[Any, dict[str, Any]]] = []
    try:
        with db.begin_nested():
            loaded += [(each, _values_of(each)) for each in db()]
            yield
    except BaseException:
        db.expire_all()
        for each, values in loaded:
            for name, value in values.items():
                set_committed_value(each, name, value)
        raise


class _Tried(Exception):
    pass


@contextmanager
def tried() -> Iterator[None]:
    """What is done inside is undone at its end: it is done to see what it leads to."""
    with suppress(_Tried), savepoint():
        yield
        raise _Tried


def _values_of(each: Any) -> dict[str, Any]:
    """What of it is loaded, its relationships too."""
    values = inspect(each).dict
    mapped = {name: values[name] for name in inspect(each).mapper.attrs.keys() & values.keys()}
    return {name: [*it] if isinstance(it, list) else it for name, it in mapped.items()}


def in_portions(values: Iterable[Value]) -> Iterator[list[Value]]:
    """Yield as many values at a time as a statement may hold."""
    listed = list(values)
    return (listed[first : first + MOST_VALUES] for first in range(0, len(listed), MOST_VALUES))


def analyze() -> None:
    """After a bulk load: have PostgreSQL plan for what the tables hold now, not for what they held.

    Its autovacuum does the same within minutes; until then plans made for empty tables read whole
    ones. Outside of any transaction: it keeps nobody's lock for as long as it reads.
    """
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def _undo() -> None:
    # Out of the session first: what was loaded stays readable for the page that explains.
    db.expunge_all()
    db.rollback()


def why_not_ready() -> str | None:
    """Why the database cannot be worked with: out of reach raises, behind is a sentence."""
    directory = current_app.extensions["migrate"].directory
    newest = ScriptDirectory(directory).get_heads()
    with transaction(write=False):
        current = MigrationContext.configure(db.connection()).get_current_heads()
    if set(current) == set(newest):
        return None
    return "The database is not up to date. Run `flask db upgrade` first."


class QueueingConnection(sqlite3.Connection):
    """A SQLite connection whose writers queue in the kernel.

    SQLite's own waiting polls, and under load starves whole processes; an advisory file lock
    taken before BEGIN IMMEDIATE is fair. The kernel frees it when a process dies.
    """

    def __init__(self, database: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(database, *args, **kwargs)
        self._lock_path = f"{database}.lock"
        self._lock: int | None = None

    def begin(self, *, write: bool) -> None:
        if not write:
            self.execute("BEGIN")
            return
        self._lock = os.open(self._lock_path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._release()
            raise

    def commit(self) -> None:
        super().commit()
        self._release()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._release()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._release()

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


SQLITE_SETTINGS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # NORMAL loses acknowledged check-ins at a power cut
    "foreign_keys=ON",
    "recursive_triggers=ON",  # else REPLACE passes by the triggers of the trail
    "busy_timeout=5000",
    "secure_delete=ON",
    "trusted_schema=OFF",
    "mmap_size=0",
)


@event.listens_for(Engine, "do_connect")
def _connect_by_ourselves(
    dialect: Dialect, _record: Any, _args: Any, options: dict[str, Any]
) -> None:
    if dialect.name == "sqlite":
        options.update(factory=QueueingConnection, isolation_level=None)


@event.listens_for(Engine, "connect")
def _set_pragmas(connection: Any, _record: Any) -> None:
    if isinstance(connection, QueueingConnection):
        for setting in SQLITE_SETTINGS:
            connection.execute(f"PRAGMA {setting}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    raw = connection.connection.dbapi_connection
    if isinstance(raw, QueueingConnection):
        raw.begin(write=_is_writing.get())
