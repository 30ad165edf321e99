"""a kiosk is heard from, and says what it still has; guesses are forgotten one by one"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

IN_USE = sa.text("revoked_at is null")


def upgrade() -> None:
    # Unknown PINs of the last ten minutes are forgotten: nobody has to wait for them.
    with op.batch_alter_table("kiosk_device") as batch_op:
        batch_op.drop_column("unknown_since")
        batch_op.drop_column("unknown_pins")
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("waiting_taps", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("guessed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("guesses_until", sa.DateTime(timezone=True), nullable=True))
    # Two that were paired at the same moment may have one name.
    op.execute(
        "UPDATE kiosk_device SET name = name || ' (' || id || ')' WHERE revoked_at IS NULL"
        " AND EXISTS (SELECT 1 FROM kiosk_device AS older WHERE older.site_id ="
        " kiosk_device.site_id AND older.name = kiosk_device.name AND older.revoked_at IS NULL"
        " AND older.id < kiosk_device.id)"
    )
    op.create_index(
        "uq_kiosk_device_name",
        "kiosk_device",
        ["site_id", "name"],
        unique=True,
        sqlite_where=IN_USE,
        postgresql_where=IN_USE,
    )


def downgrade() -> None:
    op.drop_index("uq_kiosk_device_name", "kiosk_device")
    with op.batch_alter_table("kiosk_device") as batch_op:
        batch_op.drop_column("guesses_until")
        batch_op.drop_column("guessed_at")
        batch_op.drop_column("waiting_taps")
        batch_op.drop_column("seen_at")
        batch_op.add_column(
            sa.Column("unknown_pins", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(sa.Column("unknown_since", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("kiosk_device") as batch_op:
        batch_op.alter_column("unknown_pins", server_default=None)
