"""a site has an address, a phone number and a way in; a calendar link may tell them"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ADDED = ("address", "phone", "way_in")
OWNERS = ("participant_id", "staff_id")


def upgrade() -> None:
    with op.batch_alter_table("site") as batch_op:
        for name in ADDED:
            batch_op.add_column(sa.Column(name, sa.String(), nullable=True))
    for table in ("feed_link", "feed_body"):
        told = sa.Column("is_full", sa.Boolean(), nullable=False, server_default=sa.false())
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(told)
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column("is_full", server_default=None)
    with op.batch_alter_table("feed_body") as batch_op:
        for owner in OWNERS:
            batch_op.drop_constraint(f"uq_feed_body_{owner}", type_="unique")
            batch_op.create_unique_constraint(f"uq_feed_body_{owner}_is_full", [owner, "is_full"])


def downgrade() -> None:
    op.execute("DELETE FROM feed_body WHERE is_full")
    with op.batch_alter_table("feed_body") as batch_op:
        for owner in OWNERS:
            batch_op.drop_constraint(f"uq_feed_body_{owner}_is_full", type_="unique")
            batch_op.create_unique_constraint(f"uq_feed_body_{owner}", [owner])
    for table in ("feed_body", "feed_link"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("is_full")
    with op.batch_alter_table("site") as batch_op:
        for name in reversed(ADDED):
            batch_op.drop_column(name)
