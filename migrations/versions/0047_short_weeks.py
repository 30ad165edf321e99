"""short weeks are closed by a line of somebody"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def words(name, *values):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


CAUSES = (
    "illness",
    "work",
    "family",
    "transport",
    "part of it",
    "no word",
    "cancelled",
    "not planned",
    "refused",
    "other",
)


def upgrade() -> None:
    op.create_table(
        "week_closing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("short_by", words("shortby", *CAUSES), nullable=True),
        sa.Column(
            "offered",
            words("offered", "make-up", "other times", "by video", "nothing"),
            nullable=True,
        ),
        sa.Column(
            "goes_on", words("goeson", "as before", "change target", "step down"), nullable=True
        ),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("delivered_minutes", sa.Integer(), nullable=True),
        sa.Column("min_minutes", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(closed_at is null) = (short_by is null)"
            " and (closed_at is null) = (offered is null)"
            " and (closed_at is null) = (goes_on is null)"
            " and (closed_at is null) = (delivered_minutes is null)"
            " and (closed_at is null) = (min_minutes is null)",
            name=op.f("ck_week_closing_closed_whole"),
        ),
        sa.CheckConstraint(
            "note is null or closed_at is not null", name=op.f("ck_week_closing_note")
        ),
        sa.CheckConstraint(
            "closed_by_id is null or closed_at is not null", name=op.f("ck_week_closing_closed_by")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_week_closing_enrollment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["account.id"], name=op.f("fk_week_closing_closed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_week_closing")),
        sa.UniqueConstraint(
            "enrollment_id", "week", name=op.f("uq_week_closing_enrollment_id_week")
        ),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("week_closing")
