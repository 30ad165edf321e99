"""how a list was brought in has columns of its own, and its settings are typed

Lists are a day's working copy: the file is still with whoever brought it, and `tick` deletes what
is older. They are dropped both ways, instead of being read as something that they were not.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COUNTS = ("added", "changed", "same", "left_out")


def upgrade() -> None:
    op.execute("DELETE FROM upload")
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_column("header")
        batch_op.add_column(sa.Column("brought_in_at", sa.DateTime(timezone=True), nullable=True))
        for count in COUNTS:
            batch_op.add_column(sa.Column(count, sa.Integer(), nullable=False))


def downgrade() -> None:
    op.execute("DELETE FROM upload")
    with op.batch_alter_table("upload", schema=None) as batch_op:
        for count in reversed(COUNTS):
            batch_op.drop_column(count)
        batch_op.drop_column("brought_in_at")
        batch_op.add_column(sa.Column("header", sa.JSON(), nullable=False))
