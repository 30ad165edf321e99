import json
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DatabaseError

from clinic import trail
from clinic.db import db, transaction
from clinic.programs.models import Kind
from clinic.trail import SYSTEM, Actor, TrailEvent, TrailLook
from tests import make
from tests.race import race

NOW = make.instant("2026-03-02 10:00")
ANA = Actor("account", 7)


def events():
    return db.scalars(select(TrailEvent).order_by(TrailEvent.chain, TrailEvent.number)).all()


def test_an_event_says_who_did_what_to_what_and_when(app):
    room = make.room()
    trail.record(
        "rooms.changed",
        room,
        by=ANA,
        now=NOW,
        act="one-go",
        seats=12,
        kind=Kind.GROUP,
        on=NOW.date(),
        at=NOW,
    )
    [event] = events()
    assert (event.verb, event.subject_kind, event.subject_id) == ("rooms.changed", "room", room.id)
    assert (event.actor_kind, event.actor_id, event.act) == ("account", 7, "one-go")
    assert event.happened_at == NOW
    assert json.loads(event.facts) == {
        "seats": 12,
        "kind": "group",
        "on": "2026-03-02",
        "at": "2026-03-02T15:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("earlier", "told"),
    [(timedelta(seconds=4), None), (timedelta(minutes=9), timedelta(minutes=9))],
)
def test_an_event_says_when_it_happened_where_it_was_recorded_later(app, earlier, told):
    at = NOW - earlier
    trail.record_row("x", "room", 1, by=Actor("kiosk", 3), now=NOW, at=at, chain=0, facts={})
    [event] = events()
    assert (event.happened_at, event.occurred_at) == (NOW, told and NOW - told)
    assert trail.broken_chains() == []


def test_each_site_has_a_chain_and_the_organization_one(app):
    room, site = make.room(), make.site()
    trail.record("rooms.added", room, by=SYSTEM, now=NOW)
    trail.record("rooms.changed", room, by=SYSTEM, now=NOW)
    trail.record("staff.added", make.staff(), by=SYSTEM, now=NOW)
    trail.record("rooms.moved", room, by=SYSTEM, now=NOW, site_id=site.id)
    assert [(event.chain, event.number) for event in events()] == [
        (0, 1),
        (room.site_id, 1),
        (room.site_id, 2),
        (site.id, 1),
    ]


def test_chains_that_nobody_touched_hold(app):
    room = make.room()
    for minutes in range(3):
        trail.record("rooms.changed", room, by=SYSTEM, now=NOW + timedelta(minutes=minutes))
        trail.record("staff.added", make.staff(), by=SYSTEM, now=NOW)
    make.saved()
    db.expunge_all()
    assert trail.broken_chains() == []


@pytest.mark.parametrize(
    "change",
    [
        {"verb": "rooms.removed"},
        {"facts": '{"seats":99}'},
        {"actor_id": 8},
        {"happened_at": NOW + timedelta(seconds=1)},
        {"digest": "0" * 64},
        {"number": 9},
        {"id": 9},
        {"occurred_at": NOW},
        {"occurred_at": None},
        {"device": None},
        {"device": "kiosk:8"},
    ],
)
def test_a_changed_event_shows(app, change):
    room = make.room()
    facts = {"chain": room.site_id, "now": NOW, "at": NOW - timedelta(hours=1)}
    for seats in (10, 11, 12):
        by = ANA._replace(device="sign_in:4")
        trail.record_row("rooms.changed", "room", 1, by=by, **facts, facts={"seats": seats})
    assert trail.broken_chains() == []
    _without_guards()
    db.execute(update(TrailEvent).where(TrailEvent.number == 2).values(**change))
    db.expire_all()
    assert trail.broken_chains()[0].startswith(f"chain {room.site_id}: event ")


def test_a_removed_event_shows(app):
    room = make.room()
    for seats in (10, 11, 12):
        trail.record("rooms.changed", room, by=ANA, now=NOW, seats=seats)
    _without_guards()
    db.execute(text("DELETE FROM trail_event WHERE number = 2"))
    assert trail.broken_chains() == [f"chain {room.site_id}: event 3 does not follow"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail_event SET verb = 'x'",
        "DELETE FROM trail_event",
        "INSERT OR REPLACE INTO trail_event SELECT * FROM trail_event",
        # Another id, but a chain and number that are there already.
        """REPLACE INTO trail_event
        SELECT id + 1, chain, number, happened_at, actor_kind, actor_id, 'x', subject_kind,
        subject_id, act, facts, digest, occurred_at, device FROM trail_event""",
        "UPDATE OR REPLACE trail_event SET id = id + 1",
    ],
)
def test_the_database_itself_refuses_to_change_the_trail(app, database, statement):
    if database.name == "postgresql" and "REPLACE" in statement:
        statement = "UPDATE trail_event SET id = id + 1"  # it knows no REPLACE
    trail.record("rooms.added", make.room(), by=SYSTEM, now=NOW)
    make.saved()
    with pytest.raises(DatabaseError, match="the trail only grows"):
        db.execute(text(statement))
    db.rollback()
    assert [event.verb for event in events()] == ["rooms.added"]


