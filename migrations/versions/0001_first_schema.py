"""first schema"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The trail only grows. REPLACE would pass by the other two on SQLite, hence the third.
GUARDS = {
    "sqlite": [
        "CREATE TRIGGER trail_event_no_update BEFORE UPDATE ON trail_event"
        " BEGIN SELECT RAISE(ABORT, 'the trail only grows'); END",
        "CREATE TRIGGER trail_event_no_delete BEFORE DELETE ON trail_event"
        " BEGIN SELECT RAISE(ABORT, 'the trail only grows'); END",
        "CREATE TRIGGER trail_event_no_replace BEFORE INSERT ON trail_event"
        " WHEN EXISTS (SELECT 1 FROM trail_event WHERE id = NEW.id)"
        " BEGIN SELECT RAISE(ABORT, 'the trail only grows'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION trail_only_grows() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the trail only grows'; END $$",
        "CREATE TRIGGER trail_event_only_grows BEFORE UPDATE OR DELETE ON trail_event"
        " FOR EACH ROW EXECUTE FUNCTION trail_only_grows()",
    ],
}


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("roles", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "organization",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("week_starts", sa.SmallInteger(), nullable=False),
        sa.Column("afternoon_from", sa.Integer(), nullable=False),
        sa.Column("evening_from", sa.Integer(), nullable=False),
        sa.Column("doors_minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_organization_only_one")),
        sa.CheckConstraint("week_starts between 0 and 6", name=op.f("ck_organization_week_starts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbox_message_sent_at_due_at"), ["sent_at", "due_at"], unique=False
        )

    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("key", name=op.f("uq_site_key")),
    )
    op.create_table(
        "throttle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_throttle")),
        sa.UniqueConstraint("bucket", name=op.f("uq_throttle_bucket")),
    )
    op.create_table(
        "trail_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chain", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(), nullable=True),
        sa.Column("facts", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_event")),
        sa.UniqueConstraint("chain", "number", name=op.f("uq_trail_event_chain_number")),
    )
    with op.batch_alter_table("trail_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trail_event_act"), ["act"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_trail_event_subject_kind_subject_id"),
            ["subject_kind", "subject_id"],
            unique=False,
        )

    op.create_table(
        "trail_look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("participant_ids", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_look")),
    )
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_closure_range")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_closure_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        sa.UniqueConstraint(
            "site_id", "from_on", "until_on", name=op.f("uq_closure_site_id_from_on_until_on")
        ),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_invitation_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_account_id"), ["account_id"], unique=False)

    op.create_table(
        "kiosk_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("paired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unknown_pins", sa.Integer(), nullable=False),
        sa.Column("unknown_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_kiosk_device_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk_device")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_kiosk_device_key_hash")),
    )
    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("preferred_name", sa.String(), nullable=True),
        sa.Column("birth_on", sa.Date(), nullable=True),
        sa.Column("pin_digest", sa.String(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("calendar_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_participant_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("account_id", name=op.f("uq_participant_account_id")),
        sa.UniqueConstraint("key", name=op.f("uq_participant_key")),
        sa.UniqueConstraint("pin_digest", name=op.f("uq_participant_pin_digest")),
    )
    op.create_table(
        "program",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "1",
                "2.1",
                "2.5",
                "aftercare",
                name="level",
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
            nullable=False,
        ),
        sa.Column("min_minutes", sa.Integer(), nullable=False),
        sa.Column("max_minutes", sa.Integer(), nullable=False),
        sa.Column("min_service_days", sa.Integer(), nullable=True),
        sa.Column("weeks", sa.Integer(), nullable=True),
        sa.Column("breaks_count", sa.Boolean(), nullable=False),
        sa.Column("grace_minutes", sa.Integer(), nullable=False),
        sa.Column("is_part2", sa.Boolean(), nullable=False),
        sa.Column("counts_group", sa.Boolean(), nullable=False),
        sa.Column("counts_individual", sa.Boolean(), nullable=False),
        sa.Column("counts_family", sa.Boolean(), nullable=False),
        sa.Column("counts_education", sa.Boolean(), nullable=False),
        sa.Column("counts_other", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "0 <= min_minutes and min_minutes <= max_minutes", name=op.f("ck_program_target")
        ),
        sa.CheckConstraint("grace_minutes >= 0", name=op.f("ck_program_grace_minutes")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_program_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program")),
        sa.UniqueConstraint("key", name=op.f("uq_program_key")),
    )
    op.create_table(
        "room",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.CheckConstraint("seats >= 1", name=op.f("ck_room_seats")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_room_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("site_id", "key", name=op.f("uq_room_site_id_key")),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_account_id"), ["account_id"], unique=False)

    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("credentials", sa.String(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("calendar_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_staff_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("account_id", name=op.f("uq_staff_account_id")),
        sa.UniqueConstraint("key", name=op.f("uq_staff_key")),
    )
    op.create_table(
        "enrollment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("clinician_id", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "completed",
                "transferred",
                "left",
                "discharged",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "outcome is null or until_on is not null", name=op.f("ck_enrollment_ended")
        ),
        sa.CheckConstraint(
            "until_on is null or from_on <= until_on", name=op.f("ck_enrollment_range")
        ),
        sa.ForeignKeyConstraint(
            ["clinician_id"], ["staff.id"], name=op.f("fk_enrollment_clinician_id")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_enrollment_participant_id")
        ),
        sa.ForeignKeyConstraint(
            ["program_id"], ["program.id"], name=op.f("fk_enrollment_program_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment")),
        sa.UniqueConstraint("key", name=op.f("uq_enrollment_key")),
    )
    with op.batch_alter_table("enrollment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_enrollment_clinician_id"), ["clinician_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_enrollment_participant_id"), ["participant_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_enrollment_program_id"), ["program_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrollment_until_on"), ["until_on"], unique=False)

    op.create_table(
        "feed_body",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("window", sa.Date(), nullable=False),
        sa.Column("build", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(participant_id is null) <> (staff_id is null)", name=op.f("ck_feed_body_owner")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_feed_body_participant_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_feed_body_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_body")),
        sa.UniqueConstraint("participant_id", name=op.f("uq_feed_body_participant_id")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_feed_body_staff_id")),
    )
    op.create_table(
        "feed_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(participant_id is null) <> (staff_id is null)", name=op.f("ck_feed_link_owner")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_feed_link_participant_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_feed_link_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feed_link_token_hash")),
    )
    with op.batch_alter_table("feed_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_feed_link_participant_id"), ["participant_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_feed_link_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "kiosk_tap",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("tapped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=True),
        sa.Column("is_refused", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["kiosk_device.id"], name=op.f("fk_kiosk_tap_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_kiosk_tap_participant_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_kiosk_tap_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk_tap")),
    )
    with op.batch_alter_table("kiosk_tap", schema=None) as batch_op:
        batch_op.create_index(
            "ix_kiosk_tap_inbox",
            ["site_id", "received_at"],
            unique=False,
            sqlite_where=sa.text("is_refused = 1 and seen_at is null"),
            postgresql_where=sa.text("is_refused and seen_at is null"),
        )

    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
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
        sa.Column(
            "mode",
            sa.Enum(
                "in_person",
                "virtual",
                "hybrid",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("weekdays", sa.String(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("break_minutes", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("every_weeks", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("laid_out_until", sa.Date(), nullable=True),
        sa.CheckConstraint("break_minutes >= 0", name=op.f("ck_series_break_minutes")),
        sa.CheckConstraint("every_weeks >= 1", name=op.f("ck_series_every_weeks")),
        sa.CheckConstraint("seats >= 1", name=op.f("ck_series_seats")),
        sa.CheckConstraint("starts < ends", name=op.f("ck_series_times")),
        sa.CheckConstraint("until_on is null or from_on <= until_on", name=op.f("ck_series_range")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_series_program_id")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_series_room_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_series_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("key", name=op.f("uq_series_key")),
    )
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_series_program_id"), ["program_id"], unique=False)

    op.create_table(
        "leave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_leave_range")),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_leave_enrollment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave")),
        sa.UniqueConstraint(
            "enrollment_id", "from_on", name=op.f("uq_leave_enrollment_id_from_on")
        ),
    )
    op.create_table(
        "roster_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "until_on is null or from_on <= until_on", name=op.f("ck_roster_entry_range")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_roster_entry_enrollment_id")
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_roster_entry_series_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_entry")),
        sa.UniqueConstraint(
            "series_id",
            "enrollment_id",
            "from_on",
            name=op.f("uq_roster_entry_series_id_enrollment_id_from_on"),
        ),
    )
    with op.batch_alter_table("roster_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_roster_entry_enrollment_id"), ["enrollment_id"], unique=False
        )

    op.create_table(
        "series_leader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_leader_series_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_series_leader_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_leader")),
        sa.UniqueConstraint(
            "series_id", "position", name=op.f("uq_series_leader_series_id_position")
        ),
        sa.UniqueConstraint(
            "series_id", "staff_id", name=op.f("uq_series_leader_series_id_staff_id")
        ),
    )
    with op.batch_alter_table("series_leader", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_series_leader_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
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
        sa.Column(
            "mode",
            sa.Enum(
                "in_person",
                "virtual",
                "hybrid",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("break_minutes", sa.Integer(), nullable=False),
        sa.Column("credit_minutes", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.Column("is_changed_by_hand", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(series_id is null) = (key is not null)", name=op.f("ck_session_key")),
        sa.CheckConstraint(
            "(series_id is null) = (planned_on is null)", name=op.f("ck_session_planned_on")
        ),
        sa.CheckConstraint("credit_minutes >= 0", name=op.f("ck_session_credit_minutes")),
        sa.CheckConstraint("seats >= 1", name=op.f("ck_session_seats")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_session_times")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_session_program_id")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_session_room_id")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_session_series_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_session_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("id", "seats", name=op.f("uq_session_id_seats")),
        sa.UniqueConstraint("key", name=op.f("uq_session_key")),
        sa.UniqueConstraint(
            "series_id", "planned_on", name=op.f("uq_session_series_id_planned_on")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_session_uid")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_session_room_id_starts_at"), ["room_id", "starts_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_session_site_id_day_starts_at"),
            ["site_id", "day", "starts_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_session_site_id_week"), ["site_id", "week"], unique=False
        )

    op.create_table(
        "target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("min_minutes", sa.Integer(), nullable=False),
        sa.Column("max_minutes", sa.Integer(), nullable=False),
        sa.Column("min_service_days", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "0 <= min_minutes and min_minutes <= max_minutes", name=op.f("ck_target_target")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_target_enrollment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
        sa.UniqueConstraint(
            "enrollment_id", "from_on", name=op.f("uq_target_enrollment_id_from_on")
        ),
    )
    op.create_table(
        "transition_week",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_transition_week_enrollment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transition_week")),
        sa.UniqueConstraint(
            "enrollment_id", "week", name=op.f("uq_transition_week_enrollment_id_week")
        ),
    )
    op.create_table(
        "unavailability",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("until_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "0 <= from_minute and from_minute < until_minute and until_minute <= 1440",
            name=op.f("ck_unavailability_range"),
        ),
        sa.CheckConstraint("weekday between 0 and 6", name=op.f("ck_unavailability_weekday")),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_unavailability_enrollment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unavailability")),
        sa.UniqueConstraint(
            "enrollment_id",
            "weekday",
            "from_minute",
            "until_minute",
            name=op.f("uq_unavailability_enrollment_id_weekday_from_minute_until_minute"),
        ),
    )
    op.create_table(
        "booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("seat_no", sa.Integer(), nullable=True),
        sa.Column("enrollment_id", sa.Integer(), nullable=False),
        sa.Column("roster_entry_id", sa.Integer(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "expected",
                "present",
                "excused",
                "late-cancel",
                "no-show",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "method",
            sa.Enum(
                "kiosk",
                "carried",
                "staff",
                "import",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'expected') = (method is null)", name=op.f("ck_booking_captured")
        ),
        sa.CheckConstraint(
            "seat_no is not null or status in ('excused', 'late-cancel')",
            name=op.f("ck_booking_seat"),
        ),
        sa.CheckConstraint(
            "status = 'present' or (arrived_at is null and left_at is null)",
            name=op.f("ck_booking_presence"),
        ),
        sa.CheckConstraint("arrived_at <= left_at", name=op.f("ck_booking_order")),
        sa.CheckConstraint("seat_no between 1 and seats", name=op.f("ck_booking_seat_no")),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_booking_enrollment_id")
        ),
        sa.ForeignKeyConstraint(
            ["roster_entry_id"], ["roster_entry.id"], name=op.f("fk_booking_roster_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["session_id", "seats"],
            ["session.id", "session.seats"],
            name=op.f("fk_booking_session_id_seats"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint(
            "session_id", "enrollment_id", name=op.f("uq_booking_session_id_enrollment_id")
        ),
        sa.UniqueConstraint("session_id", "seat_no", name=op.f("uq_booking_session_id_seat_no")),
    )
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_booking_enrollment_id"), ["enrollment_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_booking_roster_entry_id"), ["roster_entry_id"], unique=False
        )

    op.create_table(
        "session_leader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_session_leader_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_session_leader_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_leader")),
        sa.UniqueConstraint(
            "session_id", "position", name=op.f("uq_session_leader_session_id_position")
        ),
        sa.UniqueConstraint(
            "session_id", "staff_id", name=op.f("uq_session_leader_session_id_staff_id")
        ),
    )
    with op.batch_alter_table("session_leader", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_leader_staff_id"), ["staff_id"], unique=False)

    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table("session_leader", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_leader_staff_id"))

    op.drop_table("session_leader")
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_booking_roster_entry_id"))
        batch_op.drop_index(batch_op.f("ix_booking_enrollment_id"))

    op.drop_table("booking")
    op.drop_table("unavailability")
    op.drop_table("transition_week")
    op.drop_table("target")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_site_id_week"))
        batch_op.drop_index(batch_op.f("ix_session_site_id_day_starts_at"))
        batch_op.drop_index(batch_op.f("ix_session_room_id_starts_at"))

    op.drop_table("session")
    with op.batch_alter_table("series_leader", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_series_leader_staff_id"))

    op.drop_table("series_leader")
    with op.batch_alter_table("roster_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_roster_entry_enrollment_id"))

    op.drop_table("roster_entry")
    op.drop_table("leave")
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_series_program_id"))

    op.drop_table("series")
    with op.batch_alter_table("kiosk_tap", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_kiosk_tap_inbox",
            sqlite_where=sa.text("is_refused = 1 and seen_at is null"),
            postgresql_where=sa.text("is_refused and seen_at is null"),
        )

    op.drop_table("kiosk_tap")
    with op.batch_alter_table("feed_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feed_link_staff_id"))
        batch_op.drop_index(batch_op.f("ix_feed_link_participant_id"))

    op.drop_table("feed_link")
    op.drop_table("feed_body")
    with op.batch_alter_table("enrollment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrollment_until_on"))
        batch_op.drop_index(batch_op.f("ix_enrollment_program_id"))
        batch_op.drop_index(batch_op.f("ix_enrollment_participant_id"))
        batch_op.drop_index(batch_op.f("ix_enrollment_clinician_id"))

    op.drop_table("enrollment")
    op.drop_table("staff")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_account_id"))

    op.drop_table("sign_in")
    op.drop_table("room")
    op.drop_table("program")
    op.drop_table("participant")
    op.drop_table("kiosk_device")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_account_id"))

    op.drop_table("invitation")
    op.drop_table("closure")
    op.drop_table("trail_look")
    with op.batch_alter_table("trail_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trail_event_subject_kind_subject_id"))
        batch_op.drop_index(batch_op.f("ix_trail_event_act"))

    op.drop_table("trail_event")
    op.drop_table("throttle")
    op.drop_table("site")
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_message_sent_at_due_at"))

    op.drop_table("outbox_message")
    op.drop_table("organization")
    op.drop_table("account")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION trail_only_grows()")
