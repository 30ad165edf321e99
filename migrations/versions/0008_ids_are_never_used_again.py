"""no id is ever used again on SQLite, as on PostgreSQL: a page that is still open may name it"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        rebuild(remembers=True)
        skip_used_ids()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        rebuild(remembers=False)


def rebuild(*, remembers: bool) -> None:
    """Make every table with a number as its id anew, with what it holds."""
    bind = op.get_bind()
    found = sa.inspect(bind)
    triggers = bind.execute(
        sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    ).all()
    for name, _ in triggers:  # else those of one table stop another one from being renamed
        op.execute(f"DROP TRIGGER {name}")
    for table in sorted(found.get_table_names()):
        if is_numbered(found, table):
            with op.batch_alter_table(
                table,
                recreate="always",
                table_kwargs={"sqlite_autoincrement": remembers},
                naming_convention={"pk": "pk_%(table_name)s"},
            ):
                pass
    for _, statement in triggers:
        op.execute(statement)


def is_numbered(found: sa.Inspector, table: str) -> bool:
    columns = {column["name"]: column["type"] for column in found.get_columns(table)}
    return isinstance(columns.get("id"), sa.Integer)


def skip_used_ids() -> None:
    """Go on after the ids that the trail knows: what had them may be gone by now."""
    bind = op.get_bind()
    used = "SELECT subject_kind, max(subject_id) FROM trail_event GROUP BY subject_kind"
    for table, largest in bind.execute(sa.text(used)).all():
        values = {"table": table, "largest": largest}
        for statement in (
            "DELETE FROM sqlite_sequence WHERE name = :table AND seq < :largest",
            "INSERT INTO sqlite_sequence (name, seq) SELECT :table, :largest"
            " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :table)",
        ):
            bind.execute(sa.text(statement), values)
