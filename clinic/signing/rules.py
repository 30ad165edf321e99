"""Who signs a sheet, when, and what they attest. Values in, answer out."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final

from clinic.formats import day_short
from clinic.programs.models import Kind, Measure, Population, Rule
from clinic.programs.rules import figure

MOST_SIGNATURES: Final = 2
NOW_ATTESTED: Final = 1
ATTESTED: Final = {  # versions stay: signatures say which of them was before their eyes
    1: {
        "own": "I led this session. Who was there, when they came and left, and who was not,"
        " is on this sheet as I know it.",
        "on behalf": "I did not lead this session. I sign for whoever did, after asking them or"
        " looking at what they wrote down. The sheet is right as far as I know.",
        "second": "I have looked at this sheet, which somebody else has signed, and I agree"
        " with it.",
    }
}

CANCELLED: Final = "This session was cancelled: there is nothing to sign."
NOT_ENDED: Final = "A sheet is signed when its session has ended."
NOBODY: Final = "Nobody is on this sheet: there is nothing to sign."
NOT_YOURS: Final = "Whoever led this session signs its sheet, or a coordinator on their behalf."
NO_STAFF: Final = "Only somebody who works here signs."
BY_IMPORT: Final = "This attendance was brought in as signed."
ONCE_EACH: Final = "You have signed this sheet. It needs another person, too."
CHANGED: Final = "This sheet has changed since you looked at it. Please look at it again."


def attested(version: int, *, is_second: bool, is_on_behalf: bool) -> str:
    """Return what a signature says."""
    said = ATTESTED[version]
    return said["second" if is_second else "on behalf" if is_on_behalf else "own"]


def signatures_min(rules: Collection[Rule], kind: Kind, population: Population) -> int:
    """Return how many signatures a rule set asks for on a sheet: one, or two."""
    asked = figure(rules, Measure.SIGNATURES_MIN, kind=kind, population=population)
    return min(max(asked or 1, 1), MOST_SIGNATURES)


def is_license_valid(signer: Any, day: date) -> bool:
    """Return whether somebody is known to have had a license on that day."""
    expires_on = signer.license_expires_on
    return bool(signer.license_number) and expires_on is not None and expires_on >= day


def license_words(signer: Any, day: date) -> str:
    """Return what is known of somebody's license on the day of a session."""
    if not signer.license_number:
        return "No license is on record."
    number, expires_on = f"License {signer.license_number}", signer.license_expires_on
    if expires_on is None:
        return f"{number}: until when it is valid is not on record."
    until = f"{day_short(expires_on)}, {expires_on.year}"
    return f"{number} {'was valid' if expires_on >= day else 'expired'}, {until}."


def why_not_now(session: Any, *, listed: int, now: datetime) -> str | None:
    """Why nobody signs for a session, with so many people on its sheet."""
    if session.is_cancelled:
        return CANCELLED
    if session.ends_at > now:
        return NOT_ENDED
    return None if listed else NOBODY


def why_not_by(
    staff_id: int | None, *, is_leader: bool, may_for_others: bool, signed: Collection[Any]
) -> str | None:
    """Why it is not this person who signs; `signed` are the signatures that there are."""
    if staff_id is None:
        return NO_STAFF
    if not is_leader and not may_for_others:
        return NOT_YOURS
    if any(one.staff_id == staff_id for one in signed):
        return ONCE_EACH
    return None


def is_waiting(signed: Collection[Any]) -> bool:
    """Return whether a sheet that was signed waits for the second signature."""
    return len(signed) == 1 and any(one.signatures_min > 1 for one in signed)


def why_not_again(signed: Collection[Any], *, is_all_signed: bool) -> str | None:
    """Why a sheet needs no further signature."""
    if signed:
        names = " and ".join(one.name for one in signed)
        return None if is_waiting(signed) else f"{names} signed this sheet already."
    return BY_IMPORT if is_all_signed else None
