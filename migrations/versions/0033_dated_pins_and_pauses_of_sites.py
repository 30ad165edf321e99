"""a PIN is somebody's from when until when; kiosks of a site wait for a guesser"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("participant", sa.Column("pin_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("retired_pin", sa.Column("given_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("retired_pin") as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_retired_pin_digest"), type_="unique")
    op.create_index(op.f("ix_retired_pin_digest"), "retired_pin", ["digest"])
    op.create_table(
        "kiosk_pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_kiosk_pause_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk_pause")),
        sa.UniqueConstraint("site_id", name=op.f("uq_kiosk_pause_site_id")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("kiosk_pause")
    op.drop_index(op.f("ix_retired_pin_digest"), "retired_pin")
    op.execute(
        "DELETE FROM retired_pin WHERE EXISTS (SELECT 1 FROM retired_pin AS older"
        " WHERE older.digest = retired_pin.digest AND older.id < retired_pin.id)"
    )
    with op.batch_alter_table("retired_pin") as batch_op:
        batch_op.create_unique_constraint(batch_op.f("uq_retired_pin_digest"), ["digest"])
    op.drop_column("retired_pin", "given_at")
    op.drop_column("participant", "pin_since")
