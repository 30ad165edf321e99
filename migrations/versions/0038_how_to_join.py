"""groups and meetings say how to join them by video"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("series", "session"):
        op.add_column(table, sa.Column("join_link", sa.String(), nullable=True))


def downgrade() -> None:
    for table in ("session", "series"):
        op.drop_column(table, "join_link")
