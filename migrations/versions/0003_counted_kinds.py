"""the kinds of session that a program counts, as one set"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KINDS = ("education", "family", "group", "individual", "other")  # in the order of the set's words


def upgrade() -> None:
    with op.batch_alter_table("program") as batch_op:
        batch_op.add_column(sa.Column("counted_kinds", sa.String(), nullable=True))
    words = " || ".join(f"CASE WHEN counts_{kind} THEN '{kind} ' ELSE '' END" for kind in KINDS)
    op.execute(f"UPDATE program SET counted_kinds = trim({words})")  # noqa: S608
    with op.batch_alter_table("program") as batch_op:
        batch_op.alter_column("counted_kinds", existing_type=sa.String(), nullable=False)
        for kind in KINDS:
            batch_op.drop_column(f"counts_{kind}")


def downgrade() -> None:
    columns = [f"counts_{kind}" for kind in KINDS]
    with op.batch_alter_table("program") as batch_op:
        for column in columns:
            batch_op.add_column(sa.Column(column, sa.Boolean(), nullable=True))
    held = ", ".join(
        f"counts_{kind} = (' ' || counted_kinds || ' ' LIKE '% {kind} %')" for kind in KINDS
    )
    op.execute(f"UPDATE program SET {held}")  # noqa: S608
    with op.batch_alter_table("program") as batch_op:
        for column in columns:
            batch_op.alter_column(column, existing_type=sa.Boolean(), nullable=False)
        batch_op.drop_column("counted_kinds")