def test_an_event_that_comes_twice_with_one_number_is_refused(app):
    trail.record("rooms.added", make.room(), by=SYSTEM, now=NOW)
    [event] = events()
    columns = {
        column.name: getattr(event, column.name)
        for column in TrailEvent.__table__.columns
        if column.name != "id"
    }
    with pytest.raises(DatabaseError, match=r"(?i)unique"):
        db.execute(insert(TrailEvent).values(columns))
    db.rollback()


def test_many_who_write_at_once_make_one_chain(app):
    room = make.room()
    site_id, room_id = room.site_id, room.id

    def write():
        with transaction():
            trail.record_row(
                "rooms.changed", "room", room_id, by=SYSTEM, now=NOW, chain=site_id, facts={}
            )

    assert race(app, *[write] * 6) == [None] * 6
    assert [event.number for event in events()] == [1, 2, 3, 4, 5, 6]
    assert trail.broken_chains() == []


def test_a_look_says_which_page_showed_whom_to_whom_each_person_once(app):
    trail.look([9, 4, 9], page="today.today", by=ANA, now=NOW)
    look = db.scalars(select(TrailLook)).one()
    assert (look.page, look.participant_ids) == ("today.today", [4, 9])
    assert (look.actor_kind, look.actor_id, look.looked_at) == ("account", 7, NOW)


@pytest.fixture
def closed(app):
    """A site's chain of three events, closed at the second; gives the closing."""
    room = make.room()
    for seats in (10, 11):
        trail.record("rooms.changed", room, by=ANA, now=NOW, seats=seats)
    [closing] = trail.close(now=NOW)
    trail.record("rooms.changed", room, by=ANA, now=NOW, seats=12)
    return closing


def test_a_chain_is_closed_where_it_ends_and_once(closed):
    chain, seal = closed.chain, closed.seal
    assert (closed.number, closed.value) == (2, f"{chain}-2-{seal}")
    assert trail.close(now=NOW, since=NOW) == [closed]  # closed since then
    [later] = trail.close(now=NOW, since=NOW + timedelta(seconds=1))
    assert later.number == 3
    assert trail.close(now=NOW) == [later]
    assert trail.newest_closing(chain) == later
    assert trail.newest_closing(0) is None
    assert trail.broken_chains(kept=[closed.value, later.value]) == []


def test_the_chain_of_a_site_that_is_gone_is_closed_too(app):
    for chain in (0, 7, 3):
        trail.record_row("rooms.changed", "room", 1, by=ANA, now=NOW, chain=chain, facts={})
    assert [closing.chain for closing in trail.close(now=NOW)] == [0, 3, 7]
    assert [closing.chain for closing in trail.newest_closings()] == [0, 3, 7]


def cut(chain, *, after, closings=False):
    _without_guards()
    names = ["trail_event", "trail_closing"] if closings else ["trail_event"]
    for name in names:
        db.execute(text(f"DELETE FROM {name} WHERE chain = {chain} AND number > {after}"))
    db.expunge_all()


def test_events_that_were_cut_off_the_end_are_missed_by_a_closing(closed):
    chain = closed.chain
    cut(chain, after=1)
    missing = f"chain {chain}: closed at event 2 (stored value), which is not there"
    assert trail.broken_chains() == [missing]
    trail.close(now=NOW)  # closing again hides nothing
    assert trail.broken_chains() == [missing]


def test_a_whole_chain_that_was_cut_off_is_missed(closed):
    chain = closed.chain
    cut(chain, after=0)
    assert trail.broken_chains() == [
        f"chain {chain}: closed at event 2 (stored value), which is not there"
    ]


def test_events_cut_off_together_with_their_closings_are_missed_by_a_kept_value(closed):
    chain, kept = closed.chain, closed.value
    cut(chain, after=1, closings=True)
    assert trail.broken_chains() == []
    assert trail.broken_chains(kept=[kept]) == [
        f"chain {chain}: closed at event 2 (kept value), which is not there"
    ]


def test_an_end_that_was_written_anew_is_not_the_one_that_was_closed(closed):
    chain, kept = closed.chain, closed.value
    cut(chain, after=1)
    room = make.room()
    trail.record("rooms.changed", room, by=ANA, now=NOW, site_id=chain, seats=99)
    assert trail.broken_chains(kept=[kept]) == [
        f"chain {chain}: event 2 is not the one that was closed with (stored value)",
        f"chain {chain}: event 2 is not the one that was closed with (kept value)",
    ]


