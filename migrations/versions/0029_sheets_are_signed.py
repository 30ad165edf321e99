"""sheets are signed; a rule set may ask for two signatures"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

MEASURES = (
    "week_minutes_min",
    "week_minutes_max",
    "day_minutes_min",
    "day_services_min",
    "week_days_min",
    "week_days_max",
    "gap_days_max",
    "average_weeks",
    "mix_sessions_min",
    "mix_sessions_max",
    "mix_minutes_min",
    "seats_min",
    "seats_max",
    "caseload_max",
    "certification_days",
)


def set_measures(measures):
    words = ", ".join(f"'{each}'" for each in measures)
    with op.batch_alter_table("rule") as batch_op:
        batch_op.drop_constraint("measure", type_="check")
        batch_op.create_check_constraint("measure", f"measure IN ({words})")


def upgrade() -> None:
    op.create_table(
        "sign_off",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("is_second", sa.Boolean(), nullable=False),
        sa.Column("is_on_behalf", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("credentials", sa.String(), nullable=True),
        sa.Column("license_number", sa.String(), nullable=True),
        sa.Column("license_expires_on", sa.Date(), nullable=True),
        sa.Column("is_license_valid", sa.Boolean(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words_version", sa.Integer(), nullable=False),
        sa.Column("signatures_min", sa.Integer(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("absent", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "signatures_min between 1 and 2", name=op.f("ck_sign_off_signatures_min")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_sign_off_session_id_session")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_sign_off_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off")),
        sa.UniqueConstraint(
            "session_id", "is_second", name=op.f("uq_sign_off_session_id_is_second")
        ),
        sa.UniqueConstraint("session_id", "staff_id", name=op.f("uq_sign_off_session_id_staff_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sign_off_staff_id"), "sign_off", ["staff_id"])
    set_measures((*MEASURES, "signatures_min"))


def downgrade() -> None:
    op.execute("DELETE FROM rule WHERE measure = 'signatures_min'")
    set_measures(MEASURES)
    op.drop_index(op.f("ix_sign_off_staff_id"), table_name="sign_off")
    op.drop_table("sign_off")
