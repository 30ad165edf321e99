"""attendance can be entered from a paper sheet"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

WITHOUT = "method IN ('kiosk', 'phone', 'carried', 'staff', 'import')"
WITH = "method IN ('kiosk', 'phone', 'carried', 'staff', 'paper', 'import')"


def upgrade() -> None:
    check(WITHOUT, WITH)


def downgrade() -> None:
    op.execute("UPDATE booking SET method = 'staff' WHERE method = 'paper'")
    check(WITH, WITHOUT)


def check(before: str, after: str) -> None:
    """Have another check stand where one stood, without building the table anew."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE booking DROP CONSTRAINT ck_booking_method")
        op.execute(f"ALTER TABLE booking ADD CONSTRAINT ck_booking_method CHECK ({after})")
        return
    # As in https://www.sqlite.org/lang_altertable.html#otheralter, without a new table.
    version = op.get_bind().exec_driver_sql("PRAGMA schema_version").scalar()
    op.execute("PRAGMA writable_schema = ON")
    op.get_bind().execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :before, :after) WHERE name = 'booking'"
        ),
        {"before": before, "after": after},
    )
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")
