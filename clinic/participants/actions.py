from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple, Unpack

from sqlalchemy import insert, update

from clinic import trail
from clinic.accounts.actions import add_account, add_accounts, change_email, change_emails
from clinic.db import AnyRow, db
from clinic.errors import refuse_if
from clinic.names import one_line, sort_key
from clinic.participants import queries, rules
from clinic.participants.models import Participant, RetiredPin
from clinic.participants.rules import Facts
from clinic.permissions import Role
from clinic.programs.queries import home
from clinic.tokens import new_digits
from clinic.trail import Actor


def add_participant(
    *,
    key: str | None = None,
    name: str,
    pin: str | None = None,
    by: Actor,
    now: datetime,
    **facts: Unpack[Facts],
) -> Participant:
    """Admit a person to the clinic's list; without a key they get the next free `p-…`."""
    kept = _proper(facts, today=home(now).today)
    account = add_account(kept.pop("email", None), frozenset({Role.PARTICIPANT}), by=by, now=now)
    key = key or next(queries.free_keys())
    participant = Participant(key=key, name=name, account=account, **kept)
    if pin:
        set_pin(participant, pin, now=now)
    db.add(participant)
    db.flush()
    trail.record("participant.added", participant, by=by, now=now)
    return participant


class Newcomer(NamedTuple):
    """Somebody to be added, as they are kept."""

    email: str | None
    columns: Mapping[str, Any]


def newcomer(*, key: str, name: str, pin: str | None = None, today: date, **facts: Any) -> Newcomer:
    """Return what is kept of somebody; raise `Refused` for what cannot be. It asks nobody."""
    kept = _proper(facts, today=today)  # type: ignore[arg-type]  # of a list, by its columns
    if pin:
        refuse_if(rules.why_not_pin(pin), "pin")
    name = one_line(name)
    columns = dict.fromkeys(Facts.__annotations__) | kept
    email = columns.pop("email")
    digest = queries.pin_digest(pin) if pin else None
    columns |= {"key": key, "name": name, "sort_name": sort_key(name), "pin_digest": digest}
    return Newcomer(email, columns)


def add_participants(people: Sequence[Newcomer], *, by: Actor, now: datetime) -> None:
    """Admit thousands at once, as `add_participant` does one: all of them or nobody."""
    if not people:
        return
    pins = [one.columns["pin_digest"] for one in people if one.columns["pin_digest"]]
    refuse_if(rules.PIN_TAKEN if queries.pin_owners(pins) else None, "pin")
    emails = [one.email for one in people]
    account_ids = add_accounts(emails, frozenset({Role.PARTICIPANT}), by=by, now=now)
    ids = db.scalars(
        insert(Participant).returning(Participant.id),
        [
            {**one.columns, "account_id": account_id}
            for one, account_id in zip(people, account_ids, strict=True)
        ],
    )
    _record_all("participant.added", sorted(ids), by=by, now=now)


def _record_all(verb: str, ids: Iterable[int], *, by: Actor, now: datetime) -> None:
    trail.record_rows(verb, Participant.__tablename__, ids, by=by, now=now, facts={})


class Change(NamedTuple):
    """What becomes of somebody's record, as it is kept."""

    participant_id: int
    email: str | None  # None: it stays
    columns: Mapping[str, Any]


def change(
    participant_id: int,
    *,
    name: str | None = None,
    pin: str | None = None,
    today: date,
    **facts: Any,
) -> Change:
    """Return what becomes of somebody's record; raise `Refused` for what cannot. It asks nobody."""
    columns = _proper(facts, today=today)  # type: ignore[arg-type]  # of a list, by its columns
    email = columns.pop("email", None)
    if name:
        columns |= {"name": one_line(name), "sort_name": sort_key(one_line(name))}
    if pin:
        refuse_if(rules.why_not_pin(pin), "pin")
        columns["pin_digest"] = queries.pin_digest(pin)
    return Change(participant_id, email, columns)


def change_participants(changes: Sequence[Change], *, by: Actor, now: datetime) -> None:
    """Bring thousands of records up to date, as `change_participant` does one that is changed."""
    there = queries.hold_rows(sorted(each.participant_id for each in changes))
    refuse_if(None if len(there) == len(changes) else rules.MERGED)
    pins = {
        each.participant_id: pin
        for each in changes
        if (pin := each.columns.get("pin_digest")) and pin != there[each.participant_id].pin_digest
    }
    since = _change_pins({who: there[who] for who in pins}, pins, now=now)
    emails = {there[each.participant_id].account_id: each.email for each in changes if each.email}
    change_emails(emails, by=by, now=now)
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for each in changes:
        if each.columns:
            columns = each.columns
            if each.participant_id in since:
                columns = {**columns, "pin_since": since[each.participant_id]}
            alike[tuple(columns)].append({"id": each.participant_id, **columns})
    for rows in alike.values():
        db.execute(update(Participant), rows)
    _record_all("participant.changed", [each.participant_id for each in changes], by=by, now=now)


