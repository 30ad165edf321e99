"""dated plans of series"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KINDS = ("group", "individual", "family", "education", "other")
MODES = ("in_person", "virtual", "hybrid")
COLUMNS = "kind, mode, weekdays, starts, ends, break_minutes, seats, every_weeks, room_id"
CHECKS = {
    "times": "starts < ends",
    "break_minutes": "break_minutes >= 0",
    "seats": "seats >= 1",
    "every_weeks": "every_weeks >= 1",
}
LATEST = (
    "SELECT max(from_on) FROM series_plan AS other WHERE other.series_id = series_plan.series_id"
)


def one_of(name: str, words: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=20)


def planned(*, nullable: bool) -> list[sa.Column]:
    return [
        sa.Column("kind", one_of("kind", KINDS), nullable=nullable),
        sa.Column("mode", one_of("mode", MODES), nullable=nullable),
        sa.Column("weekdays", sa.String(), nullable=nullable),
        sa.Column("starts", sa.Time(), nullable=nullable),
        sa.Column("ends", sa.Time(), nullable=nullable),
        sa.Column("break_minutes", sa.Integer(), nullable=nullable),
        sa.Column("seats", sa.Integer(), nullable=nullable),
        sa.Column("every_weeks", sa.Integer(), nullable=nullable),
        sa.Column("room_id", sa.Integer(), nullable=True),
    ]


def upgrade() -> None:
    """Every series gets one plan, from its first day."""
    op.create_table(
        "series_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        *planned(nullable=False),
        *(
            sa.CheckConstraint(words, name=op.f(f"ck_series_plan_{name}"))
            for name, words in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_series_plan_room_id")),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_plan_series_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_plan")),
        sa.UniqueConstraint("series_id", "from_on", name=op.f("uq_series_plan_series_id_from_on")),
    )
    op.execute(
        f"INSERT INTO series_plan (series_id, from_on, {COLUMNS})"  # noqa: S608 - our own words
        f" SELECT id, from_on, {COLUMNS} FROM series ORDER BY id"
    )
    with op.batch_alter_table("series_leader") as batch_op:
        batch_op.add_column(sa.Column("plan_id", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE series_leader SET plan_id ="
        " (SELECT id FROM series_plan WHERE series_plan.series_id = series_leader.series_id)"
    )
    with op.batch_alter_table("series_leader") as batch_op:
        batch_op.drop_constraint("uq_series_leader_series_id_position", type_="unique")
        batch_op.drop_constraint("uq_series_leader_series_id_staff_id", type_="unique")
        batch_op.drop_constraint("fk_series_leader_series_id", type_="foreignkey")
        batch_op.drop_column("series_id")
        batch_op.alter_column("plan_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_series_leader_plan_id"), "series_plan", ["plan_id"], ["id"]
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_series_leader_plan_id_position"), ["plan_id", "position"]
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_series_leader_plan_id_staff_id"), ["plan_id", "staff_id"]
        )
    with op.batch_alter_table("series") as batch_op:
        for name in (*CHECKS, "kind", "mode"):
            batch_op.drop_constraint(name, type_="check")
        batch_op.drop_constraint("fk_series_room_id", type_="foreignkey")
        for name in COLUMNS.split(", "):
            batch_op.drop_column(name)


def downgrade() -> None:
    """Every series keeps the plan that it has now; those before it are lost."""
    with op.batch_alter_table("series") as batch_op:
        for column in planned(nullable=True):
            batch_op.add_column(column)
    for name in COLUMNS.split(", "):
        op.execute(
            f"UPDATE series SET {name} = (SELECT {name} FROM series_plan"  # noqa: S608 - our own
            f" WHERE series_plan.series_id = series.id AND from_on = ({LATEST}))"
        )
    op.execute(
        "DELETE FROM series_leader WHERE plan_id NOT IN"  # noqa: S608 - our own words
        f" (SELECT id FROM series_plan WHERE from_on = ({LATEST}))"
    )
    with op.batch_alter_table("series") as batch_op:
        for column in planned(nullable=False):
            if not column.nullable:
                batch_op.alter_column(column.name, existing_type=column.type, nullable=False)
        for name, words in CHECKS.items():
            batch_op.create_check_constraint(name, words)
        batch_op.create_foreign_key(batch_op.f("fk_series_room_id"), "room", ["room_id"], ["id"])
    with op.batch_alter_table("series_leader") as batch_op:
        batch_op.add_column(sa.Column("series_id", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE series_leader SET series_id ="
        " (SELECT series_id FROM series_plan WHERE series_plan.id = series_leader.plan_id)"
    )
    with op.batch_alter_table("series_leader") as batch_op:
        batch_op.drop_constraint("uq_series_leader_plan_id_position", type_="unique")
        batch_op.drop_constraint("uq_series_leader_plan_id_staff_id", type_="unique")
        batch_op.drop_constraint("fk_series_leader_plan_id", type_="foreignkey")
        batch_op.drop_column("plan_id")
        batch_op.alter_column("series_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_series_leader_series_id"), "series", ["series_id"], ["id"]
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_series_leader_series_id_position"), ["series_id", "position"]
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_series_leader_series_id_staff_id"), ["series_id", "staff_id"]
        )
    op.drop_table("series_plan")
