"""how somebody took part is called otherwise than what a session is planned as"""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE booking RENAME COLUMN mode TO took_part")


def downgrade() -> None:
    op.execute("ALTER TABLE booking RENAME COLUMN took_part TO mode")
