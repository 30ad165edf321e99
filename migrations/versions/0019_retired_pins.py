"""a PIN that somebody had is kept, so that it is never given to somebody else"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retired_pin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_retired_pin_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retired_pin")),
        sa.UniqueConstraint("digest", name=op.f("uq_retired_pin_digest")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_retired_pin_participant_id"), "retired_pin", ["participant_id"])


def downgrade() -> None:
    op.drop_table("retired_pin")
