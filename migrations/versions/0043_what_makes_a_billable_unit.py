"""rule sets say what makes a billable unit"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

MEASURES = (
    "week_minutes_min",
    "week_minutes_max",
    "day_minutes_min",
    "day_services_min",
    "week_days_min",
    "week_days_max",
    "gap_days_max",
    "average_weeks",
    "mix_sessions_min",
    "mix_sessions_max",
    "mix_minutes_min",
    "seats_min",
    "seats_max",
    "caseload_max",
    "certification_days",
    "signatures_min",
)
UNITS = (
    "unit_minutes_min",
    "unit_services_min",
    "unit_level_services",
    "unit_session_minutes",
    "unit_step_minutes",
    "unit_round_minutes",
    "units_day_max",
)


def listed(measures):
    return ", ".join(f"'{each}'" for each in measures)


def set_measures(measures):
    with op.batch_alter_table("rule") as batch_op:
        batch_op.drop_constraint("measure", type_="check")
        batch_op.create_check_constraint("measure", f"measure IN ({listed(measures)})")


def upgrade() -> None:
    set_measures((*MEASURES, *UNITS))


def downgrade() -> None:
    rule = sa.table("rule", sa.column("measure", sa.String))
    op.execute(sa.delete(rule).where(rule.c.measure.in_(UNITS)))
    set_measures(MEASURES)
