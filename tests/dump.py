"""All that is stored, to be compared: what changes nothing leaves this as it was."""

from typing import Any

from sqlalchemy import select

from clinic.db import Base, db


def dump(*but: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, as it is stored now, by table; without those named."""
    db.flush()
    tables = (table for table in Base.metadata.sorted_tables if table.name not in but)
    return {
        table.name: [
            dict(row)
            for row in db.connection()
            .execute(select(table).order_by(*table.primary_key))
            .mappings()
        ]
        for table in tables
    }


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """The names of the tables that differ."""
    return {name for name in before if before[name] != after[name]}
