"""somebody can check in by phone"""

from alembic import op

from migrations.checks import swap_check

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

WITHOUT = "method IN ('kiosk', 'carried', 'staff', 'import')"
WITH = "method IN ('kiosk', 'phone', 'carried', 'staff', 'import')"


def upgrade() -> None:
    swap_check("booking", "method", WITHOUT, WITH)


def downgrade() -> None:
    op.execute("UPDATE booking SET method = 'kiosk' WHERE method = 'phone'")
    swap_check("booking", "method", WITH, WITHOUT)
