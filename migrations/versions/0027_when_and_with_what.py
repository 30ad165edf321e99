"""an event says when it happened, where it was recorded later, and with which device"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("trail_event", sa.Column("occurred_at", sa.DateTime(timezone=True)))
    op.add_column("trail_event", sa.Column("device", sa.String()))


def downgrade() -> None:
    op.drop_column("trail_event", "device")
    op.drop_column("trail_event", "occurred_at")
