"""What a tap may be and how a kiosk is answered. Values in, answer out."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.attendance.rules import Booked
from clinic.formats import iso_local
from clinic.names import first_free

MOST_TAPS = 1000  # in one upload
INBOX = timedelta(days=7)  # for so long a refused tap waits for staff
MOST_WAITING = 1_000_000  # that a kiosk may say it still has
SEEN_EVERY = timedelta(minutes=1)  # how exactly we know when a kiosk last sent anything

# PINs that nobody has. So many cost nothing: a morning's slips. After each one more the kiosk
# waits, twice as long as before, until somebody has not guessed for a while.
GUESSES_FREE = 30
GUESS_COUNTS_FOR = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(seconds=30)
SHORTEST_PAUSE = timedelta(seconds=1)
MOST_GUESSES = GUESSES_FREE + 6  # that are counted: with them the pause is the longest

# One wording for every refusal: nobody learns at the door which PINs exist.
SEE_FRONT_DESK = "see_front_desk"
MALFORMED = "malformed"
ID_REUSED = "id_reused"
WAIT = "wait"
PLEASE_SEE_FRONT_DESK = "Please see the front desk."

UNKNOWN_PIN = "Nobody has this PIN."
NOT_ASKED_AGAIN = (
    "Not looked at: too many unknown PINs had been tried at this kiosk. It was to ask again a "
    "moment later, and has not yet."
)
NO_SUCH_KIOSK = "No kiosk of that name is in use at this site."
ID_TAKEN = "The kiosk sent this tap under the id of another one."


Answer = dict[str, Any]


class Tap(NamedTuple):
    """Somebody's tap as the kiosk sent it.

    `problem` says to staff why it cannot be taken as it is, `reason` the same to the kiosk.
    """

    id: str
    asked: str  # a keyed digest of all it asks for
    pin_digest: str | None = None
    at: datetime | None = None
    problem: str | None = None
    reason: str = SEE_FRONT_DESK


def spare_id(asked: str) -> str:
    """An id for a tap that has none of its own; the same for the same tap."""
    return str(UUID(hex=asked[:32]))


def stray(tap: Tap) -> Tap:
    """The tap, to be kept under an id of its own: it came under that of another one."""
    return tap._replace(id=spare_id(tap.asked), problem=ID_TAKEN, reason=ID_REUSED)


def why_not_take(tap: Tap, door: Any) -> str | None:
    """Why a tap leads nowhere, whatever its owner has booked; `door` is where it was made."""
    if tap.problem is not None:
        return tap.problem
    return None if door.participant_id is not None else UNKNOWN_PIN


def pause(door: Any, *, now: datetime) -> timedelta:
    """For how long no PIN is looked at yet, right or wrong; nothing where nobody guesses."""
    if door.guessed_at is None:
        return timedelta(0)
    guesses: int = -(-(door.guesses_until - door.guessed_at) // GUESS_COUNTS_FOR)
    if guesses <= GUESSES_FREE:
        return timedelta(0)
    length = min(SHORTEST_PAUSE * (1 << guesses - GUESSES_FREE - 1), LONGEST_PAUSE)
    left: timedelta = door.guessed_at + length - now
    return min(max(timedelta(0), left), length)


def is_guessed_at(door: Any, *, now: datetime) -> bool:
    """Whether so many unknown PINs were tried lately that one more has the kiosk wait."""
    most = GUESSES_FREE * GUESS_COUNTS_FOR
    return door.guesses_until is not None and bool(door.guesses_until - now > most)


def guessed(door: Any, *, now: datetime) -> dict[str, datetime]:
    """What is known of a kiosk after one more PIN that nobody has."""
    since = max(now, door.guesses_until or now)
    until = min(since + GUESS_COUNTS_FOR, now + MOST_GUESSES * GUESS_COUNTS_FOR)
    return {"guessed_at": now, "guesses_until": until}


def is_heard_from(door: Any, *, waiting: int | None, now: datetime) -> bool:
    """Whether it is known well enough when a kiosk last sent anything, and what it still had."""
    return (
        door.seen_at is not None
        and door.waiting_taps == waiting
        and now - door.seen_at < SEEN_EVERY
    )


def why_not_name(name: str | None, *, taken: Collection[str]) -> str | None:
    """Why a kiosk cannot have this name at its site; none asks for the next free one."""
    if name is not None and not name.strip():
        return "Give the kiosk a name, or leave the option out."
    return "This site has a kiosk of that name. Revoke it first." if name in taken else None


def why_not_revoke(name: str | None, *, number: int) -> str | None:
    """Why no kiosk can be revoked; `number` in use have that name."""
    return NO_SUCH_KIOSK if name is not None and not number else None


def free_name(taken: Collection[str], name: str = "Kiosk") -> str:
    """`Kiosk`, or the first free of `Kiosk 2`, `Kiosk 3` …"""
    return first_free(name, taken)


def welcome(name: str, places: Iterable[Booked], *, zone: ZoneInfo, is_new: bool) -> Answer:
    """The answer to somebody who is checked in, now or before. `name` is what they go by."""
    return {
        "result": "checked_in" if is_new else "already_checked_in",
        "greeting": f"Thank you, {name.strip().upper()[:1]}.",
        "sessions": [
            {
                "start": iso_local(each.starts_at, zone),
                "end": iso_local(each.ends_at, zone),
                "room": each.room or "",
                "arrived": iso_local(each.came_at, zone),
            }
            for each in places
        ],
        "reason": None,
    }


def refusal(reason: str) -> Answer:
    """The answer to everybody else."""
    return {
        "result": "refused",
        "greeting": PLEASE_SEE_FRONT_DESK,
        "sessions": [],
        "reason": reason,
    }


def not_yet(wait: timedelta) -> Answer:
    """The answer to a tap that is to be sent again, under the same id, after so many seconds."""
    return refusal(WAIT) | {"retry_after": -(-wait // timedelta(seconds=1))}


def is_decided(answer: Answer) -> bool:
    """Whether the same tap gets the same answer from now on."""
    return "retry_after" not in answer
