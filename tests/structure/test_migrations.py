import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import DBAPIError

from clinic import trail
from clinic.db import Base, database, db, transaction, writing
from clinic.programs.models import COUNTED, Kind
from clinic.receipts.models import Settled
from clinic.schedule.models import Method, Status
from tests import make


def test_there_is_one_newest_migration(app):
    config = app.extensions["migrate"].migrate.get_config()
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_the_migrated_database_is_what_the_models_say(app):
    with writing(write=False), database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert constraints_of(connection) == {
            table.name: {
                constraint.name
                for constraint in table.constraints
                if isinstance(constraint, CheckConstraint)
            }
            for table in Base.metadata.sorted_tables
        }


def constraints_of(connection):
    found = inspect(connection)
    return {
        table.name: {constraint["name"] for constraint in found.get_check_constraints(table.name)}
        for table in Base.metadata.sorted_tables
    }


def test_migrations_go_down_to_nothing_and_up_again(app):
    before = schema_of(app)
    with writing(write=False):
        flask_migrate.downgrade(revision="base")
        assert inspect(database.engine).get_table_names() == ["alembic_version"]
        flask_migrate.upgrade()
    assert schema_of(app) == before


def schema_of(app):
    """Tables, columns, indexes, constraints and triggers, as the database itself describes them."""
    with writing(write=False), database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            query = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
            return [
                (kind, name, sorted(line.strip(" \t,") for line in (sql or "").splitlines()))
                for kind, name, sql in connection.exec_driver_sql(query)
            ]  # a rebuilt table lists its constraints in no order
        found = inspect(connection)
        triggers = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
        return (
            [
                (
                    table,
                    [(column["name"], str(column["type"])) for column in found.get_columns(table)],
                    found.get_check_constraints(table),
                    found.get_foreign_keys(table),
                    found.get_unique_constraints(table),
                    found.get_indexes(table),
                )
                for table in sorted(found.get_table_names())
            ],
            connection.exec_driver_sql(triggers).fetchall(),
        )


def test_the_kinds_that_a_program_counts_are_kept_both_ways(app):
    with transaction():
        for number, kinds in enumerate((COUNTED, {Kind.OTHER}, frozenset())):
            make.program(key=f"p{number}", counted_kinds=frozenset(kinds))
    with writing(write=False):
        flask_migrate.downgrade(revision="0002")
        assert rows("SELECT counts_family, counts_group, counts_other FROM program") == [
            (True, True, False),
            (False, False, True),
            (False, False, False),
        ]
        flask_migrate.upgrade()
    assert rows("SELECT counted_kinds FROM program") == [
        ("education family group individual",),
        ("other",),
        ("",),
    ]


def rows(query):
    with writing(write=False), database.engine.connect() as connection:
        return connection.exec_driver_sql(f"{query} ORDER BY key").fetchall()


def test_migrating_again_changes_nothing(app):
    before = schema_of(app)
    with writing(write=False):
        flask_migrate.upgrade()
    assert schema_of(app) == before


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_every_constraint_has_a_name(table):
    assert [
        constraint
        for constraint in Base.metadata.tables[table].constraints
        if not constraint.name and list(getattr(constraint, "columns", []))
    ] == []


NUMBERED = sorted(
    table.name
    for table in Base.metadata.sorted_tables
    if [str(column.type) for column in table.primary_key] == ["INTEGER"]
)


@pytest.mark.parametrize("table", NUMBERED)
def test_no_id_is_used_again(app, table):
    """A page or a link that is still open may name what had it."""
    with writing(write=False), database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            query = f"SELECT sql FROM sqlite_master WHERE name = '{table}'"
            told = connection.exec_driver_sql(query).scalar_one()
            assert "id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT" in told
        else:
            (default,) = (
                column["default"]
                for column in inspect(connection).get_columns(table)
                if column["name"] == "id"
            )
            assert "nextval" in default


def test_all_tables_have_ids_of_their_own_but_the_taps_of_kiosks(app):
    assert set(Base.metadata.tables) - set(NUMBERED) == {"kiosk_tap"}


def everything():
    with writing(write=False), database.engine.connect() as connection:
        return {
            name: sorted(
                str(sorted(row.items()))
                for row in connection.exec_driver_sql(f"SELECT * FROM {name}").mappings()
            )
            for name in set(inspect(connection).get_table_names()) - {"alembic_version"}
        }


