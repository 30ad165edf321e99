"""set up by page, and the lives of enrollments"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What the columns begin with where there are rows already; new rows always say.
SETTLED = {
    "organization": ["notice_hours"],
    "program": ["is_active"],
    "room": ["is_active"],
    "session": ["grace_minutes", "is_counted"],
    "site": ["is_active"],
}


def upgrade() -> None:
    op.create_table(
        "rule_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("jurisdiction", sa.String(), nullable=False),
        sa.Column("citation", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("is_provided", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("copied_from_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["copied_from_id"], ["rule_set.id"], name=op.f("fk_rule_set_copied_from_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_set")),
        sa.UniqueConstraint("key", name=op.f("uq_rule_set_key")),
    )
    op.create_table(
        "rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_set_id", sa.Integer(), nullable=False),
        sa.Column(
            "measure",
            sa.Enum(
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
                name="measure",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "population",
            sa.Enum(
                "adult",
                "adolescent",
                name="population",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "group",
                "individual",
                "family",
                "education",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("leaders", sa.Integer(), nullable=True),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.CheckConstraint("leaders is null or leaders >= 1", name=op.f("ck_rule_leaders")),
        sa.CheckConstraint("value >= 0", name=op.f("ck_rule_value")),
        sa.ForeignKeyConstraint(["rule_set_id"], ["rule_set.id"], name=op.f("fk_rule_rule_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule")),
        sa.UniqueConstraint(
            "rule_set_id",
            "measure",
            "population",
            "kind",
            "leaders",
            name=op.f("uq_rule_rule_set_id_measure_population_kind_leaders"),
        ),
    )
    op.create_table(
        "upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("header", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_upload_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_account_id"), ["account_id"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("is_for_emergencies", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_contact_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contact_participant_id"), ["participant_id"], unique=False
        )

    op.create_table(
        "mix_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "group",
                "individual",
                "family",
                "education",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_mix_item_minutes")),
        sa.CheckConstraint("sessions >= 1", name=op.f("ck_mix_item_sessions")),
        sa.ForeignKeyConstraint(
            ["program_id"], ["program.id"], name=op.f("fk_mix_item_program_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mix_item")),
        sa.UniqueConstraint("program_id", "kind", name=op.f("uq_mix_item_program_id_kind")),
    )
    op.create_table(
        "time_off",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_time_off_range")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_time_off_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_off")),
        sa.UniqueConstraint("staff_id", "from_on", name=op.f("uq_time_off_staff_id_from_on")),
    )
    op.create_table(
        "working_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("until_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "0 <= from_minute and from_minute < until_minute and until_minute <= 1440",
            name=op.f("ck_working_hours_range"),
        ),
        sa.CheckConstraint("weekday between 0 and 6", name=op.f("ck_working_hours_weekday")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_working_hours_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_hours")),
        sa.UniqueConstraint(
            "staff_id",
            "weekday",
            "from_minute",
            name=op.f("uq_working_hours_staff_id_weekday_from_minute"),
        ),
    )
    op.create_table(
        "amendment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_amendment_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_amendment_enrollment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
    )
    with op.batch_alter_table("amendment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_amendment_enrollment_id"), ["enrollment_id"], unique=False
        )

    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "expires_on is null or given_on <= expires_on", name=op.f("ck_consent_range")
        ),
        sa.CheckConstraint(
            "revoked_on is null or given_on <= revoked_on", name=op.f("ck_consent_revoked")
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_consent_contact_id")),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_consent_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_consent_participant_id"), ["participant_id"], unique=False
        )

    with op.batch_alter_table("enrollment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "end_reason",
                sa.Enum(
                    "completed",
                    "dropped out",
                    "terminated",
                    "transferred",
                    "incarcerated",
                    "died",
                    "other",
                    name="endreason",
                    native_enum=False,
                    create_constraint=True,
                    length=20,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(
            sa.Column(
                "wished_part",
                sa.Enum(
                    "morning",
                    "afternoon",
                    "evening",
                    name="daypart",
                    native_enum=False,
                    create_constraint=True,
                    length=20,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("continues_id", sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(
            batch_op.f("uq_enrollment_continues_id"), ["continues_id"]
        )
        batch_op.create_check_constraint("end_reason", "end_reason is null or outcome is not null")
        batch_op.create_check_constraint("continues", "continues_id <> id")
        batch_op.create_foreign_key(
            batch_op.f("fk_enrollment_continues_id"), "enrollment", ["continues_id"], ["id"]
        )

    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("notice_hours", sa.Integer(), nullable=False, server_default="24")
        )
        batch_op.add_column(sa.Column("alert_in_a_row", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("alert_misses", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("alert_days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("alert_in_episode", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(
            "day_parts",
            "0 <= afternoon_from and afternoon_from <= evening_from and evening_from <= 1440",
        )
        batch_op.create_check_constraint(
            "alert_within", "(alert_misses is null) = (alert_days is null)"
        )

    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pronouns", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("language", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("phone", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_participant_merged_into_id"), ["merged_into_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_participant_merged_into_id"), "participant", ["merged_into_id"], ["id"]
        )

    with op.batch_alter_table("program", schema=None) as batch_op:
        batch_op.add_column(sa.Column("max_service_days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("rule_set_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        batch_op.create_check_constraint(
            "service_days",
            "min_service_days is null or max_service_days is null"
            " or min_service_days <= max_service_days",
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_program_rule_set_id"), "rule_set", ["rule_set_id"], ["id"]
        )

    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true())
        )

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("grace_minutes", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(
            sa.Column("is_counted", sa.Boolean(), nullable=False, server_default=sa.true())
        )

    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true())
        )

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("license_number", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("license_expires_on", sa.Date(), nullable=True))

    # What a session counts is settled with it from now on: those there are take their program's.
    op.execute(
        "UPDATE session SET grace_minutes ="
        " (SELECT grace_minutes FROM program WHERE program.id = session.program_id)"
    )
    for kind in ("group", "individual", "family", "education", "other"):
        op.execute(
            f"UPDATE session SET is_counted = (SELECT counts_{kind} FROM program"  # noqa: S608
            f" WHERE program.id = session.program_id) WHERE kind = '{kind}'"
        )
    for table, columns in SETTLED.items():
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.alter_column(column, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("license_expires_on")
        batch_op.drop_column("license_number")

    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.drop_column("is_active")

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_column("is_counted")
        batch_op.drop_column("grace_minutes")

    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.drop_column("is_active")

    with op.batch_alter_table("program", schema=None) as batch_op:
        batch_op.drop_constraint("service_days", type_="check")
        batch_op.drop_constraint(batch_op.f("fk_program_rule_set_id"), type_="foreignkey")
        batch_op.drop_column("is_active")
        batch_op.drop_column("rule_set_id")
        batch_op.drop_column("max_service_days")

    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_participant_merged_into_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_participant_merged_into_id"))
        batch_op.drop_column("merged_into_id")
        batch_op.drop_column("phone")
        batch_op.drop_column("language")
        batch_op.drop_column("pronouns")

    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.drop_constraint("alert_within", type_="check")
        batch_op.drop_constraint("day_parts", type_="check")
        batch_op.drop_column("alert_in_episode")
        batch_op.drop_column("alert_days")
        batch_op.drop_column("alert_misses")
        batch_op.drop_column("alert_in_a_row")
        batch_op.drop_column("notice_hours")

    with op.batch_alter_table("enrollment", schema=None) as batch_op:
        batch_op.drop_constraint("daypart", type_="check")
        batch_op.drop_constraint("endreason", type_="check")
        batch_op.drop_constraint("continues", type_="check")
        batch_op.drop_constraint("end_reason", type_="check")
        batch_op.drop_constraint(batch_op.f("fk_enrollment_continues_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_enrollment_continues_id"), type_="unique")
        batch_op.drop_column("continues_id")
        batch_op.drop_column("wished_part")
        batch_op.drop_column("end_reason")

    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_participant_id"))

    op.drop_table("consent")
    with op.batch_alter_table("amendment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_amendment_enrollment_id"))

    op.drop_table("amendment")
    op.drop_table("working_hours")
    op.drop_table("time_off")
    op.drop_table("mix_item")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_participant_id"))

    op.drop_table("contact")
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_upload_account_id"))

    op.drop_table("upload")
    op.drop_table("rule")
    op.drop_table("rule_set")
