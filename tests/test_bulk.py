from collections.abc import Callable
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, inspect, select

from clinic import bulk
from clinic.bulk import AGAIN, TRIES, counted_off
from clinic.db import database, db, transaction
from clinic.errors import Refused
from clinic.kiosk import actions as kiosk
from clinic.kiosk.rules import Tap
from clinic.participants import actions as participants
from clinic.participants.models import Participant
from clinic.participants.queries import pin_digest
from clinic.programs.models import Site
from clinic.schedule.models import Booking, Session, Status
from clinic.tokens import fingerprint, keyed
from clinic.trail import SYSTEM, TrailEvent, broken_chains, record
from tests import make
from tests.dump import changed, dump
from tests.exchange.files import bring, person, riverside

KEY = "a-device-key"
NOW = make.instant("2026-03-02 09:55")


def at_the_door() -> None:
    make.kiosk_device()
    jordan = make.participant(name="Jordan Avery", pin="482913")
    make.booking(make.session(), make.enrollment(jordan))
    make.saved()


def tap() -> str:
    asked = Tap(str(UUID(int=1)), keyed("tap", "482913"), pin_digest("482913"), NOW)
    with transaction():
        (answer,) = kiosk.take([asked], key_hash=fingerprint(KEY), waiting=None, now=NOW)
    return str(answer["result"])


def somebody_else(app: Flask, call: Callable[[], Any]) -> Any:
    """What the call returns in a thread of its own; fails where it has to wait."""
    answers = []

    def run() -> None:
        with app.app_context():
            answers.append(call())

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(timeout=30)
    assert answers, "it waits until the long work is done"
    return answers[0]


def names() -> set[str]:
    return set(db.scalars(select(Participant.name)))


def session_facts() -> list[Any]:
    columns = [column for column in inspect(Session).columns if column.name != "uid"]
    return list(db.execute(select(*columns).order_by(Session.id)).all())


def add(number: int) -> Participant:
    return participants.add_participant(name=f"Person {number}", by=SYSTEM, now=NOW)


def add_site_event() -> None:
    """As most of an import is told: in the chain of the site that the kiosk is at."""
    site = db.scalars(select(Site)).one()
    record("site.changed", site, by=SYSTEM, now=NOW, site_id=site.id)


def test_a_tap_at_the_kiosk_does_not_wait_for_it_and_both_are_kept(app):
    at_the_door()
    answers: list[str] = []

    def act() -> str:
        add(1)
        add_site_event()
        db.flush()
        if not answers:
            answers.append(somebody_else(app, tap))
        return "done"

    told: list[str] = []
    assert bulk.do(act, tell=told.append) == "done"
    assert answers == ["checked_in"]
    with transaction(write=False):
        assert db.scalar(select(Booking.status)) is Status.PRESENT
        assert "Person 1" in names()
        assert broken_chains() == []
    assert told == ([AGAIN] if database.engine.dialect.name == "sqlite" else [])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_when_others_come_first_each_time_nothing_is_kept(app):
    tries = []

    def act() -> None:
        tries.append(add(len(tries)))
        somebody_else(app, lambda: add_in_a_transaction(100 + len(tries)))

    with pytest.raises(Refused, match="Run it again when it is quieter"):
        bulk.do(act, tell=lambda _: None)
    assert len(tries) == TRIES
    with transaction(write=False):
        assert names() == {f"Person {100 + number}" for number in range(1, TRIES + 1)}


def add_in_a_transaction(number: int) -> bool:
    with transaction():
        add(number)
    return True


def test_what_raises_keeps_nothing_and_raises_it(app):
    make.saved()

    def act() -> None:
        add(1)
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        bulk.do(act, tell=lambda _: None)
    with transaction(write=False):
        assert names() == set()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_it_comes_to_the_same_rows_as_in_one_transaction(app):
    data = riverside(participants=[person(n, pin=f"4829{n}") for n in range(100, 125)])
    with transaction(write=False):
        done, rows, sessions = bring(data), dump(), session_facts()
    assert bulk.do(lambda: bring(data), tell=lambda _: None) == done
    with transaction(write=False):
        assert changed(rows, dump()) == {"session"}  # their UIDs are new each time
        assert session_facts() == sessions


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_changes_nothing_waits_for_nobody(app):
    with transaction():
        bring(riverside())
    with database.engine.connect() as other:
        begin = other.connection.dbapi_connection.begin
        begin(write=True)  # somebody else's long transaction
        try:
            done = bulk.do(lambda: bring(riverside()), tell=lambda _: None)
        finally:
            other.connection.rollback()
    assert set(done["participants"]) == {"unchanged"}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_on_the_database_it_reads_nothing_but_whether_it_is_as_the_copy_was(app):
    make.saved()
    seen = []
    event.listen(database.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    bulk.do(lambda: [add(n) for n in range(20)], tell=lambda _: None)
    assert len(seen) < 10, seen
    with transaction(write=False):
        assert len(names()) == 20


def test_the_trail_of_all_of_it_is_in_the_order_of_what_happened(app):
    make.saved()
    bulk.do(lambda: [add(n) for n in range(3)], tell=lambda _: None)
    with transaction(write=False):
        events = db.scalars(select(TrailEvent).order_by(TrailEvent.id)).all()
        ids = db.scalars(select(Participant.id).order_by(Participant.id)).all()
        assert [each.subject_id for each in events if each.verb == "participant.added"] == ids
        assert [each.number for each in events] == list(range(1, len(events) + 1))


def test_how_far_it_has_come_is_told_after_every_thousand(app):
    told: list[str] = []

    def act() -> list[int]:
        return list(counted_off("lines", range(2500)))

    assert bulk.do(act, tell=told.append) == list(range(2500))
    assert told == ["lines: 1,000 of 2,500 …", "lines: 2,000 of 2,500 …"]
    assert act() == list(range(2500))  # by a page it is told to nobody
