"""a session knows how it was held, and a booking how somebody took part and was identified"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


# Added one by one: no table is made anew, for there may be half a million rows.
def upgrade() -> None:
    for name in ("held_from", "held_until"):
        op.add_column("session", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("session", sa.Column("topic", sa.String(), nullable=True))
    op.add_column("session_leader", sa.Column("has_led", sa.Boolean(), nullable=True))
    for name in ("mode", "identified_by"):
        op.add_column("booking", sa.Column(name, sa.String(20), nullable=True))
    for table, name in (("session_leader", "stood_in"), ("organization", "asks_identity")):
        op.add_column(
            table, sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    for table, names in (
        ("organization", ["asks_identity"]),
        ("booking", ["identified_by", "mode"]),
        ("session_leader", ["stood_in", "has_led"]),
        ("session", ["topic", "held_until", "held_from"]),
    ):
        for name in names:
            op.drop_column(table, name)
