"""an invitation that was mailed knows by which message"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("invitation") as batch_op:
        batch_op.add_column(sa.Column("message_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_invitation_message_id_outbox_message"),
            "outbox_message",
            ["message_id"],
            ["id"],
        )
    # A link stands in what was sent, and whoever has the database must not find one there.
    op.execute(
        "UPDATE outbox_message SET body = '' WHERE sent_at IS NOT NULL OR given_up_at IS NOT NULL"
    )


def downgrade() -> None:
    with op.batch_alter_table("invitation") as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_invitation_message_id_outbox_message"), type_="foreignkey"
        )
        batch_op.drop_column("message_id")
