"""a clinic says how people check in by phone, and what they did is kept for whoever leads"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

WORDS = "('off', 'code', 'button')"


def upgrade() -> None:
    # With the column, so that no table is built anew for its check.
    for table, rest in (("organization", "DEFAULT 'code' NOT NULL "), ("program", "")):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN phone_check_in VARCHAR(20) {rest}"
            f"CONSTRAINT ck_{table}_phonecheckin CHECK (phone_check_in IN {WORDS})"
        )
    op.create_table(
        "phone_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(), nullable=True),
        sa.Column("gone_seconds", sa.Integer(), nullable=False),
        sa.Column(
            "refused",
            sa.Enum(
                "run-out",
                "elsewhere",
                "wrong",
                name="refusal",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_phone_event_participant_id_participant"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_phone_event_session_id_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_event")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_phone_event_participant_id"), "phone_event", ["participant_id"])
    op.create_index(op.f("ix_phone_event_session_id"), "phone_event", ["session_id"])


def downgrade() -> None:
    op.drop_table("phone_event")
    for table in ("program", "organization"):
        op.drop_column(table, "phone_check_in")
