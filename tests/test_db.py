import contextlib
import sqlite3
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta, timezone
from threading import Thread

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from clinic.db import (
    SQLITE_SETTINGS,
    QueueingConnection,
    WordSet,
    analyze,
    db,
    savepoint,
    transaction,
    writing,
)
from clinic.permissions import Role
from clinic.programs.models import Kind, Organization, Program, Site
from clinic.trail import TrailLook
from tests import make
from tests.race import race


def add_site(key="north"):
    db.add(Site(key=key, name="North", timezone="UTC"))


def site_keys():
    return list(db.scalars(select(Site.key).order_by(Site.id)))


def test_a_transaction_keeps_everything(app):
    with transaction():
        add_site("north")
        add_site("south")
    with transaction(write=False):
        assert site_keys() == ["north", "south"]


def test_a_transaction_that_fails_keeps_nothing(app):
    with contextlib.suppress(LookupError), transaction():
        add_site()
        db.flush()
        raise LookupError
    assert site_keys() == []


def test_what_was_loaded_stays_readable_after_it_failed(app):
    make.site(name="Main Street")
    make.saved()
    with contextlib.suppress(LookupError), transaction():
        site = db.scalars(select(Site)).one()
        raise LookupError
    assert site.name == "Main Street"


def test_what_was_loaded_is_as_it_was_after_a_part_failed(app):
    make.site(name="Main Street")
    make.saved()
    with transaction():
        site = db.scalars(select(Site)).one()
        with contextlib.suppress(LookupError), savepoint():
            past_the_session = {"synchronize_session": False}
            db.execute(update(Site).values(name="Elsewhere"), execution_options=past_the_session)
            db.refresh(site)
            raise LookupError
        assert site.name == "Main Street"


def test_what_belongs_to_it_stays_loaded_after_a_part_failed(app):
    series = make.series()
    site, plans = series.site, [*series.plans]
    with contextlib.suppress(LookupError), savepoint():
        raise LookupError
    assert (series.site, [*series.plans]) == (site, plans)


def test_a_reading_transaction_changes_nothing(app):
    with transaction(write=False):
        add_site()
        db.flush()
    assert site_keys() == []


def test_transactions_do_not_nest(app):
    with transaction(write=False):
        site_keys()
        with pytest.raises(RuntimeError, match="do not nest"), transaction():
            pass


def test_a_transaction_takes_no_lock_before_its_first_statement(app):
    def write_meanwhile():
        with app.app_context(), transaction():
            add_site("meanwhile")

    with transaction():
        thread = Thread(target=write_meanwhile)
        thread.start()
        thread.join(timeout=10)
        assert not thread.is_alive()
        add_site("later")
    assert site_keys() == ["meanwhile", "later"]


def test_count_then_insert_is_safe_where_writers_queue(app, database):
    def add_if_none():
        with transaction():
            if database.name == "postgresql":  # it lets writers in together: they lock a parent
                db.get_one(Organization, 1, with_for_update=True)
            if not site_keys():
                add_site()

    make.organization()
    for _ in range(10):
        assert race(app, *[add_if_none] * 4) == [None] * 4
        assert site_keys() == ["north"]
        db.execute(text("DELETE FROM site"))


def test_every_pooled_connection_has_the_settings(app, database):
    with ExitStack() as stack:
        stack.enter_context(writing(write=False))  # else they would queue for one another
        connections = [stack.enter_context(db.get_bind().connect()) for _ in range(8)]
        if database.name == "postgresql":
            expected = {"TimeZone": "UTC", "lock_timeout": "5s", "statement_timeout": "30s"}
            for connection in connections:
                for name, value in expected.items():
                    assert connection.execute(text(f"SHOW {name}")).scalar() == value
            return
        for connection in connections:
            in_force = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in (setting.partition("=")[0] for setting in SQLITE_SETTINGS)
            }
            assert in_force == {
                "journal_mode": "wal",
                "synchronous": 2,
                "foreign_keys": 1,
                "recursive_triggers": 1,
                "busy_timeout": 5000,
                "secure_delete": 1,
                "trusted_schema": 0,
                "mmap_size": 0,
            }


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_writer_that_cannot_begin_leaves_the_queue(app):
    path = db.get_bind().url.database
    with (
        contextlib.closing(QueueingConnection(path, isolation_level=None)) as one,
        contextlib.closing(QueueingConnection(path, isolation_level=None)) as other,
    ):
        one.execute("BEGIN IMMEDIATE")  # past the queue, as another program would
        other.execute("PRAGMA busy_timeout=0")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.begin(write=True)
        one.rollback()
        one.begin(write=True)  # waits for ever if the other still stood in the queue
        one.rollback()


