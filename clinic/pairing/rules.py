"""How long a code holds and how often one may be tried; what is said of a kiosk."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from clinic.formats import counted
from clinic.kiosk.models import Station

CODE_LETTERS: Final = 8  # of five bits each
CODE_LASTS: Final = timedelta(minutes=10)
# After wrong codes from one network nothing is tried from there, for so long at most: nobody can
# keep others from pairing a tablet, and 40 bits are found in ten minutes once in 16 billion.
LONGEST_PAUSE: Final = timedelta(seconds=10)
SILENT_AFTER: Final = timedelta(minutes=5)  # a kiosk that is on says something every minute

WRONG: Final = "This code is not right. Check it, or ask for a new one."
USED: Final = "This code has been used by another tablet. Ask for a new one."
OVER: Final = "This code has expired. Ask for a new one."
SITE_OUT_OF_USE: Final = "The site of this code is retired."
TAKEN: Final = "This site has a kiosk of that name. Choose another one, or revoke it first."


KINDS: Final = {
    Station.KEYPAD: "Check-in by PIN",
    Station.SEARCH: "Front desk: staff look people up",
    Station.ROOM: "Screen in a room: the code for phones",
}

ASKS: Final = {  # what a tablet shows once it is paired
    Station.KEYPAD: "Then it asks for a PIN.",
    Station.SEARCH: "Then it asks for a staff PIN: everybody makes their own under Your account.",
    Station.ROOM: "Then choose the room that it is in.",
}


class Paired(NamedTuple):
    """The key of a kiosk, or why there is none."""

    key: str | None
    why_not: str | None = None
    kind: Station = Station.KEYPAD


def why_not_pair(code: Any | None, *, now: datetime) -> str | None:
    """Why a code leads to no key; `code` is what is kept of it, if it was ever made."""
    if code is None:
        return WRONG
    if code.used_at is not None:
        return USED
    if code.expires_at <= now:
        return OVER
    return None if code.site.is_active else SITE_OUT_OF_USE


def too_many(pause: timedelta) -> str:
    seconds = counted(-(-pause // timedelta(seconds=1)), "second")
    return f"Too many codes were tried from here. Please try again in {seconds}."


def waiting_words(number: int | None) -> str:
    """What a kiosk still had when it was last heard from, as far as it said so."""
    if number is None:
        return ""
    return (
        f"{counted(number, 'check-in')} waiting on it" if number else "no check-ins waiting on it"
    )


def is_silent(seen_at: datetime | None, *, now: datetime) -> bool:
    """Whether a kiosk that was heard from before no longer is."""
    return seen_at is not None and now - seen_at > SILENT_AFTER
