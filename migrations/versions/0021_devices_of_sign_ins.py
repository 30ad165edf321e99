"""a sign-in says on which device and with which browser"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign_in", sa.Column("device", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("sign_in", "device")
