from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Insert, Table, Update, bindparam, insert, update

from clinic import trail
from clinic.arrivals.actions import arrive
from clinic.clock import zone as zone_of
from clinic.db import AnyRow, db
from clinic.errors import Refused, refuse_if
from clinic.kiosk import queries, rules
from clinic.kiosk.models import KioskDevice, KioskPause, KioskTap, Station
from clinic.kiosk.rules import Answer, Clock, Owner, Tap
from clinic.programs.models import Site
from clinic.schedule.models import Method, Mode
from clinic.tokens import fingerprint, new_token
from clinic.trail import Actor

_device, _tap, _pause = (
    cast(Table, model.__table__) for model in (KioskDevice, KioskTap, KioskPause)
)

# Made once: the first runs with every tap.
_KEEP = insert(_tap).values(id=bindparam("tap_id"))
_KEEP_ANEW = update(_tap).where(_tap.c.id == bindparam("tap_id"))


def pair(
    site: Site,
    *,
    name: str | None,
    kind: Station = Station.KEYPAD,
    code: int | None = None,
    by: Actor,
    now: datetime,
) -> str:
    """Let one more kiosk check people in at a site. Its key is shown once and never again.

    `code` is the id of the one that it was paired by, if it was.
    """
    taken = {device.name for device in queries.devices_at(site.id)}
    refuse_if(rules.why_not_name(name, taken=taken))
    key = new_token()
    device = KioskDevice(
        site_id=site.id,
        name=name or rules.free_name(taken),
        kind=kind,
        key_hash=fingerprint(key),
        paired_at=now,
    )
    db.add(device)
    db.flush()
    trail.record("kiosk.paired", device, by=by, now=now, code=code)
    return key


def revoke(site: Site, *, name: str | None, by: Actor, now: datetime) -> int:
    """Shut out all kiosks of a site, or the one of that name; returns how many there were."""
    devices = [
        device for device in queries.devices_at(site.id) if name is None or device.name == name
    ]
    refuse_if(rules.why_not_revoke(name, number=len(devices)))
    for device in devices:
        shut_out(device, by=by, now=now)
    return len(devices)


def shut_out(device: KioskDevice, *, by: Actor, now: datetime) -> None:
    """Have the key of a kiosk open nothing from its next word on. Twice changes nothing."""
    if device.revoked_at is None:
        device.revoked_at = now
        trail.record("kiosk.revoked", device, by=by, now=now)


def take(
    taps: Sequence[Tap],
    *,
    key_hash: str,
    waiting: int | None = None,
    sent_at: datetime | None = None,
    measures: bool = True,
    now: datetime,
) -> list[Answer]:
    """Answer the taps that a kiosk sends; it has so many more of them, as far as it says.

    `sent_at` is when it sent them, by its own clock, which that `measures`: of one upload once.

    Of two uploads of a tap at the same moment the slower one breaks on the id and is to be taken
    again: then it finds what the other one wrote.
    """
    door = queries.get_door(key_hash, taps[0] if taps else None)
    clock = rules.clock_of(door, sent_at if measures else None, now=now)
    answers: list[Answer] = []
    for sent in taps:
        if answers:
            door = queries.get_door(key_hash, sent)
        tap = rules.put_right(sent, clock, sent_at)
        answers.append(_answer(tap, door, key_hash=key_hash, clock=clock, now=now))
    if waiting is not None:
        waiting += sum(not rules.is_decided(answer) for answer in answers)
    _note_heard(door, waiting=waiting, clock=clock, now=now)
    return answers


def _answer(tap: Tap, door: AnyRow, *, key_hash: str, **circumstances: Any) -> Answer:
    """Take a tap, and keep it with the answer it gets: the same tap again gets the same one."""
    if door.asked is None:
        return _keep(tap, door, _KEEP, **circumstances)
    if door.asked != tap.asked:
        stray = rules.stray(tap)
        door = queries.get_door(key_hash, stray)
        return _answer(stray, door, key_hash=key_hash, **circumstances)
    if rules.is_decided(door.answer):
        return cast(Answer, door.answer)
    return _keep(tap, door, _KEEP_ANEW, **circumstances)


