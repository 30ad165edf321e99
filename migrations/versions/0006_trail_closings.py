"""closings of the trail: how far each chain had come, day by day"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

GUARDS = {
    "sqlite": [
        "CREATE TRIGGER trail_closing_no_update BEFORE UPDATE ON trail_closing"
        " BEGIN SELECT RAISE(ABORT, 'the trail only grows'); END",
        "CREATE TRIGGER trail_closing_no_delete BEFORE DELETE ON trail_closing"
        " BEGIN SELECT RAISE(ABORT, 'the trail only grows'); END",
        "CREATE TRIGGER trail_closing_no_replace BEFORE INSERT ON trail_closing"
        " WHEN EXISTS (SELECT 1 FROM trail_closing WHERE id = NEW.id)"
        " BEGIN SELECT RAISE(ABORT, 'the trail only grows'); END",
    ],
    "postgresql": [
        "CREATE TRIGGER trail_closing_only_grows BEFORE UPDATE OR DELETE ON trail_closing"
        " FOR EACH ROW EXECUTE FUNCTION trail_only_grows()",
    ],
}


def upgrade() -> None:
    op.create_table(
        "trail_closing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chain", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_closing")),
        sa.UniqueConstraint("chain", "number", name=op.f("uq_trail_closing_chain_number")),
    )
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("trail_closing")
