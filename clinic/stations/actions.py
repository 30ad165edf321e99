from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

from sqlalchemy import delete, update

from clinic import trail
from clinic.accounts.models import Account
from clinic.arrivals.actions import arrive
from clinic.clock import zone as zone_of
from clinic.db import AnyRow, db
from clinic.errors import Refused
from clinic.schedule.models import Method, Mode
from clinic.stations import queries, rules
from clinic.stations.models import KioskUnlock, StaffPin
from clinic.stations.queries import User
from clinic.tokens import fingerprint, new_digits, new_token
from clinic.trail import Actor

Given = TypeVar("Given")


def make_pin(account_id: int, *, by: Actor, now: datetime) -> str:
    """Give somebody on the staff a PIN for kiosks, which is returned here and never again.

    The one before ends, and so does what was opened with it. It is made at random: whoever chose
    one would learn which PINs others have.
    """
    remove_pin(account_id, by=None, now=now)
    made = iter(partial(new_digits, rules.PIN_DIGITS), None)
    pin = next(each for each in made if not queries.is_taken(queries.pin_digest(each)))
    db.add(StaffPin(account_id=account_id, digest=queries.pin_digest(pin), made_at=now))
    db.flush()
    _record("account.kiosk_pin_made", account_id, by=by, now=now)
    return pin


def remove_pin(account_id: int, *, by: Actor | None, now: datetime) -> bool:
    """Take somebody's PIN for kiosks away, if they have one; it locks what was opened with it."""
    gone = db.scalars(
        delete(StaffPin).where(StaffPin.account_id == account_id).returning(StaffPin.id)
    ).all()
    if not gone:
        return False
    theirs = KioskUnlock.account_id == account_id, KioskUnlock.ended_at.is_(None)
    db.execute(update(KioskUnlock).where(*theirs).values(ended_at=now))
    if by is not None:
        _record("account.kiosk_pin_removed", account_id, by=by, now=now)
    return True


def unlock(pin: str, station: AnyRow, *, now: datetime) -> tuple[User, str] | None:
    """Let somebody on the staff use a kiosk: who it is, and the token that stands for it."""
    user = queries.find_by_pin(pin, station.device_id)
    if user is None:
        return None
    token = new_token()
    here, long_ago = KioskUnlock.device_id == station.device_id, now - 2 * rules.LONGEST
    db.execute(delete(KioskUnlock).where(here, KioskUnlock.unlocked_at < long_ago))
    db.add(
        KioskUnlock(
            device_id=station.device_id,
            account_id=user.account_id,
            token_hash=fingerprint(token),
            unlocked_at=now,
            used_at=now,
        )
    )
    trail.record_row(
        "kiosk.unlocked",
        "kiosk_device",
        station.device_id,
        by=user.actor,
        now=now,
        chain=station.id,
        facts={},
    )
    return user, token


def use(token: str, station: AnyRow, *, now: datetime) -> User:
    """Return who has opened a kiosk, which stays open a while longer; raise `Refused` where it is
    locked."""
    found = queries.find_unlock(token, station.device_id, now=now)
    user = queries.find_user(found) if found else None
    if found is None or user is None:
        raise Refused(rules.LOCKED, "unlock")
    found.used_at = now
    return user


def lock(token: str, station: AnyRow, *, now: datetime) -> None:
    """Lock a kiosk again. Twice changes nothing."""
    found = queries.find_unlock(token, station.device_id, now=now)
    if found is not None:
        found.ended_at = now


def attempt(answered: Callable[[], Given]) -> Given | tuple[dict[str, Any], int]:
    """Return the answer to a kiosk, or the sentence of a rule that says no."""
    try:
        return answered()
    except Refused as refused:
        return {"error": refused.sentence, "is_locked": refused.field == "unlock"}, 422


class CheckedIn(NamedTuple):
    said: str
    change: str | None  # what can be undone, if anything was done


def check_in(
    participant_id: int, name: str, among: Iterable[int], station: AnyRow, user: User, now: datetime
) -> CheckedIn:
    """Check somebody in at a kiosk by name, as the desk does; staff say who it is."""
    act = uuid4().hex
    arrival = arrive(
        participant_id,
        station,
        at=now,
        method=Method.STAFF,
        took_part=Mode.IN_PERSON,
        among=set(among),
        act=act,
        by=user.actor,
        now=now,
    )
    zone = zone_of(station.timezone)
    said = rules.checked_in_words(name, arrival.places, zone=zone, is_new=arrival.is_new)
    return CheckedIn(said, act if arrival.is_new else None)


def _record(verb: str, account_id: int, *, by: Actor, now: datetime) -> None:
    facts: dict[str, object] = {}
    trail.record_row(verb, Account.__tablename__, account_id, by=by, now=now, chain=0, facts=facts)