def _keep(
    tap: Tap, door: AnyRow, statement: Insert | Update, *, clock: Clock, now: datetime
) -> Answer:
    owner = _owner(tap, door)
    answer, why = _decide(tap, door, owner, clock=clock, now=now)
    row = {
        "tap_id": tap.id,
        "device_id": door.device_id,
        "site_id": door.id,
        "asked": tap.asked,
        "tapped_at": tap.at,
        "clock_ahead": tap.ahead,
        "received_at": now,
        "participant_id": owner.participant_id,
        "is_refused": why is not None,
        "why": why,
        "answer": answer,
    }
    db.connection().execute(statement, row)
    return answer


def _owner(tap: Tap, door: AnyRow) -> Owner:
    """Whose tap it is: of whoever had that PIN when it was made."""
    if tap.problem is not None or tap.at is None:
        return Owner(None, why_not=tap.problem)
    if rules.is_theirs(door, tap.at):
        return Owner(door.participant_id, door.goes_by)
    before = queries.had_before(tap.pin_digest)
    return rules.owner_at(door, before, tap.at, zone=zone_of(door.timezone))


def _decide(
    tap: Tap, door: AnyRow, owner: Owner, *, clock: Clock, now: datetime
) -> tuple[Answer, str | None]:
    """The answer to a tap and, where it is refused, why, for staff."""
    wait = rules.pause(door, now=now)
    if wait and tap.problem is None:
        return rules.not_yet(wait), rules.NOT_ASKED_AGAIN
    if tap.is_unsure and tap.problem is None:
        why = rules.with_clock(rules.BEING_MEASURED, tap, clock, now=now)
        return rules.not_yet(rules.SHORTEST_PAUSE), why
    try:
        return _arrive(tap, door, owner, now=now), None
    except Refused as refused:
        why = refused.sentence
        if tap.problem is None and owner.participant_id is None:
            _note_guess(door, now=now)
        elif tap.problem is None:
            why = rules.with_clock(why, tap, clock, now=now)
        return rules.refusal(tap.reason), why


def _arrive(tap: Tap, door: AnyRow, owner: Owner, *, now: datetime) -> Answer:
    """The answer to somebody who has come; raises `Refused` before anything is changed."""
    refuse_if(owner.why_not)
    assert tap.at is not None
    assert owner.participant_id is not None
    by = Actor("kiosk", door.device_id)
    arrival = arrive(
        owner.participant_id,
        door,
        at=tap.at,
        method=Method.KIOSK,
        took_part=Mode.IN_PERSON,
        by=by,
        now=now,
    )
    zone = zone_of(door.timezone)
    return rules.welcome(owner.goes_by or "", arrival.places, zone=zone, is_new=arrival.is_new)


def _note_heard(door: AnyRow, *, waiting: int | None, clock: Clock, now: datetime) -> None:
    if not rules.is_heard_from(door, waiting=waiting, clock=clock, now=now):
        ahead, readings = clock
        _note(door, seen_at=now, waiting_taps=waiting, clock_ahead=ahead, clock_readings=readings)


def _note_guess(door: AnyRow, *, now: datetime) -> None:
    _note(door, **rules.guessed(door, now=now))
    wait = rules.site_pause(queries.guesses_at(door.id), now=now)
    if not wait:
        return
    theirs = update(_pause).where(_pause.c.site_id == door.id).values(until=now + wait)
    if not db.connection().execute(theirs).rowcount:
        db.connection().execute(insert(_pause).values(site_id=door.id, until=now + wait))


def _note(door: AnyRow, **facts: datetime | int | None) -> None:
    theirs = _device.c.id == door.device_id
    db.connection().execute(update(_device).where(theirs).values(facts))


def mark_seen(tap: KioskTap, *, by: Actor, now: datetime) -> None:
    """Staff have dealt with a refused tap, and with those before it that are listed with it.

    Twice changes nothing.
    """
    for each in queries.unseen_until(tap):
        each.seen_at = now
        trail.record_row(
            "kiosk.tap_seen",
            KioskDevice.__tablename__,
            each.device_id,
            by=by,
            now=now,
            chain=each.site_id,
            facts={"tap": each.id},
        )