@pytest.mark.parametrize("change", ["number = 3", "seal = 'x'"])
def test_a_changed_closing_shows(closed, change):
    _without_guards()
    db.execute(text(f"UPDATE trail_closing SET {change}"))
    db.expire_all()
    assert [each.partition(" is not")[0] for each in trail.broken_chains()] == [
        f"chain {closed.chain}: event {closed.number}"
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail_closing SET number = 1",
        "DELETE FROM trail_closing",
        "INSERT OR REPLACE INTO trail_closing SELECT * FROM trail_closing",
    ],
)
def test_the_database_itself_refuses_to_change_a_closing(closed, database, statement):
    if database.name == "postgresql" and "REPLACE" in statement:
        statement = "UPDATE trail_closing SET id = id + 1"  # it knows no REPLACE
    make.saved()
    with pytest.raises(DatabaseError, match="the trail only grows"):
        db.execute(text(statement))
    db.rollback()


def test_what_is_printed_of_a_value_proves_as_much_up_to_that_moment(closed):
    printed = trail.value_now(closed.chain)
    assert printed.startswith(f"{closed.chain}-3-")
    assert trail.why_not_a_closing(printed) is None
    assert trail.value_now(99) is None
    assert trail.broken_chains(kept=[printed]) == []
    assert trail.length() == 3
    other = printed[:-1] + ("0" if printed[-1] != "0" else "1")
    assert trail.broken_chains(kept=[other]) == [
        f"chain {closed.chain}: event 3 is not the one that was closed with (kept value)"
    ]


def test_the_shape_of_a_closing_value_is_known(closed):
    assert trail.why_not_a_closing(closed.value) is None
    assert trail.why_not_a_closing("1-2-x") == (
        "1-2-x is not a closing value; they read 1-250-9f86d0…"
    )


def test_two_events_that_changed_places_show(app):
    room = make.room()
    for seats in (10, 11, 12):
        trail.record("rooms.changed", room, by=ANA, now=NOW, seats=seats)
    _without_guards()
    for before, after in ((2, 0), (3, 2), (0, 3)):
        db.execute(update(TrailEvent).where(TrailEvent.number == before).values(number=after))
    db.expire_all()
    assert trail.broken_chains() == [
        f"chain {room.site_id}: event 2 does not follow",
        f"chain {room.site_id}: event 3 does not follow",
    ]


def _without_guards():
    """Do what somebody with the database in hands could do."""
    if db.get_bind().dialect.name == "postgresql":
        for table in ("trail_event", "trail_closing"):
            db.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    else:
        for guard in ("update", "delete", "replace"):
            for table in ("trail_event", "trail_closing"):
                db.execute(text(f"DROP TRIGGER {table}_no_{guard}"))


def test_ids_that_changed_places_between_two_chains_show(app):
    """The order within each chain is the same as before."""
    for chain in (3, 4):
        trail.record_row("rooms.changed", "room", 1, by=ANA, now=NOW, chain=chain, facts={})
    one, other = (event.id for event in events())
    _without_guards()
    for before, after in ((one, 99), (other, one), (99, other)):
        db.execute(update(TrailEvent).where(TrailEvent.id == before).values(id=after))
    db.expunge_all()
    assert trail.broken_chains() == [
        "chain 3: event 1 does not follow",
        "chain 4: event 1 does not follow",
    ]


def test_events_of_before_digests_held_ids_follow_too(app, monkeypatch):
    digest = trail._digest
    with monkeypatch.context() as then:
        then.setattr(trail, "_digest", lambda last, event: digest(last, {**event, "id": None}))
        for _ in range(2):
            trail.record_row("rooms.changed", "room", 1, by=ANA, now=NOW, chain=3, facts={})
    trail.record_row("rooms.changed", "room", 1, by=ANA, now=NOW, chain=3, facts={})
    assert trail.broken_chains() == []


def test_many_are_told_of_in_one_go_and_the_chain_goes_on(app):
    facts = {"by": ANA, "now": NOW, "facts": {"seats": 12}}
    trail.record_row("rooms.changed", "room", 3, chain=0, **facts)
    assert trail.head() == 1
    trail.record_rows("rooms.changed", "room", [4, 5], **facts)
    trail.record_rows("rooms.changed", "room", [], **facts)
    trail.record_row("rooms.changed", "room", 6, chain=0, **facts)
    assert [(event.number, event.subject_id, event.facts) for event in events()] == [
        (number, room, '{"seats":12}') for number, room in enumerate((3, 4, 5, 6), start=1)
    ]
    assert (trail.head(), trail.head(7), trail.broken_chains()) == (4, 0, [])
