"""What changed, and who looked: two tables, two verbs; and a third that closes what changed.

Every change is an event in a chain, one chain a site: each carries a keyed digest over the one
before it, so that a changed, removed or inserted line shows. Events hold internal ids and values,
never free text: removing a person's data later must not break the chain.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    JSON,
    Connection,
    Index,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    select,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import PLAIN, Base, db
from clinic.tokens import keyed


class Actor(NamedTuple):
    """Who does it: `account`, `kiosk` or `system` (a command, the clock), and which.

    And with what, where that is not said by it: `sign_in:12`, a browser; `kiosk:3`.
    """

    kind: str
    id: int | None
    device: str | None = None


SYSTEM = Actor("system", None)
AT_ONCE = timedelta(seconds=5)  # what is recorded within it was recorded as it happened


class TrailEvent(Base):
    __tablename__ = "trail_event"
    __table_args__ = (
        UniqueConstraint("chain", "number"),
        Index(None, "subject_kind", "subject_id"),
        Index(None, "act"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[int]  # the site, or 0 for the organization
    number: Mapped[int]
    happened_at: Mapped[datetime] = mapped_column(info=PLAIN)  # and was recorded, unless:
    occurred_at: Mapped[datetime | None] = mapped_column(info=PLAIN)  # a tap that came later
    actor_kind: Mapped[str] = mapped_column(info=PLAIN)
    actor_id: Mapped[int | None]
    device: Mapped[str | None] = mapped_column(info=PLAIN)  # with which they did it, where known
    verb: Mapped[str] = mapped_column(info=PLAIN)
    subject_kind: Mapped[str] = mapped_column(info=PLAIN)
    subject_id: Mapped[int]
    act: Mapped[str | None] = mapped_column(info=PLAIN)  # what was done in one go shares it
    facts: Mapped[str] = mapped_column(info=PLAIN)  # JSON: ids, values, times
    digest: Mapped[str] = mapped_column(info=PLAIN)


class TrailLook(Base):
    """A page that showed participants to somebody: one row a page."""

    __tablename__ = "trail_look"

    id: Mapped[int] = mapped_column(primary_key=True)
    looked_at: Mapped[datetime] = mapped_column(info=PLAIN)
    actor_kind: Mapped[str] = mapped_column(info=PLAIN)
    actor_id: Mapped[int | None]
    page: Mapped[str] = mapped_column(info=PLAIN)
    participant_ids: Mapped[list[int]] = mapped_column(JSON, info=PLAIN)


class TrailClosing(Base):
    """How far a chain had come at some moment: what is cut off its end later is missed.

    The value can be printed and kept elsewhere, where nobody cuts it off together with the events.
    """

    __tablename__ = "trail_closing"
    __table_args__ = (UniqueConstraint("chain", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[int]
    number: Mapped[int]  # of the last event
    closed_at: Mapped[datetime] = mapped_column(info=PLAIN)
    seal: Mapped[str] = mapped_column(info=PLAIN)

    @property
    def value(self) -> str:
        return f"{self.chain}-{self.number}-{self.seal}"


_event = cast(Table, TrailEvent.__table__)

AT_A_TIME = 2000  # events that are read together: however many there are, no more memory
SHORT = 16  # letters of a seal that are printed, 64 bits: few enough to type
ALWAYS = frozenset({"actor_id", "act"})  # are in a digest where they are empty, too: older ones are

_waiting: ContextVar[dict[int, list[dict[str, Any]]] | None] = ContextVar("waiting", default=None)
_CLOSINGS = -1  # in place of a chain, for turns

# Made once: these run with every change.
_TAKE_TURNS = select(func.pg_advisory_xact_lock(bindparam("chain")))
_HEAD = (
    select(_event.c.number, _event.c.digest)
    .where(_event.c.chain == bindparam("chain"))
    .order_by(_event.c.number.desc())
    .limit(1)
)
# The end of a chain, if it has one, and the id before the next one of any: SQLite has one writer at
# a time.
_newest = select(func.coalesce(func.max(_event.c.id), 0).label("id")).subquery()
_end = _HEAD.subquery()
_PLACE = select(_end.c.number, _end.c.digest, _newest.c.id).select_from(
    _newest.outerjoin(_end, true())
)
# PostgreSQL has many: they take turns at each chain, or it would fork, and are given ids in them.
_TURN_AND_IDS = text(
    "WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(:chain))"
    " SELECT nextval(pg_get_serial_sequence('trail_event', 'id'))"
    " FROM turn, generate_series(1, :count)"
)
_NEXT_CHAIN = select(func.min(_event.c.chain)).where(_event.c.chain > bindparam("chain"))
_APPEND = insert(_event).inline()  # nobody asks for its id


def record(
    verb: str,
    subject: Base,
    *,
    by: Actor,
    now: datetime,
    site_id: int | None = None,
    act: str | None = None,
    **facts: Any,
) -> None:
    """Write one event, in the transaction of the change it tells of.

    `subject` must have its id (flushed). Facts are ids, numbers, enum members, days and instants.
    """
    chain = site_id if site_id is not None else getattr(subject, "site_id", None) or 0
    record_row(
        verb,
        subject.__tablename__,
        subject.id,  # type: ignore[attr-defined]  # every table of ours has an id
        by=by,
        now=now,
        chain=chain,
        act=act,
        facts=facts,
    )


def record_row(
    verb: str,
    subject_kind: str,
    subject_id: int,
    *,
    by: Actor,
    now: datetime,
    at: datetime | None = None,
    chain: int,
    act: str | None = None,
    facts: dict[str, Any],
) -> None:
    """The same for a row that was never loaded as an entity; `at` is when it happened, if that
    was earlier."""
    one = [subject_id]
    record_rows(verb, subject_kind, one, by=by, now=now, at=at, chain=chain, act=act, facts=facts)


def record_rows(
    verb: str,
    subject_kind: str,
    subject_ids: Iterable[int],
    *,
    by: Actor,
    now: datetime,
    at: datetime | None = None,
    chain: int = 0,
    act: str | None = None,
    facts: dict[str, Any],
) -> None:
    """The same for any number of them, of which the same is to be told."""
    text = json.dumps(facts, default=plain, sort_keys=True, separators=(",", ":"))
    events = [
        {
            "happened_at": now,
            "occurred_at": None if at is None or abs(now - at) < AT_ONCE else at,
            "actor_kind": by.kind,
            "actor_id": by.id,
            "device": by.device,
            "verb": verb,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "act": act,
            "facts": text,
        }
        for subject_id in subject_ids
    ]
    waiting = _waiting.get()
    if waiting is None:
        _append(chain, events)
    else:
        waiting[chain] += events


@contextmanager
def appended_last() -> Iterator[None]:
    """Events of a long transaction are appended at its end: others wait for a chain only then."""
    waiting: dict[int, list[dict[str, Any]]] = defaultdict(list)
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    for chain in sorted(waiting):
        _append(chain, waiting[chain])


def _append(chain: int, events: list[dict[str, Any]]) -> None:
    if not events:
        return
    connection = db.connection()
    last, digest, ids = _place_for(len(events), connection, chain)
    for number, (event_id, event) in enumerate(zip(ids, events, strict=True), start=last + 1):
        event |= {"id": event_id, "chain": chain, "number": number}
        event["digest"] = digest = _digest(digest, event)
    connection.execute(_APPEND, events)


def _place_for(count: int, connection: Connection, chain: int) -> tuple[int, str, Sequence[int]]:
    """Return the end of a chain, and the ids of so many events after it."""
    if connection.dialect.name == "postgresql":
        ids = connection.scalars(_TURN_AND_IDS, {"chain": chain, "count": count}).all()
        last, digest = connection.execute(_HEAD, {"chain": chain}).first() or (0, "")
        return last, digest, ids
    last, digest, before = connection.execute(_PLACE, {"chain": chain}).one()
    return last or 0, digest or "", range(before + 1, before + 1 + count)


def head(chain: int = 0) -> int:
    """The number of the last event of a chain: where it is the same, nothing happened there."""
    number: int | None = db.scalar(_HEAD, {"chain": chain})
    return number or 0


def last_id() -> int:
    """The id of the last event of any chain: where it is the same, nothing happened anywhere."""
    number: int | None = db.scalar(select(func.max(_event.c.id)))
    return number or 0


def look(participant_ids: Iterable[int], *, page: str, by: Actor, now: datetime) -> None:
    """Note that a page showed these participants to somebody."""
    db.execute(
        insert(TrailLook).values(
            looked_at=now,
            actor_kind=by.kind,
            actor_id=by.id,
            page=page,
            participant_ids=sorted(set(participant_ids)),
        )
    )


def last_look(page: str, by: Actor) -> set[int]:
    """Return the participants that a page showed somebody when it was last noted that it did."""
    ids = db.scalar(
        select(TrailLook.participant_ids)
        .where(
            TrailLook.page == page,
            TrailLook.actor_kind == by.kind,
            TrailLook.actor_id == by.id,
        )
        .order_by(TrailLook.id.desc())
        .limit(1)
    )
    return set(ids or ())


def close(*, now: datetime, since: datetime | None = None) -> list[TrailClosing]:
    """Close every chain at its last event, unless it is closed there or, if given, since then.

    Returns the newest closing of each.
    """
    if db.get_bind().dialect.name == "postgresql":
        db.execute(_TAKE_TURNS, {"chain": _CLOSINGS})
    for chain in _chains():
        number, digest = db.execute(_HEAD, {"chain": chain}).first() or (0, "")
        closed = newest_closing(chain)
        at, closed_at = (closed.number, closed.closed_at) if closed else (0, None)
        if number > at and not (since and closed_at and closed_at >= since):
            seal = _seal(chain, number, digest)
            db.add(TrailClosing(chain=chain, number=number, closed_at=now, seal=seal))
    db.flush()
    return newest_closings()


def newest_closings() -> list[TrailClosing]:
    return [closed for chain in _chains() if (closed := newest_closing(chain))]


def _chains() -> Iterator[int]:
    """Yield the chains that have events, of a site that is gone, too: from one to the next, for
    the trail may be long."""
    chain = -1
    while (found := db.scalar(_NEXT_CHAIN, {"chain": chain})) is not None:
        yield (chain := found)


def newest_closing(chain: int) -> TrailClosing | None:
    of_it = select(TrailClosing).where(TrailClosing.chain == chain)
    return db.scalars(of_it.order_by(TrailClosing.number.desc()).limit(1)).first()


def length() -> int:
    """Return how many events there are in all chains."""
    return db.scalar(select(func.count()).select_from(_event)) or 0


def broken_chains(
    kept: Collection[str] = (), *, tell: Callable[[int], object] = lambda _: None
) -> list[str]:
    """Return a sentence for each place where events do not follow from one another.

    And for each closing that they do not reach or lead to: stored ones, and those kept elsewhere.
    `tell` is told each time how many more have been read.
    """
    sentences = []
    closings = [(each.value, "stored") for each in db.scalars(select(TrailClosing))]
    wanted: dict[tuple[int, int], list[tuple[str, str]]] = defaultdict(list)
    for value, whose in [*closings, *((value, "kept") for value in kept)]:
        wanted[_place_of(value)].append((value, whose))
    before: dict[int, tuple[int, int, str]] = {}
    events = select(_event).order_by(_event.c.chain, _event.c.number)
    found = db.execute(events, execution_options={"yield_per": AT_A_TIME})
    names = tuple(found.keys())
    for rows in found.partitions():
        for row in rows:
            event = dict(zip(names, row, strict=True))
            event_id, digest = event.pop("id"), event.pop("digest")
            chain, number = event["chain"], event["number"]
            last_id, last, last_digest = before.get(chain, (0, 0, ""))
            # Whatever is undone goes by the order of the ids.
            is_next = number == last + 1 and event_id > last_id
            if not is_next or not _is_digest(digest, last_digest, event, event_id):
                sentences.append(f"chain {chain}: event {number} does not follow")
            before[chain] = (event_id, number, digest)
            sentences += [
                f"chain {chain}: event {number} is not the one that was closed with ({whose} value)"
                for value, whose in wanted.pop((chain, number), ())
                if not _is_value(value, chain, number, digest)
            ]
        tell(len(rows))
    return sentences + [
        f"chain {chain}: closed at event {number} ({whose} value), which is not there"
        for (chain, number), values in sorted(wanted.items())
        for _, whose in values
    ]


def why_not_a_closing(value: str) -> str | None:
    """Why this cannot be the value of a closing."""
    is_one = re.fullmatch(rf"\d{{1,9}}-\d{{1,18}}-[0-9a-f]{{{SHORT},64}}", value)
    return None if is_one else f"{value} is not a closing value; they read 1-250-9f86d0…"


def value_now(chain: int) -> str | None:
    """Return what the chain would be closed with now, as it is printed; none without an event.

    Nothing is stored: kept elsewhere it proves as much as a closing, up to this moment.
    """
    number, digest = db.execute(_HEAD, {"chain": chain}).first() or (0, "")
    return f"{chain}-{number}-{_seal(chain, number, digest)[:SHORT]}" if number else None


def _place_of(value: str) -> tuple[int, int]:
    chain, number, _ = value.split("-")
    return int(chain), int(number)


def _is_value(value: str, chain: int, number: int, digest: str) -> bool:
    """Whether that is the value, or as many letters of it as are printed, with that event last."""
    *_, seal = value.split("-")
    return len(seal) >= SHORT and _seal(chain, number, digest).startswith(seal)


def _seal(chain: int, number: int, digest: str | None) -> str:
    return keyed("trail closing", f"{chain} {number} {digest}")


def _is_digest(digest: str, before: str, event: dict[str, Any], event_id: int) -> bool:
    """Whether it is that of the event after the one before; older ones hold no id."""
    with_id = event | {"id": event_id}
    return digest == _digest(before, with_id) or digest == _digest(before, event)


def _digest(before: str, event: dict[str, Any]) -> str:
    told = {name: value for name, value in event.items() if value is not None or name in ALWAYS}
    return keyed("trail", before + _CANONICAL(told))


def digest_of_words(words: str | None, subject: str, subject_id: int) -> str | None:
    """Return what the trail keeps of free words: it shows that they changed, not what they say."""
    return keyed("trail words", f"{subject} {subject_id} {words}")[:32] if words else None


def plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):  # an instant, too
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(plain(each) for each in value)
    return value


_CANONICAL = json.JSONEncoder(default=plain, sort_keys=True).encode  # made once
