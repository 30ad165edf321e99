"""what was said of the week that runs is kept"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

STATES = (
    "out_of_reach",
    "short",
    "needs_make_up",
    "unconfirmed",
    "on_course",
    "reached",
    "partial",
)


def upgrade() -> None:
    op.create_table(
        "told_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("reachable", sa.Integer(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_told_state_number")),
        sa.CheckConstraint("missing >= 0", name=op.f("ck_told_state_missing")),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_told_state_enrollment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_told_state")),
        sa.UniqueConstraint(
            "enrollment_id", "week", "number", name=op.f("uq_told_state_enrollment_id_week_number")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_told_state_week"), "told_state", ["week"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_told_state_week"), table_name="told_state")
    op.drop_table("told_state")
