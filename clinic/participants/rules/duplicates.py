"""Whether somebody may be on the list already. Plain values in, an answer out."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from rapidfuzz.distance import OSA

from clinic.names import words_of
from clinic.participants.models import Participant

CLOSE = 2  # letters in which two names may differ


class Particulars(NamedTuple):
    """What somebody is recognised by."""

    name: str
    preferred_name: str | None
    birth_on: date | None
    phone: str | None
    email: str | None


def particulars_of(participant: Participant) -> Particulars:
    """What somebody on the list is recognised by; they come with their account."""
    return Particulars(
        participant.name,
        participant.preferred_name,
        participant.birth_on,
        participant.phone,
        participant.account.email,
    )


class Likeness(NamedTuple):
    """Somebody on the list with why they may be the same person."""

    row: Any
    reason: str


def alike(person: Particulars, rows: Iterable[Any]) -> list[Likeness]:
    """Those of the list who may be this person, the likeliest first.

    Rows have id, name, preferred_name, birth_on, phone and email.
    """
    found = [
        (weight, row.name, row.id, Likeness(row, reason))
        for row in rows
        for weight, reason in [_why_alike(person, row)]
        if reason
    ]
    return [likeness for *_, likeness in sorted(found, key=lambda each: each[:3])]


def _why_alike(person: Particulars, row: Any) -> tuple[int, str]:
    """How far down the list somebody stands, and why at all; no reason for a stranger."""
    same_birth = person.birth_on is not None and person.birth_on == row.birth_on
    names = _names(person.name, person.preferred_name)
    others = _names(row.name, row.preferred_name)
    reasons = []
    if names[0] == others[0]:
        reasons.append("the same name")
    elif same_birth and any(_are_close(one, other) for one in names for other in others):
        reasons.append("a similar name")
    if same_birth and reasons:
        reasons.append("the same birth date")
    if person.phone is not None and person.phone == row.phone:
        reasons.append("the same phone number")
    if person.email is not None and person.email.lower() == row.email:
        reasons.append("the same e-mail address")
    return -len(reasons), " and ".join(
        [", ".join(reasons[:-1]), reasons[-1]] if len(reasons) > 1 else reasons
    )


def _names(name: str, preferred_name: str | None) -> list[str]:
    """What somebody may be written down as: in full, and by the name they go by."""
    words = words_of(name)
    names = [sorted(words)]
    if preferred_name and words:
        names.append(sorted([*words_of(preferred_name), words[-1]]))
    return [" ".join(each) for each in names]


def _are_close(one: str, other: str) -> bool:
    return OSA.distance(one, other, score_cutoff=CLOSE) <= CLOSE
