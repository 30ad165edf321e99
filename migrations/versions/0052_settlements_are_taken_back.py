"""what was said of a claim by mistake is taken back"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

TABLE = "receipt_settlement"
KEY, UNIQUE = f"fk_{TABLE}_takes_back_id", f"uq_{TABLE}_takes_back_id"
TAKEN = "takes_back_id IS NOT NULL"


def set_words(batch_op, *words):
    listed = ", ".join(f"'{each}'" for each in words)
    batch_op.drop_constraint("settled", type_="check")
    batch_op.create_check_constraint("settled", f"how IN ({listed})")


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as batch_op:
        set_words(batch_op, "corrected", "left", "taken back")
        batch_op.add_column(sa.Column("takes_back_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f(KEY), TABLE, ["takes_back_id"], ["id"])
        batch_op.create_unique_constraint(batch_op.f(UNIQUE), ["takes_back_id"])
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.create_check_constraint(
            "takes_back", "(how = 'taken back') = (takes_back_id is not null)"
        )
    stay_as_they_are()


def downgrade() -> None:
    may_go()
    gone = f"id IN (SELECT takes_back_id FROM {TABLE} WHERE {TAKEN})"  # noqa: S608 - a name of ours
    op.execute(f"CREATE TEMPORARY TABLE gone AS SELECT id FROM {TABLE} WHERE {gone}")  # noqa: S608
    op.execute(f"DELETE FROM {TABLE} WHERE {TAKEN}")  # noqa: S608
    op.execute(f"DELETE FROM {TABLE} WHERE id IN (SELECT id FROM gone)")  # noqa: S608
    op.execute("DROP TABLE gone")
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.drop_constraint("takes_back", type_="check")
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.drop_constraint(batch_op.f(UNIQUE), type_="unique")
        batch_op.drop_constraint(batch_op.f(KEY), type_="foreignkey")
        batch_op.drop_column("takes_back_id")
        set_words(batch_op, "corrected", "left")
    stay_as_they_are()


def is_sqlite():
    return op.get_bind().dialect.name == "sqlite"


def may_go():
    """For what can only be said with the new column; SQLite's table is made anew anyhow."""
    if is_sqlite():
        for what in ("update", "delete", "replace"):
            op.execute(f"DROP TRIGGER {TABLE}_no_{what}")
    else:
        op.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")


def stay_as_they_are():
    """As when the table was made: SQLite's triggers went with the table that it was before."""
    if not is_sqlite():
        op.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")
        return
    no = "BEGIN SELECT RAISE(ABORT, 'receipts stay as they are'); END"
    op.execute(f"CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} {no}")
    op.execute(f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} {no}")
    same = f"WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)"  # noqa: S608 - a name of ours
    op.execute(f"CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE} {same} {no}")
