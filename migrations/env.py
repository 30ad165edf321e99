"""How migrations run: all of them or none, on SQLite and PostgreSQL alike."""

import importlib
from pathlib import Path

from alembic import context
from sqlalchemy import Connection, Inspector, Table, event, text

from clinic.db import Base, UTCDateTime, database, writing

for models in sorted(Path(__file__).parent.parent.glob("clinic/*/models.py")):
    importlib.import_module(f"clinic.{models.parent.name}.models")
importlib.import_module("clinic.trail")
importlib.import_module("clinic.outbox")


def plain_types(kind, value, autogen_context):
    """Write our own column types as the plain SQL ones, so that old migrations stay readable."""
    if kind == "type" and isinstance(value, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and type(value).__module__.startswith("clinic."):
        return "sa.String()"
    return False


def keep_numbering(found: Inspector, table: Table, _column: object) -> None:
    """Have a table that is rebuilt go on never to use an id again."""
    kept = text("SELECT 1 FROM sqlite_master WHERE name = :name AND sql LIKE :words")
    words = {"name": table.name, "words": "% PRIMARY KEY AUTOINCREMENT%"}
    if isinstance(found.bind, Connection) and found.bind.scalar(kept, words):
        table.dialect_options["sqlite"]["autoincrement"] = True


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=plain_types,
        compare_type=True,
        transactional_ddl=True,  # on SQLite, too: we begin its transactions ourselves
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        if connection.dialect.name == "sqlite":
            run_on_sqlite(connection)
        else:
            context.run_migrations()


def run_on_sqlite(connection: Connection) -> None:
    """Migrate where a table is often rebuilt: no reference breaks, and no id is used again."""
    last_ids = last_ids_of(connection)
    event.listen(Table, "column_reflect", keep_numbering)
    try:
        context.run_migrations()
    finally:
        event.remove(Table, "column_reflect", keep_numbering)
    for values in last_ids:
        raised = "UPDATE sqlite_sequence SET seq = :seq WHERE name = :name AND seq < :seq"
        connection.execute(text(raised), values)
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"references broken by the migration: {broken[:5]}")


def last_ids_of(connection: Connection) -> list[dict[str, object]]:
    has_any = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"
    if not connection.scalar(text(has_any)):
        return []
    found = connection.execute(text("SELECT name, seq FROM sqlite_sequence"))
    return [dict(row) for row in found.mappings()]


engine = database.engine
with engine.connect() as connection:
    if connection.dialect.name == "sqlite":
        # Rebuilding a table with foreign keys on deletes the rows that point to it.
        raw = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys=OFF")
    with writing():
        run(connection)
    if connection.dialect.name == "sqlite":
        raw.execute("PRAGMA foreign_keys=ON")
