"""staff open kiosks with a PIN of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff_pin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_staff_pin_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_pin")),
        sa.UniqueConstraint("account_id", name=op.f("uq_staff_pin_account_id")),
        sa.UniqueConstraint("digest", name=op.f("uq_staff_pin_digest")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "kiosk_unlock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("unlocked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_kiosk_unlock_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["kiosk_device.id"], name=op.f("fk_kiosk_unlock_device_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk_unlock")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_kiosk_unlock_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_kiosk_unlock_account_id"), "kiosk_unlock", ["account_id"])
    op.create_index(op.f("ix_kiosk_unlock_device_id"), "kiosk_unlock", ["device_id"])


def downgrade() -> None:
    op.drop_table("kiosk_unlock")
    op.drop_table("staff_pin")
