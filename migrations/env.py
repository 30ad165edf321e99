"""How migrations run: all of them or none, on SQLite and PostgreSQL alike."""

import importlib
from pathlib import Path

from alembic import context
from sqlalchemy import Connection

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


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=plain_types,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"references broken by the migration: {broken[:5]}")


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
