"""a kiosk is of a kind, and how wrong its clock goes is measured"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

KINDS = ("keypad", "search", "room")


def upgrade() -> None:
    for table in ("kiosk_device", "pairing_code"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(
                sa.Column("kind", sa.String(20), nullable=False, server_default="keypad")
            )
            batch_op.create_check_constraint(
                batch_op.f(f"ck_{table}_station"), sa.column("kind").in_(KINDS)
            )
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column("kind", server_default=None)
    op.add_column("kiosk_device", sa.Column("clock_ahead", sa.Integer(), nullable=True))
    with op.batch_alter_table("kiosk_device") as batch_op:
        batch_op.add_column(
            sa.Column("clock_readings", sa.Integer(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("kiosk_device") as batch_op:
        batch_op.alter_column("clock_readings", server_default=None)
    op.add_column("kiosk_tap", sa.Column("clock_ahead", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("kiosk_tap", "clock_ahead")
    for name in ("clock_readings", "clock_ahead"):
        with op.batch_alter_table("kiosk_device") as batch_op:
            batch_op.drop_column(name)
    for table in ("pairing_code", "kiosk_device"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(batch_op.f(f"ck_{table}_station"), type_="check")
            batch_op.drop_column("kind")
