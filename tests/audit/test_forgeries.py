"""Somebody has a copy of the database file, but not the secret: whatever they change is found.

25 times as a rule; 1,000 times in `make torture`. A file is SQLite's.
"""

import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import joinedload

from clinic import trail
from clinic.amendments import actions as amendments
from clinic.amendments.rules import Stand
from clinic.arrivals.actions import arrive
from clinic.attendance import actions
from clinic.attendance.queries import get_booking
from clinic.attendance.rules import looked_at
from clinic.audit.queries import bookings_compared, others_compared
from clinic.bookings.queries import booked_for
from clinic.db import database as database_of
from clinic.db import db, on_engine, transaction
from clinic.held.actions import record
from clinic.held.rules import Held, Led
from clinic.schedule.actions import seats
from clinic.schedule.models import Booking, Method, Session, Status, Why
from clinic.signing import actions as signing
from clinic.trail import Actor
from tests import make
from tests.chance import TORTURE

pytestmark = pytest.mark.torture
FORGERIES = 1000 if TORTURE else 25
NOON = make.instant("2026-03-02 12:00")
MARKS = [
    {"status": Status.PRESENT, "left_at": make.instant("2026-03-02 10:50")},
    {"status": Status.NO_SHOW},
    {"status": Status.NO_SHOW, "reason": "Nobody saw them."},
    {"status": Status.EXCUSED, "reason": "The bus."},
    {"status": Status.PRESENT, "arrived_at": make.instant("2026-03-02 10:20")},
]
BY = Actor("account", 1, "sign_in:1")