def test_the_database_keeps_references_whole(app):
    make.room()
    with pytest.raises(IntegrityError):
        db.execute(text("DELETE FROM site"))
    db.rollback()


def test_the_database_keeps_values_in_their_list(app):
    make.program()
    with pytest.raises(IntegrityError):
        db.execute(text("UPDATE program SET level = '9'"))
    db.rollback()


def test_enums_are_stored_by_their_values(app):
    make.session(kind=Kind.EDUCATION)
    assert db.execute(text("SELECT kind FROM session")).scalar() == "education"


def test_an_instant_comes_back_in_utc_whatever_its_offset_was(app):
    east = timezone(timedelta(hours=2))
    look = TrailLook(
        looked_at=datetime(2026, 3, 2, 12, 0, 0, 5, tzinfo=east),
        actor_kind="system",
        page="x",
        participant_ids=[],
    )
    db.add(look)
    db.flush()
    db.expire(look)
    assert look.looked_at == datetime(2026, 3, 2, 10, 0, 0, 5, tzinfo=UTC)
    assert look.looked_at.tzinfo is UTC


def test_an_instant_without_an_offset_is_refused(app):
    look = TrailLook(
        looked_at=datetime(2026, 3, 2, 12),  # noqa: DTZ001 - this is the mistake
        actor_kind="system",
        page="x",
        participant_ids=[],
    )
    db.add(look)
    with pytest.raises(StatementError, match="an instant without an offset"):
        db.flush()
    db.rollback()


def test_no_instant_and_no_day_stay_none(app):
    enrollment = make.enrollment(from_on=date(2026, 1, 5))
    booking = make.booking(enrollment=enrollment)
    db.expire(booking)
    db.expire(enrollment)
    assert (booking.arrived_at, enrollment.until_on) == (None, None)
    assert enrollment.from_on == date(2026, 1, 5)


def test_a_relationship_that_was_not_loaded_says_so_instead_of_querying(app):
    make.program()
    make.saved()
    db.expunge_all()
    program = db.scalars(select(Program)).one()
    with pytest.raises(Exception, match="raise_on_sql"):
        program.site.name  # noqa: B018 - reading it is the test


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_writer_who_waits_too_long_is_told(app):
    make.site()
    make.saved()
    db.execute(text("SELECT * FROM site FOR UPDATE"))
    with db.get_bind().connect() as other:
        other.execute(text("SET lock_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            other.execute(text("UPDATE site SET name = 'x'"))


def test_a_set_of_words_is_kept_in_order_and_none_is_none(app):
    words = WordSet(Role)
    stored = words.process_bind_param(frozenset({Role.CLINICIAN, Role.ADMIN}), None)
    assert stored == "admin clinician"
    assert words.process_result_value(stored, None) == {Role.ADMIN, Role.CLINICIAN}
    assert words.process_result_value("", None) == frozenset()
    assert (words.process_bind_param(None, None), words.process_result_value(None, None)) == (
        None,
        None,
    )


def test_postgresql_knows_how_much_its_tables_hold(app, database):
    with transaction():
        for number in range(20):
            add_site(f"site-{number}")
    analyze()
    if database.name == "postgresql":
        estimate = text("SELECT reltuples FROM pg_class WHERE relname = 'site'")
        assert db.scalar(estimate) == 20
        db.rollback()
        with db.get_bind().connect() as connection:
            # Else queries on tables that are empty now would be planned for empty ones ever after.
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM"))
