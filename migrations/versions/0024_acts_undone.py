"""the words of an act on an enrollment are kept for a day, to undo it"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "act_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_act_words_participant_id_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act_words")),
        sa.UniqueConstraint("act", "participant_id", name=op.f("uq_act_words_act_participant_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_act_words_participant_id"), "act_words", ["participant_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_act_words_participant_id"), table_name="act_words")
    op.drop_table("act_words")
