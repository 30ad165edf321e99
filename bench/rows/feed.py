"""A calendar of 200 events: asked for again, unchanged, and after a change."""

import sqlite3
from datetime import timedelta
from itertools import repeat

from sqlalchemy import select

from bench import floors
from bench.clinics import ZONE, Clinic, Size, asking, clinic
from bench.load import FLOORS, PRODUCT, Want, drive, request, served
from bench.measure import Bench, Result, Row, cpu_in_turn, in_turn, measures
from clinic import clock
from clinic.accounts.models import Account
from clinic.db import db, transaction
from clinic.feeds import actions, queries, rules
from clinic.feeds.rules import Appointment
from clinic.participants.models import Participant
from clinic.trail import SYSTEM

EVENTS = 200

KNOWN = Row(
    12,
    f"feed of {EVENTS} events, 304",
    "bare Flask route",
    "rps",
    0.8,
    higher_is_better=True,
    is_steady=False,
)
UNCHANGED = KNOWN._replace(
    what="the same, unchanged 200", floor="bare Flask route, the same bytes", goal=0.7
)
CHANGED = Row(
    12,
    "the same, first after a change, nothing kept in memory",
    "icalendar alone, the same events",
    "ms CPU",
    1.3,
)


@measures(KNOWN, UNCHANGED)
def plain_polls(bench: Bench) -> list[Result]:
    with clinic(bench, _size()) as made:
        path = _issued(made)
        body = asking(made.app, path)()
        kept = bench.folder / "feed.ics"
        kept.write_bytes(body)
        etag = f'"{rules.etag_of(body)}"'
        whole = Want(holds=b"END:VCALENDAR")
        with (
            served(PRODUCT, made.settings) as real,
            served(FLOORS, {floors.FEED: str(kept)}) as floor,
        ):
            polls = {
                KNOWN: (
                    (real, request(path, If_None_Match=etag), Want(304)),
                    (floor, request("/healthz"), Want(holds=b"ok")),
                ),
                UNCHANGED: (
                    (real, request(path), whole),
                    (floor, request("/feed"), whole),
                ),
            }

            def rps(poll: tuple[int, bytes, Want], seconds: float = bench.seconds) -> float:
                port, asked, want = poll
                return drive(port, repeat(asked), seconds=seconds, want=want).rps

            results = []
            for row, (ours, bare) in polls.items():
                rps(ours, 0.3), rps(bare, 0.3)
                pairs = in_turn(
                    bench.rounds, lambda ours=ours: rps(ours), lambda bare=bare: rps(bare)
                )
                results.append(Result(row, *map(list, zip(*pairs, strict=True))))
    return results


@measures(CHANGED)
def first_after_a_change(bench: Bench) -> list[Result]:
    with clinic(bench, _size()) as made:
        ask = asking(made.app, _issued(made))
        events = [(each, _words_of(each)) for each in _appointments(made)]
        assert len(events) == EVENTS
        assert floors.calendar(events) == ask()
        raw = sqlite3.connect(made.path, isolation_level=None)
        raw.execute("pragma synchronous=off")

        def changed() -> bytes:
            raw.execute("update participant set calendar_version = calendar_version + 1")
            rules.event.cache_clear()
            return ask()

        return [cpu_in_turn(bench, CHANGED, changed, lambda: floors.calendar(events))]


def _words_of(each: Appointment) -> str:
    return rules._description(each, "")  # noqa: SLF001 - the very words, ready made


def _size() -> Size:
    """One person, as many days from tomorrow on as there should be events."""
    first = clock.day_of(clock.now(), ZONE) + timedelta(days=1)
    last = first + timedelta(days=EVENTS - 1)
    return Size(people=1, group=1, first=first, last=last, weekdays="0123456")


def _issued(made: Clinic) -> str:
    with made.app.app_context(), transaction():
        owner = db.scalars(select(Participant)).one()
        owner.account = db.get_one(Account, owner.account_id)
        return rules.path_of(actions.issue(owner, by=SYSTEM, now=clock.now()))


def _appointments(made: Clinic) -> list[Appointment]:
    now = clock.now()
    with made.app.app_context(), transaction(write=False):
        owner_id = db.scalars(select(Participant.id)).one()
        return rules.shown(
            queries.appointments_of(
                participant_id=owner_id, staff_id=None, since=rules.week_shown_from(now)
            ),
            now=now,
        )
