"""codes of authorizations are upper case, as they are kept since"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

ONE = sa.table("payer_authorization", *map(sa.column, ("id", "enrollment_id", "number", "code")))
FROM = sa.column("from_on", sa.Date())


def upgrade() -> None:
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(ONE.c.id, ONE.c.code, ONE.c.enrollment_id, ONE.c.number, FROM).order_by(ONE.c.id)
    ).all()
    taken = {tuple(row[1:]) for row in rows}
    for its, code, *rest in rows:
        key = code.upper(), *rest
        if key not in taken:  # else the same is there twice: somebody takes one of them away
            taken.add(key)
            connection.execute(sa.update(ONE).where(ONE.c.id == its).values(code=code.upper()))


def downgrade() -> None:
    """Nothing was lost that anybody reads."""
