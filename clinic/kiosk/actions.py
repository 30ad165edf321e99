from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, case, insert, update

from clinic import clock, trail
from clinic.attendance.actions import arrive
from clinic.db import AnyRow, db
from clinic.errors import Refused, refuse_if
from clinic.kiosk import queries, rules
from clinic.kiosk.models import KioskDevice, KioskTap
from clinic.kiosk.rules import Answer, Tap
from clinic.programs.models import Site
from clinic.schedule.models import Method
from clinic.tokens import fingerprint, new_token
from clinic.trail import Actor

_device, _tap = cast(Table, KioskDevice.__table__), cast(Table, KioskTap.__table__)

# Made once: the first runs with every tap.
_KEEP = insert(_tap)
_goes_on = _device.c.unknown_since > bindparam("window")
_COUNT_GUESS = (
    update(_device)
    .where(_device.c.id == bindparam("device_id"))
    .values(
        unknown_pins=case((_goes_on, _device.c.unknown_pins + 1), else_=1),
        unknown_since=case((_goes_on, _device.c.unknown_since), else_=bindparam("now")),
    )
)


def pair(site: Site, *, name: str | None, by: Actor, now: datetime) -> str:
    """Let one more kiosk check people in at a site. Its key is shown once and never again."""
    taken = {device.name for device in queries.devices_at(site.id)}
    refuse_if(rules.why_not_name(name, taken=taken))
    key = new_token()
    device = KioskDevice(
        site_id=site.id,
        name=name or rules.free_name(taken),
        key_hash=fingerprint(key),
        paired_at=now,
    )
    db.add(device)
    db.flush()
    trail.record("kiosk.paired", device, by=by, now=now)
    return key


def revoke(site: Site, *, name: str | None, by: Actor, now: datetime) -> int:
    """Shut out all kiosks of a site, or the one of that name; returns how many there were."""
    devices = [
        device for device in queries.devices_at(site.id) if name is None or device.name == name
    ]
    refuse_if(rules.why_not_revoke(name, number=len(devices)))
    for device in devices:
        device.revoked_at = now
        trail.record("kiosk.revoked", device, by=by, now=now)
    return len(devices)


def check_in(tap: Tap, *, key_hash: str, now: datetime) -> Answer:
    """Take a tap at the door that this key opens, and keep it with the answer it gets.

    The same tap again gets the same answer. Of two at the same moment the slower one breaks on the
    id and is to be taken again: then it finds what the other one wrote.
    """
    door = queries.get_door(key_hash, tap)
    if door.asked is None:
        return _take(tap, door, now=now)
    if door.asked == tap.asked:
        return cast(Answer, door.answer)
    return check_in(rules.stray(tap), key_hash=key_hash, now=now)


def _take(tap: Tap, door: AnyRow, *, now: datetime) -> Answer:
    try:
        answer, why = _arrive(tap, door, now=now), None
    except Refused as refused:
        answer, why = rules.refusal(tap.reason), refused.sentence
    if why == rules.UNKNOWN_PIN:
        _count_guess(door, now=now)
    row = {
        "id": tap.id,
        "device_id": door.device_id,
        "site_id": door.id,
        "asked": tap.asked,
        "tapped_at": tap.at,
        "received_at": now,
        "participant_id": door.participant_id,
        "is_refused": why is not None,
        "why": why,
        "answer": answer,
    }
    db.connection().execute(_KEEP, row)
    return answer


def _arrive(tap: Tap, door: AnyRow, *, now: datetime) -> Answer:
    """The answer to somebody who has come; raises `Refused` before anything is changed."""
    refuse_if(rules.why_not_take(tap, door, now=now))
    assert tap.at is not None
    by = Actor("kiosk", door.device_id)
    arrival = arrive(door.participant_id, door, at=tap.at, method=Method.KIOSK, by=by, now=now)
    zone = clock.zone(door.timezone)
    return rules.welcome(door.goes_by, arrival.places, zone=zone, is_new=arrival.is_new)


def _count_guess(door: AnyRow, *, now: datetime) -> None:
    window = now - rules.UNKNOWN_PINS_WINDOW
    facts = {"device_id": door.device_id, "window": window, "now": now}
    db.connection().execute(_COUNT_GUESS, facts)


def mark_seen(tap: KioskTap, *, by: Actor, now: datetime) -> None:
    """Staff have dealt with a refused tap. Twice changes nothing."""
    if tap.seen_at is not None:
        return
    tap.seen_at = now
    trail.record_row(
        "kiosk.tap_seen",
        KioskDevice.__tablename__,
        tap.device_id,
        by=by,
        now=now,
        chain=tap.site_id,
        facts={"tap": tap.id},
    )
