"""a session that a closure cancelled knows which"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("session") as batch_op:
        batch_op.add_column(sa.Column("closure_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_session_closure_id"),
            "closure",
            ["closure_id"],
            ["id"],
            ondelete="SET NULL",
        )
    # So far the words told: those of a closure of its day, where nobody has cancelled it by hand.
    op.execute(
        "UPDATE session SET closure_id = (SELECT min(closure.id) FROM closure"
        " WHERE closure.site_id = session.site_id AND closure.name = session.cancel_reason"
        " AND session.day BETWEEN closure.from_on AND closure.until_on)"
        " WHERE is_cancelled AND NOT is_changed_by_hand"
    )


def downgrade() -> None:
    with op.batch_alter_table("session") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_session_closure_id"), type_="foreignkey")
        batch_op.drop_column("closure_id")
