from datetime import datetime

from sqlalchemy import update

from clinic import trail
from clinic.db import db
from clinic.errors import refuse_if
from clinic.kiosk import actions as kiosk
from clinic.kiosk.models import KioskDevice, Station
from clinic.kiosk.queries import devices_at
from clinic.kiosk.rules import free_name
from clinic.pairing import queries, rules
from clinic.pairing.models import PairingCode
from clinic.pairing.rules import Paired
from clinic.programs.models import Site
from clinic.tokens import new_code
from clinic.trail import Actor


def make_code(
    site: Site,
    *,
    name: str | None,
    kind: Station = Station.KEYPAD,
    by: Actor,
    now: datetime,
) -> str:
    """A code for one more kiosk of a site; an earlier one for a kiosk of that name ends."""
    taken = _names_at(site.id)
    refuse_if(rules.TAKEN if name in taken else None, "name")
    waiting = {each.name: each for each in queries.open_codes(now, site_id=site.id)}
    if name in waiting:
        end_code(waiting[name], by=by, now=now)
    code = new_code(rules.CODE_LETTERS)
    assert by.id is not None
    kept = PairingCode(
        site_id=site.id,
        name=name or free_name(taken | waiting.keys()),
        kind=kind,
        account_id=by.id,
        code_digest=queries.code_digest(code),
        expires_at=now + rules.CODE_LASTS,
    )
    db.add(kept)
    db.flush()
    trail.record("kiosk.code_made", kept, by=by, now=now)
    return code


def end_code(code: PairingCode, *, by: Actor, now: datetime) -> None:
    """Have a code lead nowhere any more. Twice, or after it was used, changes nothing."""
    ended = db.execute(
        update(PairingCode)
        .where(
            PairingCode.id == code.id, PairingCode.used_at.is_(None), PairingCode.expires_at > now
        )
        .values(expires_at=now)
        .returning(PairingCode.id)
    )
    if ended.one_or_none() is not None:
        trail.record("kiosk.code_ended", code, by=by, now=now)


def enter_code(typed: str, *, now: datetime) -> Paired:
    """The key of a new kiosk in exchange for a code. Of two tablets with one, the first gets it."""
    code = queries.find_code(typed)
    why_not = rules.why_not_pair(code, now=now)
    if code is None or why_not:
        return Paired(None, why_not)
    code.used_at = now
    by = Actor("account", code.account_id)
    name = free_name(_names_at(code.site_id), code.name)
    key = kiosk.pair(code.site, name=name, kind=code.kind, by=by, now=now, code=code.id)
    return Paired(key, kind=code.kind)


def rename(device: KioskDevice, *, name: str, by: Actor, now: datetime) -> None:
    """Call a kiosk otherwise."""
    if name == device.name:
        return
    refuse_if(rules.TAKEN if name in _names_at(device.site_id) else None, "name")
    device.name = name
    db.flush()
    trail.record("kiosk.renamed", device, by=by, now=now)


def _names_at(site_id: int) -> set[str]:
    return {device.name for device in devices_at(site_id)}
