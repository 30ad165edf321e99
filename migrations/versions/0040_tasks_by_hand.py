"""tasks are given by hand, and their owners told of them"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

MISSES = ("in a row", "first miss", "falling")
CHECKS = {
    "says_what": "(why = 'given') = (what is not null)",
    "says_how_bad": "why = 'given' or (figure is not null and missed_on is not null)",
}


OUTCOMES = ("spoken", "message left", "not reached", "plan changed", "nothing to do")


def set_words(batch_op, name, column, *words):
    listed = ", ".join(f"'{each}'" for each in words)
    batch_op.drop_constraint(name, type_="check")
    batch_op.create_check_constraint(name, f"{column} IN ({listed})")


def upgrade() -> None:
    with op.batch_alter_table("task") as batch_op:
        set_words(batch_op, "why", "why", *MISSES, "given")
        set_words(batch_op, "taskoutcome", "outcome", *OUTCOMES, "carried out")
        batch_op.alter_column("figure", existing_type=sa.Integer(), nullable=True)
        batch_op.alter_column("missed_on", existing_type=sa.Date(), nullable=True)
        batch_op.add_column(sa.Column("what", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("given_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
        for name, (column, table) in {
            "fk_task_owner_id": ("owner_id", "staff"),
            "fk_task_given_by_id": ("given_by_id", "account"),
        }.items():
            batch_op.create_foreign_key(batch_op.f(name), table, [column], ["id"])
    with op.batch_alter_table("task") as batch_op:
        for name, condition in CHECKS.items():
            batch_op.create_check_constraint(name, condition)
    op.execute("UPDATE task SET told_at = raised_at")  # nobody is told of what they know


def downgrade() -> None:
    op.execute("DELETE FROM task WHERE why = 'given'")
    with op.batch_alter_table("task") as batch_op:
        for name in CHECKS:
            batch_op.drop_constraint(name, type_="check")
    with op.batch_alter_table("task") as batch_op:
        for name in ("owner_id", "given_by_id"):
            batch_op.drop_constraint(batch_op.f(f"fk_task_{name}"), type_="foreignkey")
        for name in ("told_at", "given_by_id", "owner_id", "what"):
            batch_op.drop_column(name)
        batch_op.alter_column("missed_on", existing_type=sa.Date(), nullable=False)
        batch_op.alter_column("figure", existing_type=sa.Integer(), nullable=False)
        set_words(batch_op, "taskoutcome", "outcome", *OUTCOMES)
        set_words(batch_op, "why", "why", *MISSES)