@pytest.fixture
def copied(app, database, tmp_path) -> Iterator[Engine]:
    """A file with two sites, and sessions that went every way; some are signed."""
    if database.name != "sqlite":
        pytest.skip("a file is SQLite's")
    ana = make.staff(name="Ana Rivera")
    programs = [make.program(make.site()) for _ in range(2)]
    for number in range(6):
        _attended(make.session(program=programs[number % 2], leaders=[ana]), ana, number)
    _announced(make.session("2026-03-03", program=programs[0]))
    make.saved()
    path = tmp_path / "copy.db"
    with (
        closing(sqlite3.connect(database_of.engine.url.database)) as source,
        closing(sqlite3.connect(path)) as target,
    ):
        source.backup(target)
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _without_checks(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("PRAGMA ignore_check_constraints=ON")

    yield engine
    engine.dispose()


def _attended(session, ana, number: int) -> None:
    bookings = [make.booking(session, make.enrollment(program=session.program)) for _ in MARKS]
    for place, (booking, facts) in enumerate(zip(bookings, MARKS, strict=True)):
        if place % 2 == 0:
            arrive(
                booking.enrollment.participant_id,
                session.site,
                at=session.starts_at + timedelta(minutes=place),
                method=Method.KIOSK,
                by=Actor("kiosk", 1),
                now=NOON,
            )
        make.saved()
        make.read_afresh()
        found = get_booking(session.id, booking.id, scope=None)
        actions.mark(found, **facts, version=found.version, by=BY, now=NOON)
    if number % 3:
        leaders = (Led(ana.id, ana.name, has_led=True, stood_in=False),)
        held = Held(session.starts_at + timedelta(minutes=3), None, "Relapse", leaders)
        record(session, held, by=BY, now=NOON)
        make.saved()
        make.read_afresh()
        session = db.get_one(Session, session.id, options=[joinedload(Session.leaders)])
        seen = looked_at(session, booked_for(session.id))
        signing.sign(session, {}, staff_id=ana.id, seen=seen, may_for_others=False, by=BY, now=NOON)
        _amended(session, bookings[number % 2])


def _announced(session) -> None:
    """Somebody does not come; and somebody else, whose absence went with their enrollment."""
    for _ in range(2):
        booking = make.booking(session, make.enrollment(program=session.program))
        make.saved()
        early = session.starts_at - timedelta(days=2)
        actions.announce([booking.id], reason=None, notice_hours=24, by=BY, now=early)
    seats.release(Booking.id == booking.id, by=BY, now=early)


def _amended(session, booking) -> None:
    make.saved()
    make.read_afresh()
    found = get_booking(session.id, booking.id, scope=None)
    proposal = amendments.propose(
        found.session,
        found.enrollment_id,
        Stand(Status.EXCUSED) if found.status is Status.PRESENT else Stand(Status.PRESENT),
        booking_id=found.id,
        version=found.version,
        why=Why.LEARNED_LATER,
        words="A letter came.",
        now=NOON,
    )
    amendments.make(found.session, proposal, by=BY, now=NOON)


def problems(kept: list[str]) -> list[str]:
    return [
        *trail.broken_chains(kept),
        *bookings_compared().sentences,
        *others_compared(),
    ]


def test_whatever_is_changed_in_the_file_is_found_against_the_last_values(copied):
    with on_engine(copied):
        with transaction():
            kept = [closing.value for closing in trail.close(now=NOON)]
        with transaction(write=False):
            assert problems(kept) == []
        for seed in range(FORGERIES):
            chance = random.Random(seed)
            forge = KINDS[seed % len(KINDS)]
            assert _is_found(forge, chance, kept), (seed, forge.__name__)


def _is_found(forge: Callable[[random.Random], None], chance: random.Random, kept: Any) -> bool:
    """With the guards of the trail, which may refuse it at once, or without them."""
    has_guards = chance.random() < 0.3
    with transaction(write=False):
        if not has_guards:
            for (name,) in _all("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
                db.execute(text(f"DROP TRIGGER {name}"))
        try:
            forge(chance)
        except DatabaseError as refused:
            return has_guards and "only grows" in str(refused)
        db.expire_all()
        return problems(kept) != []


def _all(statement: str, **values: Any) -> list[Any]:
    return list(db.execute(text(statement), values).all())


def _one(chance: random.Random, table: str, where: str = "true") -> Any:
    """A row by chance."""
    return chance.choice(_all(f"SELECT * FROM {table} WHERE {where} ORDER BY id"))


def _set(table: str, row_id: int, **values: Any) -> None:
    columns = ", ".join(f"{name} = :{name}" for name in values)
    db.execute(
        text(f"UPDATE {table} SET {columns} WHERE id = :row_id"), {**values, "row_id": row_id}
    )


def _other(chance: random.Random, row: Any, **offers: Any) -> dict[str, Any]:
    """One column with something else in it."""
    name = chance.choice(sorted(offers))
    offered = [each for each in offers[name] if each != getattr(row, name)]
    return {name: chance.choice(offered)}


TIMES = ["2026-03-02 15:01:00.000000", "2026-03-02 15:59:00.000000", None]


def a_booking(chance: random.Random) -> None:
    row = _one(chance, "booking")
    values = _other(
        chance,
        row,
        status=[each.value for each in Status],
        arrived_at=TIMES,
        left_at=TIMES,
        recorded_at=TIMES,
        signed_at=TIMES,
        method=["staff", "kiosk", "phone", "import", None],
        reason=["He was ill.", "The bus!", None],
        reason_for=["no-show", "present", None],
        took_part=["virtual", None],
        identified_by=["known", "photo-id", None],
        enrollment_id=[row.enrollment_id + 100],
        session_id=[row.session_id + 1],
    )
    if "session_id" in values:
        values["seat_no"] = 900  # the one there is taken
    _set("booking", row.id, **values)


def two_bookings_exchanged(chance: random.Random) -> None:
    """What was recorded of one stands with the other one."""
    one = _one(chance, "booking", "status = 'present'")
    other = _one(chance, "booking", "status = 'no-show'")
    names = ("status", "arrived_at", "left_at", "method", "recorded_at", "reason", "reason_for")
    for row, source in ((one, other), (other, one)):
        _set("booking", row.id, **{name: getattr(source, name) for name in names})


def a_booking_taken_out(chance: random.Random) -> None:
    row = _one(chance, "booking", "status in ('present', 'no-show')")
    db.execute(text("DELETE FROM booking WHERE id = :id"), {"id": row.id})


def an_announced_absence_taken_out(chance: random.Random) -> None:
    row = _one(chance, "booking", "status = 'excused' and recorded_at < '2026-03-02'")
    db.execute(text("DELETE FROM booking WHERE id = :id"), {"id": row.id})


def an_absence_that_went_put_in(chance: random.Random) -> None:
    row = _one(chance, "booking", "status = 'excused' and recorded_at < '2026-03-02'")
    [(gone,)] = _all("SELECT subject_id FROM trail_event WHERE verb = 'attendance.taken_off'")
    facts = _all(
        "SELECT facts FROM trail_event WHERE subject_id = :gone AND verb LIKE '%announced'",
        gone=gone,
    )
    enrollment_id = json.loads(facts[0][0])["enrollment"]
    _copied("booking", row, id=gone, enrollment_id=enrollment_id)


def a_booking_put_in(chance: random.Random) -> None:
    row = _one(chance, "booking", "status = 'present'")
    _copied("booking", row, id=9000, enrollment_id=9000, seat_no=12)


def how_a_session_was_held(chance: random.Random) -> None:
    row = _one(chance, "session", "topic is not null")
    times, topics = [each for each in TIMES if each], ["Anger", "Grief", None]
    values = _other(chance, row, held_from=times, held_until=times, topic=topics)
    _set("session", row.id, **values)


def who_led_a_session(chance: random.Random) -> None:
    row = _one(chance, "session_leader", "session_id in (select session_id from sign_off)")
    _set("session_leader", row.id, **_other(chance, row, has_led=[0, 1, None], stood_in=[0, 1]))


def a_signature(chance: random.Random) -> None:
    row = _one(chance, "sign_off")
    values = _other(
        chance,
        row,
        staff_id=[row.staff_id + 1],
        name=["Ben Wu"],
        credentials=["PhD", None],
        license_number=["C.1", None],
        license_expires_on=["2030-01-01", None],
        is_license_valid=[1, 0],
        is_on_behalf=[1, 0],
        is_second=[1, 0],
        signed_at=TIMES[:2],
        words_version=[2],
        signatures_min=[2],
        present=[row.present + 1],
        absent=[row.absent + 1],
        session_id=[_all("SELECT max(id) FROM session")[0][0] + 1],
    )
    _set("sign_off", row.id, **values)


def an_amendment(chance: random.Random) -> None:
    row = _one(chance, "attendance_amendment")
    values = _other(
        chance,
        row,
        session_id=[row.session_id + 1],
        enrollment_id=[row.enrollment_id + 100],
        booking_id=[row.booking_id + 1],
        before_status=["late-cancel", None],
        before_arrived_at=TIMES[:2],
        after_status=["late-cancel", None],
        after_left_at=TIMES[:2],
        minutes=[row.minutes + 1],
        why=["mistake"],
        before_method=["kiosk", None],
        words=["Another letter.", None],
        asked_at=TIMES[:2],
        asked_by_id=[row.asked_by_id + 1],
        decision=["declined", "waiting"],
        decided_at=[*TIMES[:2], None],
        decided_by_id=[row.asked_by_id + 1, None],
        decided_words=["No."],
    )
    _set("attendance_amendment", row.id, **values)


def an_amendment_taken_out(chance: random.Random) -> None:
    row = _one(chance, "attendance_amendment")
    db.execute(text("DELETE FROM attendance_amendment WHERE id = :id"), {"id": row.id})


def an_amendment_put_in(chance: random.Random) -> None:
    _copied("attendance_amendment", _one(chance, "attendance_amendment"), id=9000)


def a_signature_taken_out(chance: random.Random) -> None:
    db.execute(text("DELETE FROM sign_off WHERE id = :id"), {"id": _one(chance, "sign_off").id})


def a_signature_put_in(chance: random.Random) -> None:
    row = _one(chance, "sign_off")
    _copied("sign_off", row, id=9000, is_second=1, staff_id=row.staff_id + 1)


def an_event(chance: random.Random) -> None:
    row = _one(chance, "trail_event")
    values = _other(
        chance,
        row,
        chain=[99],
        number=[row.number + 1000],
        happened_at=TIMES[:2],
        occurred_at=TIMES,
        actor_kind=["account", "system"],
        actor_id=[7, None],
        device=["kiosk:9", None],
        verb=["attendance.pressed"],
        subject_kind=["room"],
        subject_id=[row.subject_id + 1],
        act=["another", None],
        facts=[row.facts.replace("present", "no-show"), "{}"],
        digest=["0" * 64],
    )
    if values == {"facts": row.facts}:
        values = {"facts": "{}"}
    _set("trail_event", row.id, **values)


def an_event_taken_out(chance: random.Random) -> None:
    row = _one(chance, "trail_event")
    db.execute(text("DELETE FROM trail_event WHERE id = :id"), {"id": row.id})
    if chance.random() < 0.5:  # and the others close up
        for after in _after(row):
            _set("trail_event", after.id, number=after.number - 1)


def an_event_put_in(chance: random.Random) -> None:
    row = _one(chance, "trail_event")
    if chance.random() < 0.5:  # in its place; the others make room
        for after in reversed(_after(row)):
            _set("trail_event", after.id, number=after.number + 1)
        number = row.number + 1
    else:
        number = (_after(row) or [row])[-1].number + 1
    _copied("trail_event", row, id=9000, number=number, digest=f"{chance.getrandbits(256):064x}")


def two_ids_exchanged(chance: random.Random) -> None:
    """Of two chains, each of which stays in its order."""
    rows = _all("SELECT id, chain FROM trail_event ORDER BY id")
    pairs = [(one, other) for one, other in pairwise(rows) if one.chain != other.chain]
    one, other = chance.choice(pairs)
    for event_id, becomes in ((one.id, 9000), (other.id, one.id), (9000, other.id)):
        _set("trail_event", event_id, id=becomes)


def two_events_exchanged(chance: random.Random) -> None:
    one = _one(chance, "trail_event")
    others = _all("SELECT * FROM trail_event WHERE chain = :chain AND id != :id", **one._mapping)
    other = chance.choice(others)
    names = chance.choice((["id"], ["chain", "number"], ["facts"], ["subject_id", "facts", "verb"]))
    values = [{name: getattr(row, name) for name in names} for row in (other, one)]
    if values[0] == values[1]:
        names, values = ["id"], [{"id": other.id}, {"id": one.id}]
    _set("trail_event", one.id, **({"id": 9000} if "id" in names else {"number": 9000}))
    _set("trail_event", other.id, **values[1])
    _set("trail_event", 9000 if "id" in names else one.id, **({"number": one.number} | values[0]))


def the_end_cut_off(chance: random.Random) -> None:
    """With the closings that would miss it, and the bookings put back to what is left."""
    row = _one(chance, "trail_event")
    for table in ("trail_event", "trail_closing"):
        db.execute(
            text(f"DELETE FROM {table} WHERE chain = :chain AND number >= :number"),
            {"chain": row.chain, "number": row.number},
        )


def a_whole_chain_cut_off(chance: random.Random) -> None:
    chain = _one(chance, "trail_closing").chain
    for table in ("trail_event", "trail_closing"):
        db.execute(text(f"DELETE FROM {table} WHERE chain = :chain"), {"chain": chain})


def everything_anew_from_an_event_on(chance: random.Random) -> None:
    """As the clinic itself would do it, with a secret that is not the clinic's."""
    row = _one(chance, "trail_event", "verb like 'attendance.%' and facts like '%no-show%'")
    _set("booking", row.subject_id, status="present")
    _set("trail_event", row.id, facts=row.facts.replace("no-show", "present"))
    for after in (row, *_after(row)):
        _set("trail_event", after.id, digest=f"{chance.getrandbits(256):064x}")


def a_closing(chance: random.Random) -> None:
    """Of a chain that was cut: written anew where it ends now."""
    the_end_cut_off(chance)
    db.execute(text("DELETE FROM trail_closing"))


def _after(row: Any) -> list[Any]:
    return _all(
        "SELECT * FROM trail_event WHERE chain = :chain AND number > :number ORDER BY number",
        chain=row.chain,
        number=row.number,
    )


def _copied(table: str, row: Any, **others: Any) -> None:
    values = dict(row._mapping) | others
    marks = ", ".join(f":{name}" for name in values)
    db.execute(text(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"), values)


KINDS = [
    a_booking,
    an_event,
    two_bookings_exchanged,
    an_event_taken_out,
    a_booking_taken_out,
    an_announced_absence_taken_out,
    an_absence_that_went_put_in,
    an_event_put_in,
    a_booking_put_in,
    two_events_exchanged,
    two_ids_exchanged,
    how_a_session_was_held,
    who_led_a_session,
    an_amendment,
    an_amendment_taken_out,
    an_amendment_put_in,
    a_signature,
    the_end_cut_off,
    a_signature_taken_out,
    a_whole_chain_cut_off,
    a_signature_put_in,
    everything_anew_from_an_event_on,
    a_closing,
]
