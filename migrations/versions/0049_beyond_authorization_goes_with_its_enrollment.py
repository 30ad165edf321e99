"""why somebody is booked beyond authorization goes with the enrollment"""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

TABLE, KEY = "beyond_authorization", "fk_beyond_authorization_enrollment_id"


def set_key(ondelete):
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.drop_constraint(batch_op.f(KEY), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f(KEY), "enrollment", ["enrollment_id"], ["id"], ondelete=ondelete
        )


def upgrade() -> None:
    set_key("CASCADE")


def downgrade() -> None:
    set_key(None)