def _change_pins(
    before: Mapping[int, AnyRow], pins: Mapping[int, str], *, now: datetime
) -> dict[int, datetime | None]:
    """Keep PINs from ever meaning somebody else; raise `Refused` where a new one would.

    Return from when on each of the new ones holds.
    """
    owners = queries.pin_owners(pins.values())
    is_taken = any(pins.get(who) != digest for digest, who in owners)
    refuse_if(rules.PIN_TAKEN if is_taken else None, "pin")
    retired = [
        {"participant_id": who, "digest": row.pin_digest, "given_at": row.pin_since}
        for who, row in before.items()
        if row.pin_digest and row.pin_since != now
    ]
    if retired:
        db.execute(insert(RetiredPin), [{**one, "retired_at": now} for one in retired])
    had = {digest for digest, _ in owners}
    return {who: now if pin in had else None for who, pin in pins.items()}


def change_participant(
    participant: Participant,
    *,
    name: str | None = None,
    pin: str | None = None,
    by: Actor,
    now: datetime,
    **facts: Unpack[Facts],
) -> bool:
    """Bring somebody's record up to date, in what is given; return whether anything changed."""
    refuse_if(rules.MERGED if participant.merged_into_id else None)
    before = rules.facts_of(participant)
    kept = _proper(facts, born_on=participant.birth_on, today=home(now).today)
    if name:
        participant.name = name
    if "email" in kept:
        change_email(participant.account, kept.pop("email"), by=by, now=now)
    for column, value in kept.items():
        setattr(participant, column, value)
    if pin:
        set_pin(participant, pin, now=now)
    if rules.facts_of(participant) == before:
        return False
    db.flush()
    trail.record("participant.changed", participant, by=by, now=now)
    return True


def set_pin(participant: Participant, pin: str, *, now: datetime) -> None:
    """Give somebody a PIN of their own; raises `Refused` when it is weak or another's."""
    refuse_if(rules.why_not_pin(pin), "pin")
    if queries.pin_digest(pin) == participant.pin_digest:
        return
    with db.no_autoflush:
        but = participant if participant.id else None
        is_taken = queries.is_pin_taken(pin, but=but)
        digest = queries.pin_digest(pin)
        was_somebodys = queries.was_somebodys(digest)
    refuse_if(rules.PIN_TAKEN if is_taken else None, "pin")
    before, since = participant.pin_digest, participant.pin_since
    if before:
        retire_pin(before, of=participant.id, since=since, now=now)
    participant.pin_digest = digest
    participant.pin_since = now if was_somebodys else None


class LetGo(NamedTuple):
    """A PIN that goes from one person of a file to another."""

    participant_id: int
    digest: str
    since: datetime | None


def hand_on(pins: Iterable[LetGo], *, now: datetime) -> None:
    """Keep who had PINs that others have from now on."""
    for let_go in pins:
        retire_pin(let_go.digest, of=let_go.participant_id, since=let_go.since, now=now)
        db.execute(
            update(Participant).where(Participant.pin_digest == let_go.digest).values(pin_since=now)
        )


def retire_pin(digest: str, *, of: int, since: datetime | None, now: datetime) -> None:
    """Keep a PIN that somebody has no more from ever meaning somebody else."""
    if since != now:  # else it was nobody's for any time at all
        db.add(RetiredPin(participant_id=of, digest=digest, given_at=since, retired_at=now))


def renew_pin(participant: Participant, *, before: str, by: Actor, now: datetime) -> str:
    """Give somebody a PIN at random, which is returned here and never again; the old one ends.

    `before` is the mark of the one that is to be replaced: of two clerks the second is told.
    """
    (found,) = queries.hold([participant.id])
    refuse_if(rules.MERGED if found.merged_into_id else None)
    refuse_if(rules.PIN_JUST_MADE if queries.pin_mark(found) != before else None)
    made = iter(partial(new_digits, rules.PIN_DIGITS), None)
    pin = next(
        each for each in made if not rules.why_not_pin(each) and not queries.is_pin_taken(each)
    )
    set_pin(found, pin, now=now)
    db.flush()
    trail.record("participant.pin_renewed", found, by=by, now=now)
    return pin


def _proper(facts: Facts, *, born_on: date | None = None, today: date) -> dict[str, Any]:
    """Return the facts as they are kept, for somebody who was born on that day as far as is known;
    raise `Refused` for what cannot be."""
    kept: dict[str, Any] = {fact: value or None for fact, value in facts.items()}
    if (birth_on := kept.get("birth_on")) and birth_on != born_on:
        refuse_if(rules.why_not_birth(birth_on, today=today), "birth_on")
    if language := kept.get("language"):
        refuse_if(rules.why_not_language(language), "language")
    if "phone" in kept:
        kept["phone"] = dialable(kept["phone"])
    return kept


def dialable(phone: str | None) -> str | None:
    if not phone:
        return None
    refuse_if(rules.why_not_phone(phone), "phone")
    return rules.phone_number(phone)
