from datetime import date, datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import func, select

from clinic import trail
from clinic.accounts.actions import add_account, change_email
from clinic.db import db
from clinic.errors import Refused, refuse_if
from clinic.participants import queries
from clinic.participants.models import Participant
from clinic.participants.rules import people as rules
from clinic.permissions import Role
from clinic.trail import Actor


class Details(TypedDict, total=False):
    """More about somebody. What is not given stays as it is."""

    pronouns: str | None
    language: str | None
    phone: str | None


def add(
    *,
    key: str | None = None,
    name: str,
    preferred_name: str | None = None,
    birth_on: date | None = None,
    email: str | None = None,
    pin: str | None = None,
    by: Actor,
    now: datetime,
    **details: Unpack[Details],
) -> Participant:
    """Admit a person to the clinic's list; without a key they get the next free `p-…`."""
    _refuse_birth(birth_on, now)
    participant = Participant(
        key=key or _next_key(),
        name=name,
        preferred_name=preferred_name,
        birth_on=birth_on,
        account=add_account(email, frozenset({Role.PARTICIPANT}), by=by, now=now),
        **_proper(details),
    )
    if pin:
        set_pin(participant, pin)
    db.add(participant)
    db.flush()
    trail.record("participant.added", participant, by=by, now=now)
    return participant


def change(
    participant: Participant,
    *,
    name: str,
    preferred_name: str | None,
    birth_on: date | None,
    email: str | None,
    pin: str | None,
    by: Actor,
    now: datetime,
    **details: Unpack[Details],
) -> bool:
    """Bring somebody's particulars up to date; no PIN keeps the one they have.

    Returns whether anything changed.
    """
    refuse_if(rules.MERGED if participant.merged_into_id else None)
    before = _particulars(participant)
    if birth_on != participant.birth_on:
        _refuse_birth(birth_on, now)
    participant.name = name
    participant.preferred_name = preferred_name
    participant.birth_on = birth_on
    for detail, value in _proper(details).items():
        setattr(participant, detail, value)
    change_email(participant.account, email, by=by, now=now)
    if pin:
        set_pin(participant, pin)
    if _particulars(participant) == before:
        return False
    db.flush()
    trail.record("participant.changed", participant, by=by, now=now)
    return True


def set_pin(participant: Participant, pin: str) -> None:
    """Give somebody a PIN of their own; raises `Refused` when it is weak or another's."""
    refuse_if(rules.why_not_pin(pin))
    with db.no_autoflush:
        if queries.is_pin_taken(pin, but=participant if participant.id else None):
            raise Refused(rules.PIN_TAKEN)
    participant.pin_digest = queries.pin_digest(pin)


def _particulars(participant: Participant) -> tuple[Any, ...]:
    return (
        participant.name,
        participant.preferred_name,
        participant.pronouns,
        participant.language,
        participant.phone,
        participant.birth_on,
        participant.account.email,
        participant.pin_digest,
    )


def _proper(details: Details) -> dict[str, str | None]:
    """The details as they are kept; raises `Refused` for what cannot be."""
    kept = {detail: str(value) if value else None for detail, value in details.items()}
    if phone := kept.get("phone"):
        refuse_if(rules.why_not_phone(phone))
        kept["phone"] = rules.phone_number(phone)
    if language := kept.get("language"):
        refuse_if(rules.why_not_language(language))
    return kept


def _refuse_birth(birth_on: date | None, now: datetime) -> None:
    if birth_on is not None:
        refuse_if(rules.why_not_birth(birth_on, today=now.date()))


def _next_key() -> str:
    number = (db.scalar(select(func.max(Participant.id))) or 0) + 1
    taken = queries.keys_in_use()
    while f"p-{number:03d}" in taken:
        number += 1
    return f"p-{number:03d}"
