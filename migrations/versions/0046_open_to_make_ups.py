"""groups are open to people of other programs who make up for what they missed"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    closed = sa.Column(
        "is_open_to_make_ups", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("series", closed)


def downgrade() -> None:
    op.drop_column("series", "is_open_to_make_ups")
