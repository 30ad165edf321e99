"""what was exported to billing leaves a receipt for each person and day, which stays"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

TABLES = ("receipt_batch", "receipt", "receipt_settlement")


def upgrade() -> None:
    op.create_table(
        "receipt_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("program_id", sa.Integer(), nullable=True),
        sa.Column("is_correction", sa.Boolean(), nullable=False),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exported_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_receipt_batch_range")),
        sa.ForeignKeyConstraint(
            ["exported_by_id"],
            ["account.id"],
            name=op.f("fk_receipt_batch_exported_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id"], ["program.id"], name=op.f("fk_receipt_batch_program_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_receipt_batch_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_batch")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("follows_id", sa.Integer(), nullable=True),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("services", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("participant_key", sa.String(), nullable=False),
        sa.Column("enrollment_key", sa.String(), nullable=False),
        sa.Column("program_key", sa.String(), nullable=False),
        sa.Column("is_part2", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("payer", sa.String(), nullable=True),
        sa.Column("authorization_number", sa.String(), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_receipt_number")),
        sa.CheckConstraint("(number = 1) = (follows_id is null)", name=op.f("ck_receipt_follows")),
        sa.CheckConstraint(
            "units >= 0 and minutes >= 0 and services >= 0", name=op.f("ck_receipt_figures")
        ),
        sa.CheckConstraint("number > 1 or units >= 1", name=op.f("ck_receipt_worth")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["receipt_batch.id"], name=op.f("fk_receipt_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_receipt_enrollment_id")
        ),
        sa.ForeignKeyConstraint(["follows_id"], ["receipt.id"], name=op.f("fk_receipt_follows_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint(
            "enrollment_id", "day", "number", name=op.f("uq_receipt_enrollment_id_day_number")
        ),
        sa.UniqueConstraint("follows_id", name=op.f("uq_receipt_follows_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_receipt_batch_id"), "receipt", ["batch_id"])
    op.create_table(
        "receipt_settlement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column(
            "how",
            sa.Enum(
                "corrected",
                "left",
                name="settled",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("corrected_on", sa.Date(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(how = 'corrected') = (corrected_on is not null)",
            name=op.f("ck_receipt_settlement_corrected_on"),
        ),
        sa.CheckConstraint(
            "how <> 'left' or words is not null", name=op.f("ck_receipt_settlement_says_why")
        ),
        sa.CheckConstraint(
            "units >= 0 and minutes >= 0", name=op.f("ck_receipt_settlement_figures")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk_receipt_settlement_receipt_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"],
            ["account.id"],
            name=op.f("fk_receipt_settlement_settled_by_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_settlement")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_receipt_settlement_receipt_id"), "receipt_settlement", ["receipt_id"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute(
            "CREATE FUNCTION receipts_stay() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'receipts stay as they are'; END $$"
        )
    for table in TABLES:
        for statement in on_sqlite(table) if is_sqlite else on_postgresql(table):
            op.execute(statement)


def on_sqlite(table):
    no = "BEGIN SELECT RAISE(ABORT, 'receipts stay as they are'); END"
    yield f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {no}"
    yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {no}"
    same = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 - a name of ours
    yield f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {same} {no}"


def on_postgresql(table):
    yield (
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION receipts_stay()"
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION receipts_stay()")
