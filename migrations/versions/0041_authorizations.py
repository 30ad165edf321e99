"""authorizations of payers and certifications"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

SETTINGS = (
    ("excused_use_units", sa.Boolean(), sa.false()),
    ("authorization_days", sa.Integer(), "14"),
    ("authorization_percent", sa.Integer(), "20"),
)


def words(name, *values):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    for name, kind, default in SETTINGS:
        column = sa.Column(name, kind, server_default=default, nullable=False)
        op.add_column("organization", column)
    op.create_table(
        "payer_authorization",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("payer", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("unit", words("unit", "day", "session", "hour"), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_payer_authorization_range")),
        sa.CheckConstraint("units > 0", name=op.f("ck_payer_authorization_units")),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_payer_authorization_enrollment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payer_authorization")),
        sa.UniqueConstraint(
            "enrollment_id",
            "number",
            "code",
            "from_on",
            name=op.f("uq_payer_authorization_enrollment_id_number_code_from_on"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "certification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("certified_on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("license", sa.String(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "review_on is null or certified_on <= review_on", name=op.f("ck_certification_review")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_certification_enrollment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification")),
        sa.UniqueConstraint(
            "enrollment_id",
            "certified_on",
            name=op.f("uq_certification_enrollment_id_certified_on"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "beyond_authorization",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column(
            "why",
            words("goingon", "asked for", "not needed", "not billed", "other payer"),
            nullable=False,
        ),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_beyond_authorization_enrollment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_beyond_authorization_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_beyond_authorization")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_beyond_authorization_enrollment_id"), "beyond_authorization", ["enrollment_id"]
    )


def downgrade() -> None:
    for name in ("beyond_authorization", "certification", "payer_authorization"):
        op.drop_table(name)
    for name, *_ in reversed(SETTINGS):
        op.drop_column("organization", name)