def test_what_a_clinic_holds_stays_when_its_ids_are_numbered_anew(app):
    enrollment = make.enrollment(clinician=make.staff())
    make.leave(enrollment, "2026-03-03", "2026-03-09")
    series = make.series(leaders=[make.staff()], room=make.room())
    entry = make.roster_entry(series, enrollment)
    make.booking(make.session(series=series), enrollment, roster_entry=entry)
    make.saved()
    before = everything()
    assert before["booking"] != []
    with writing(write=False):
        flask_migrate.downgrade(revision="0008")
        numbered = everything()
        flask_migrate.downgrade(revision="0007")
        assert everything() == numbered
        flask_migrate.upgrade()
    assert everything() == before


def test_ids_go_on_after_those_that_the_trail_knows(app):
    """What had them may be gone before its table is numbered anew."""
    gone = make.room()
    trail.record("room.added", gone, by=trail.SYSTEM, now=make.instant("2026-03-02 10:00"))
    with writing(write=False):
        flask_migrate.downgrade(revision=removed(gone, "0007"))
        flask_migrate.upgrade()
    assert make.room().id > gone.id


def test_ids_go_on_after_those_that_are_gone_when_a_table_is_rebuilt(app):
    with writing(write=False):
        flask_migrate.downgrade(revision=removed(gone := make.room(), "0008"))
        flask_migrate.stamp(revision="0007")
        flask_migrate.upgrade()
    assert make.room().id > gone.id


def removed(record, revision):
    """The revision, once the record is gone."""
    db.delete(record)
    make.saved()
    return revision


def test_a_series_keeps_the_plan_that_it_has_now_when_plans_go_and_come_back(app):
    series = make.series(from_on="2026-03-02", leaders=[make.staff(), make.staff()])
    plan = make.series_plan(series, "2026-03-16", weekdays="24", seats=9, room=make.room())
    plan.leaders.append(make.SeriesLeader(staff=make.staff(), position=0))
    make.saved()
    expected = [("24", 9, plan.room_id, 1)]
    with writing(write=False):
        flask_migrate.downgrade(revision="0004")
        assert read("SELECT weekdays, seats, room_id, every_weeks FROM series") == expected
        assert len(read("SELECT series_id, staff_id, position FROM series_leader")) == 1
        flask_migrate.upgrade()
    assert read("SELECT weekdays, seats, room_id, every_weeks FROM series_plan") == expected
    assert read("SELECT CAST(from_on AS text) FROM series_plan") == [("2026-03-02",)]
    leaders = "SELECT plan.series_id, position FROM series_leader JOIN series_plan AS plan"
    assert read(f"{leaders} ON plan.id = plan_id") == [(series.id, 0)]


def test_a_session_that_a_closure_cancelled_knows_it_where_nobody_has_done_so_by_hand(app):
    closure = make.closure("2026-03-09", "2026-03-10", name="Storm")
    other = make.session("2026-03-11").site_id
    assert closure.site_id == other
    storm = {"is_cancelled": True, "cancel_reason": "Storm"}
    for day, facts in (
        ("2026-03-09", storm),
        ("2026-03-09", storm | {"is_changed_by_hand": True}),
        ("2026-03-10", storm | {"cancel_reason": "Ana is ill"}),
        ("2026-03-11", storm),
    ):
        make.session(day, **facts)
    make.saved()
    with writing(write=False):
        flask_migrate.downgrade(revision="0006")
        flask_migrate.upgrade()
    found = [closure_id for (closure_id,) in read("SELECT closure_id FROM session ORDER BY id")]
    assert found == [None, closure.id, None, None, None]


def test_links_of_before_they_had_names_get_one_and_lose_nothing(app):
    make.feed_link(make.participant(), name="iPhone")
    make.saved()
    before = read("SELECT token_hash, participant_id, issued_at FROM feed_link")
    with writing(write=False):
        flask_migrate.downgrade(revision="0008")
        assert read("SELECT token_hash, participant_id, issued_at FROM feed_link") == before
        flask_migrate.upgrade()
    assert read("SELECT token_hash, participant_id, issued_at FROM feed_link") == before
    assert read("SELECT name, seen_at FROM feed_link") == [("Calendar", None)]


