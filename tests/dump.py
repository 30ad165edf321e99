"""All that is stored, to be compared: what changes nothing leaves this as it was."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from clinic.db import AnyRow, Base, db
from clinic.trail import TrailEvent

# As the driver gives it: this is asked thousands of times.
_ROWS = {
    table.name: f"SELECT * FROM {table.name} ORDER BY {', '.join(table.primary_key.columns.keys())}"
    for table in Base.metadata.sorted_tables
}


def dump(*but: str) -> dict[str, Sequence[AnyRow]]:
    """Every row of every table, as it is stored now, by table; without those named."""
    db.flush()
    ask = db.connection().exec_driver_sql
    return {name: ask(rows).all() for name, rows in _ROWS.items() if name not in but}


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """The names of the tables that differ."""
    return {name for name in before if before[name] != after[name]}


def number_of(model: type[Base]) -> int:
    """How many rows of it there are."""
    return db.scalars(select(func.count()).select_from(model)).one()


def who_did_what() -> list[tuple[str, int | None]]:
    """The verb and the actor of every event of the trail, the first first."""
    rows = db.execute(select(TrailEvent.verb, TrailEvent.actor_id).order_by(TrailEvent.id))
    return [(verb, actor_id) for verb, actor_id in rows]
