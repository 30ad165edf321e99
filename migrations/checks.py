import sqlalchemy as sa
from alembic import op


def swap_check(table: str, name: str, before: str, after: str) -> None:
    """Have another check stand where one stood. To build the table anew for that takes as long as
    it has rows; what stands in them is allowed by both."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({after})")
        return
    # As in https://www.sqlite.org/lang_altertable.html#otheralter, without a new table.
    version = op.get_bind().exec_driver_sql("PRAGMA schema_version").scalar()
    op.execute("PRAGMA writable_schema = ON")
    op.get_bind().execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :before, :after) WHERE name = :table"),
        {"before": before, "after": after, "table": table},
    )
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")
