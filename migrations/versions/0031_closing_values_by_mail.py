"""an organization has an address to which the closing values of the trail are mailed"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organization", sa.Column("closing_email", sa.String()))


def downgrade() -> None:
    op.drop_column("organization", "closing_email")
