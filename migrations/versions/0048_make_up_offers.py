"""seats that are offered to somebody, and held until they answer"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

OUT = sa.text("outcome is null")
OUTCOMES = ("placed", "taken", "declined", "released", "withdrawn")


def upgrade() -> None:
    op.add_column(
        "organization", sa.Column("hold_hours", sa.Integer(), server_default="4", nullable=False)
    )
    op.create_table(
        "seat_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("seat_no", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("seat_no between 1 and seats", name=op.f("ck_seat_hold_seat_no")),
        sa.ForeignKeyConstraint(
            ["session_id", "seats"],
            ["session.id", "session.seats"],
            name=op.f("fk_seat_hold_session_id_seats"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_seat_hold_enrollment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_hold")),
        sa.UniqueConstraint(
            "session_id", "enrollment_id", name=op.f("uq_seat_hold_session_id_enrollment_id")
        ),
        sa.UniqueConstraint("session_id", "seat_no", name=op.f("uq_seat_hold_session_id_seat_no")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_seat_hold_enrollment_id"), "seat_hold", ["enrollment_id"])
    op.create_table(
        "make_up_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("missed_session_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_by_id", sa.Integer(), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("goes_on", sa.Boolean(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                *OUTCOMES, name="cameofit", native_enum=False, create_constraint=True, length=20
            ),
            nullable=True,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(outcome is null) = (ended_at is null)", name=op.f("ck_make_up_offer_ended")
        ),
        sa.CheckConstraint(
            "(opens_at is null) = (held_until is null)", name=op.f("ck_make_up_offer_held")
        ),
        sa.CheckConstraint(
            "opens_at is not null or ended_at is not null", name=op.f("ck_make_up_offer_answered")
        ),
        sa.CheckConstraint("opens_at <= held_until", name=op.f("ck_make_up_offer_order")),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_make_up_offer_{column}"),
                ondelete=ondelete,
            )
            for column, table, ondelete in (
                ("enrollment_id", "enrollment", "CASCADE"),
                ("session_id", "session", "SET NULL"),
                ("missed_session_id", "session", "SET NULL"),
                ("offered_by_id", "account", None),
                ("ended_by_id", "account", None),
                ("message_id", "outbox_message", None),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_make_up_offer")),
        sqlite_autoincrement=True,
    )
    for column in ("enrollment_id", "session_id", "missed_session_id"):
        op.create_index(op.f(f"ix_make_up_offer_{column}"), "make_up_offer", [column])
    op.create_index(
        "uq_make_up_offer_out",
        "make_up_offer",
        ["enrollment_id"],
        unique=True,
        sqlite_where=OUT,
        postgresql_where=OUT,
    )


def downgrade() -> None:
    op.drop_table("make_up_offer")
    op.drop_table("seat_hold")
    op.drop_column("organization", "hold_hours")
