"""attendance that was signed is amended; large amendments wait for a second person"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

WAITING = sa.text("decision = 'waiting'")


def upgrade() -> None:
    op.add_column(
        "organization",
        sa.Column("amendment_minutes", sa.Integer(), nullable=False, server_default="60"),
    )
    op.create_table(
        "attendance_amendment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("before_version", sa.Integer(), nullable=True),
        sa.Column("before_status", sa.String(20), nullable=True),
        sa.Column("before_arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("before_left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("before_method", sa.String(20), nullable=True),
        sa.Column("after_status", sa.String(20), nullable=True),
        sa.Column("after_arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("after_left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column(
            "why",
            sa.Enum(
                "mistake",
                "times",
                "other_person",
                "check_in",
                "learned_later",
                "left_out",
                "not_booked",
                "other",
                name="why",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "waiting",
                "made",
                "declined",
                name="decision",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_words", sa.String(), nullable=True),
        sa.CheckConstraint(
            "before_status is not null or after_status is not null",
            name=op.f("ck_attendance_amendment_something"),
        ),
        sa.CheckConstraint(
            "(before_status is null) = (before_version is null)",
            name=op.f("ck_attendance_amendment_of_a_version"),
        ),
        sa.CheckConstraint(
            "(decision = 'waiting') = (decided_at is null)",
            name=op.f("ck_attendance_amendment_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_attendance_amendment_session_id_session"),
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_attendance_amendment_enrollment_id_enrollment"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"],
            ["account.id"],
            name=op.f("fk_attendance_amendment_asked_by_id_account"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["account.id"],
            name=op.f("fk_attendance_amendment_decided_by_id_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_amendment")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_attendance_amendment_booking_id"), "attendance_amendment", ["booking_id"]
    )
    op.create_index(
        op.f("ix_attendance_amendment_enrollment_id"), "attendance_amendment", ["enrollment_id"]
    )
    op.create_index(
        op.f("ix_attendance_amendment_session_id_enrollment_id"),
        "attendance_amendment",
        ["session_id", "enrollment_id"],
    )
    op.create_index(
        "ix_attendance_amendment_waiting",
        "attendance_amendment",
        ["session_id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def downgrade() -> None:
    op.drop_table("attendance_amendment")
    op.drop_column("organization", "amendment_minutes")
