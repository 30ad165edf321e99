"""a calendar link has a name, and when it was last fetched"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nobody was asked so far what each is on.
    with op.batch_alter_table("feed_link") as batch_op:
        batch_op.add_column(
            sa.Column("name", sa.String(), nullable=False, server_default="Calendar")
        )
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("feed_link") as batch_op:
        batch_op.alter_column("name", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("feed_link") as batch_op:
        batch_op.drop_column("seen_at")
        batch_op.drop_column("name")
