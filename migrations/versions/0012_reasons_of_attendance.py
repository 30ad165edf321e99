"""a reason of an attendance knows the status that it was given for"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("booking", sa.Column("reason_for", sa.String(20), nullable=True))
    # What was given for an absence stayed under a later mark, so only these are certain.
    op.execute(
        "UPDATE booking SET reason_for = status WHERE reason IS NOT NULL"
        " AND (method = 'import' OR status IN ('excused', 'late-cancel', 'no-show'))"
    )


def downgrade() -> None:
    op.drop_column("booking", "reason_for")
