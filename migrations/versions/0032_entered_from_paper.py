"""attendance can be entered from a paper sheet"""

from alembic import op

from migrations.checks import swap_check

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

WITHOUT = "method IN ('kiosk', 'phone', 'carried', 'staff', 'import')"
WITH = "method IN ('kiosk', 'phone', 'carried', 'staff', 'paper', 'import')"


def upgrade() -> None:
    swap_check("booking", "method", WITHOUT, WITH)


def downgrade() -> None:
    op.execute("UPDATE booking SET method = 'staff' WHERE method = 'paper'")
    swap_check("booking", "method", WITH, WITHOUT)
