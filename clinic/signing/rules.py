"""Who signs a sheet, when, and what they attest. Values in, answer out."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from clinic.attendance.rules import is_waiting
from clinic.formats import counted, day_numeric, day_short, notice, wall_time
from clinic.permissions import Permission, permissions_of
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

ON_BEHALF: Final = " on behalf of whoever led it"

NOT_YOURS: Final = "Whoever led this session signs its sheet, or a coordinator on their behalf."
NO_STAFF: Final = "Only somebody who works here signs."
GONE: Final = "This session is no longer there."
ONCE_EACH: Final = "You have signed this sheet. It needs another person, too."


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
    word = ", valid until" if expires_on >= day else " had expired on"
    return f"{number}{word} {day_numeric(expires_on)}."


def has_led(leaders: Collection[Any], staff_id: int | None) -> bool:
    """Return whether somebody is among those who led a session, as far as anybody has said."""
    return any(one.staff_id == staff_id and one.has_led is not False for one in leaders)


def signature_words(one: Any, day: date, zone: ZoneInfo) -> str:
    """`Ana Rivera, LCSW, Mon, Mar 2, 11:05 am, on behalf of who led it. License …`."""
    at = one.signed_at.astimezone(zone)
    who = ", ".join(filter(None, (one.name, one.credentials)))
    how = " as the second person" if one.is_second else ON_BEHALF if one.is_on_behalf else ""
    when = f"{day_short(at.date())}, {wall_time(at.time())}"
    return f"{who}{how}, {when}. {license_words(one, day)}"


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


def why_changed(by: str | None) -> str:
    """Why a sheet is not signed that is another than when it was looked at; `by` is whoever did
    something on it last."""
    last = f", last by {by}" if by else ""
    return f"This sheet has changed since you looked at it{last}. Please look at it again."


def signs_for_added(signed: Collection[Any], rows: Collection[Any], staff_id: int | None) -> bool:
    """Return whether this signature is for who was put on a signed sheet since, and no other one.

    A program that begins some days ago puts its people on sheets that are signed by now.
    """
    if not signed or all(row.signed_at for row in rows):
        return False
    return not is_waiting(signed) or any(one.staff_id == staff_id for one in signed)


class State(NamedTuple):
    """Where a sheet stands that is not signed: the word, and its shape and tone."""

    word: str
    shape: str
    tone: str


def state_of(sheet: Any) -> State:
    """Return what a sheet needs; a row with its `unmarked` and whether it `waits` for a second."""
    if sheet.unmarked:
        return State(f"{counted(sheet.unmarked, 'person', 'people')} unmarked", "half", "warn")
    if sheet.waits:
        return State("Second signature", "signed", "doubt")
    return State("Complete", "check", "good")


def signed_words(number: int, which: str = "") -> str:
    """Return what is said after signing so many sheets; `which` it was, where it is one of many."""
    if number > 1:
        return f"{number} sheets are signed."
    return f"{which}: the sheet is signed." if which else "The sheet is signed."


# The message of the next morning: it says nothing of whom or of what.

REMINDED_FROM: Final = 7  # o'clock
NEW: Final = timedelta(days=7)  # longer ago, a sheet alone is no reason to write
SUBJECT: Final = "Sheets to sign"


def is_to_remind(row: Any, today: date) -> bool:
    """Return whether somebody who leads is written to this morning; a row of `to_remind`."""
    return today - row.newest <= NEW and Permission.SIGN_SHEETS in permissions_of(row.roles)


def reminder(number: int, link: str) -> str:
    """Return the whole message; `link` is where they are, if that is known."""
    return notice(f"you have {counted(number, 'sheet')} to sign.", link)
