"""wrong passwords are forgotten one by one"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM throttle")  # they were counted in another way
    op.execute("ALTER TABLE throttle RENAME COLUMN began_at TO tried_at")


def downgrade() -> None:
    op.execute("DELETE FROM throttle")
    op.execute("ALTER TABLE throttle RENAME COLUMN tried_at TO began_at")
