"""tasks after misses"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def words(name, *values):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    for name in ("alert_after_run", "alert_fall"):
        op.add_column("organization", sa.Column(name, sa.Integer(), nullable=True))
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("why", words("why", "in a row", "first miss", "falling"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figure", sa.Integer(), nullable=False),
        sa.Column("figure_before", sa.Integer(), nullable=True),
        sa.Column("missed_on", sa.Date(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", words("taskstate", "open", "done", "withdrawn"), nullable=False),
        sa.Column(
            "outcome",
            words(
                "taskoutcome",
                "spoken",
                "message left",
                "not reached",
                "plan changed",
                "nothing to do",
            ),
            nullable=True,
        ),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'done') = (done_at is not null)", name=op.f("ck_task_done")),
        sa.CheckConstraint(
            "state <> 'done' or outcome is not null", name=op.f("ck_task_came_of_it")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_task_participant_id")
        ),
        sa.ForeignKeyConstraint(["done_by_id"], ["account.id"], name=op.f("fk_task_done_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint(
            "participant_id", "why", "since", name=op.f("uq_task_participant_id_why_since")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_task_state_due_on"), "task", ["state", "due_on"])


def downgrade() -> None:
    op.drop_table("task")
    for name in ("alert_fall", "alert_after_run"):
        op.drop_column("organization", name)
