"""days of somebody's that are not billed, and programs that are billed with an authorization"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

WHY = ("under", "no_authorization", "no_license", "other_payer", "other")


def upgrade() -> None:
    op.create_table(
        "unbilled_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column(
            "why",
            sa.Enum(*WHY, name="notbilled", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("units >= 0 and minutes >= 0", name=op.f("ck_unbilled_day_figures")),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_unbilled_day_enrollment_id_enrollment"),
        ),
        sa.ForeignKeyConstraint(
            ["said_by_id"], ["account.id"], name=op.f("fk_unbilled_day_said_by_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unbilled_day")),
        sa.UniqueConstraint("enrollment_id", "day", name=op.f("uq_unbilled_day_enrollment_id_day")),
        sqlite_autoincrement=True,
    )
    op.add_column(
        "program",
        sa.Column("needs_authorization", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("program", "needs_authorization")
    op.drop_table("unbilled_day")
