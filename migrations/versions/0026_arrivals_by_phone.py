"""somebody can check in by phone"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

WITHOUT = "method IN ('kiosk', 'carried', 'staff', 'import')"
WITH = "method IN ('kiosk', 'phone', 'carried', 'staff', 'import')"


def upgrade() -> None:
    check(WITHOUT, WITH)


def downgrade() -> None:
    op.execute("UPDATE booking SET method = 'kiosk' WHERE method = 'phone'")
    check(WITH, WITHOUT)


def check(before: str, after: str) -> None:
    """Have another check stand where one stood. To build the table anew for that takes as long as
    there are bookings; what stands in its rows is allowed by both."""
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