def test_sites_and_links_of_before_they_said_where_lose_nothing(app):
    make.site(name="Main Street", address="12 Oak Street")
    jordan = make.participant()
    make.feed_link(jordan, name="iPhone", is_full=True)
    make.saved()
    links = read("SELECT id, token_hash, name FROM feed_link")
    with writing(write=False):
        flask_migrate.downgrade(revision="0014")
        assert read("SELECT name, timezone FROM site") == [("Main Street", make.ZONE)]
        write(
            'INSERT INTO feed_body (participant_id, version, "window", build, body, etag,'
            " changed_at) VALUES (:id, 0, '2026-03-02', 'x', :body, 'x', '2026-03-02 12:00')",
            id=jordan.id,
            body=b"kept",
        )
        flask_migrate.upgrade()
    assert read("SELECT id, token_hash, name FROM feed_link") == links
    assert read("SELECT participant_id, is_full FROM feed_body") == [(jordan.id, False)]
    assert read("SELECT name, address FROM site") == [("Main Street", None)]


def test_what_was_typed_before_there_was_one_form_gets_it(app):
    people = [make.participant() for _ in range(4)]
    typed = ["\ufeffJose\u0301  A\xadve\u200dry ", "می\u200cخواهم", "\u200b", "Jo Avery"]
    make.saved()
    with writing(write=False):
        flask_migrate.downgrade(revision="0009")
        for person, name in zip(people, typed, strict=True):
            write("UPDATE participant SET name = :name WHERE id = :id", name=name, id=person.id)
        flask_migrate.upgrade()
    kept = [name for (name,) in read("SELECT name FROM participant ORDER BY id")]
    assert kept == ["José Avery", "می\u200cخواهم", "\u200b", "Jo Avery"]


def write(statement, **facts):
    with database.engine.begin() as connection:
        connection.execute(text(statement), facts)


def test_a_reason_of_an_absence_knows_it(app):
    for status, reason, method in (
        (Status.EXCUSED, "sick", Method.STAFF),
        (Status.PRESENT, "sick", Method.STAFF),
        (Status.PRESENT, "bus", Method.IMPORT),
        (Status.NO_SHOW, None, Method.STAFF),
    ):
        make.booking(status=status, reason=reason, method=method)
    make.saved()
    with writing(write=False):
        flask_migrate.downgrade(revision="0011")
        flask_migrate.upgrade()
    found = [reason_for for (reason_for,) in read("SELECT reason_for FROM booking ORDER BY id")]
    assert found == ["excused", None, "present", None]


def read(query):
    with writing(write=False), database.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def test_codes_of_authorizations_become_upper_case_unless_they_would_be_there_twice(app):
    enrollment, other = make.enrollment(), make.enrollment()
    for who, code, from_on in (
        (enrollment, "h0015", "2026-01-05"),
        (enrollment, "H0015", "2026-02-02"),
        (enrollment, "h0015", "2026-02-02"),
        (enrollment, "s9480-Hf", "2026-03-02"),
        (enrollment, "S9480-hf", "2026-03-02"),
        (other, "h0015", "2026-02-02"),
    ):
        make.authorization(who, number="A1", code=code, from_on=from_on)
    make.saved()
    with writing(write=False):
        flask_migrate.downgrade(revision="0050")
        flask_migrate.upgrade()
    kept = [code for (code,) in read("SELECT code FROM payer_authorization ORDER BY id")]
    assert kept == ["H0015", "H0015", "h0015", "S9480-HF", "S9480-hf", "H0015"]


def test_before_settlements_could_be_taken_back_those_that_were_had_not_been_said(app):
    by = make.staff()
    receipt = make.receipt(make.enrollment(), by)
    first, second = (make.settlement(receipt, by) for _ in range(2))
    taken = {"how": Settled.TAKEN_BACK, "words": None, "takes_back_id": second.id}
    make.settlement(receipt, by, **taken)
    make.saved()
    with writing(write=False):
        flask_migrate.downgrade(revision="0051")
    assert read("SELECT id, how FROM receipt_settlement") == [(first.id, "left")]
    with writing(write=False):
        flask_migrate.upgrade()
    assert read("SELECT id, how FROM receipt_settlement") == [(first.id, "left")]
    with pytest.raises(DBAPIError, match="receipts stay as they are"), transaction():
        db.execute(text("DELETE FROM receipt_settlement"))
