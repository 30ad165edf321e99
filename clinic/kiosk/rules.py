"""What a tap may be and how a kiosk is answered. Values in, answer out."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.bookings.rules import Booked, why_not_past
from clinic.formats import clock_time, counted, day_short, duration, iso_local
from clinic.names import first_free

MOST_TAPS = 1000  # in one upload
INBOX = timedelta(days=7)  # for so long a refused tap waits for staff
SAME_VISIT = timedelta(hours=12)  # who is checked in to what begins later has come once more
MOST_WAITING = 1_000_000  # that a kiosk may say it still has
SEEN_EVERY = timedelta(minutes=1)  # how exactly we know when a kiosk last sent anything

# PINs that nobody has. So many cost nothing: a morning's slips. After each one more the kiosk
# waits, twice as long as before, until somebody has not guessed for a while.
GUESSES_FREE = 30
GUESS_COUNTS_FOR = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(seconds=30)
SHORTEST_PAUSE = timedelta(seconds=1)
MOST_GUESSES = GUESSES_FREE + 6  # that are counted: with them the pause is the longest
# At all kiosks of a site together. One alone does not come to so many, so whoever guesses there
# keeps nobody waiting elsewhere.
SITE_FREE = 2 * GUESSES_FREE

# The clock of a kiosk. What is less may be the line, on which an upload takes its time: that makes
# a clock look slow, never fast. So the times of fresh taps are put right at once where it is fast,
# and all of them as soon as several uploads agree.
CLOCK_OFF = 60  # seconds
READINGS_AGREE = 30
STEADY = 3
FRESH = timedelta(minutes=2)  # between a tap and its being sent: no clock was set in between

# One wording for every refusal: nobody learns at the door which PINs exist.
SEE_FRONT_DESK = "see_front_desk"
MALFORMED = "malformed"
ID_REUSED = "id_reused"
WAIT = "wait"
PLEASE_SEE_FRONT_DESK = "Please see the front desk."

UNKNOWN_PIN = "Nobody has this PIN."
NO_LONGER_THEIRS = "They tapped the PIN that they had until"
CHANGED_HANDS = "Nobody had this PIN at that time: it was given to them later, after somebody else."
NOT_ASKED_AGAIN = (
    "Not looked at: too many unknown PINs had been tried at this kiosk. It was to ask again a "
    "moment later, and has not yet."
)
BEING_MEASURED = (
    "Not looked at: the kiosk’s clock is being measured. It was to send this again a moment later, "
    "and has not yet."
)
NO_SUCH_KIOSK = "No kiosk of that name is in use at this site."
CLOCK_FAST = "The kiosk’s clock is fast."
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
    ahead: int | None = None  # seconds that its time was put right by
    is_unsure: bool = False  # its time seems wrong, and nobody knows yet by how much


class Clock(NamedTuple):
    """By how many seconds the clock of a kiosk is ahead, and how many uploads in a row say so."""

    ahead: int | None
    readings: int


def is_off(ahead: int | None) -> bool:
    return ahead is not None and abs(ahead) >= CLOCK_OFF


def clock_of(door: Any, sent_at: datetime | None, *, now: datetime) -> Clock:
    """What is known of a kiosk's clock after an upload that was sent at `sent_at` by it."""
    known, readings = door.clock_ahead, door.clock_readings
    if sent_at is None:
        return Clock(known, readings)
    ahead = seconds_between(sent_at, now)
    if known is None or abs(ahead - known) > READINGS_AGREE:
        return Clock(ahead, 1)
    return Clock(known + round((ahead - known) / 4), min(readings + 1, STEADY))


def seconds_between(later: datetime, earlier: datetime) -> int:
    return round((later - earlier).total_seconds())


def put_right(tap: Tap, clock: Clock, sent_at: datetime | None) -> Tap:
    """The tap with its time by our clock, as far as the kiosk's is known to be wrong.

    One that was kept is looked at when that is known: with the next uploads, which send it again.
    """
    if tap.at is None or clock.ahead is None or not is_off(clock.ahead):
        return tap
    is_fresh = sent_at is not None and abs(sent_at - tap.at) <= FRESH
    if clock.readings < STEADY and not (is_fresh and clock.ahead > 0):
        return tap._replace(is_unsure=sent_at is not None and not is_fresh)
    return tap._replace(at=tap.at - timedelta(seconds=clock.ahead), ahead=clock.ahead)


def clock_words(ahead: int | None) -> str | None:
    """`The kiosk’s clock is 5 min fast.` of one that is off by so many seconds."""
    if not is_off(ahead):
        return None
    minutes = abs(ahead or 0) // 60
    days = minutes // (24 * 60)
    length = counted(days, "day") if days else duration(minutes)
    return f"The kiosk’s clock is {length} {'fast' if ahead and ahead > 0 else 'slow'}."


def with_clock(sentence: str, tap: Tap, clock: Clock, *, now: datetime) -> str:
    """Why somebody's tap is refused, for staff, with what its kiosk's clock has to do with it."""
    words = clock_words(clock.ahead) or (CLOCK_FAST if why_not_past(tap.at, now=now) else None)
    if words is None:
        return sentence
    return f"{sentence} {words}{'' if tap.ahead is None else ' Its time was put right.'}"


def spare_id(asked: str) -> str:
    """An id for a tap that has none of its own; the same for the same tap."""
    return str(UUID(hex=asked[:32]))


def stray(tap: Tap) -> Tap:
    """The tap, to be kept under an id of its own: it came under that of another one."""
    return tap._replace(id=spare_id(tap.asked), problem=ID_TAKEN, reason=ID_REUSED)


class Owner(NamedTuple):
    """Whose tap it is, as far as that is known, and why it does not count for them."""

    participant_id: int | None
    goes_by: str | None = None
    why_not: str | None = None


def is_theirs(door: Any, at: datetime | None) -> bool:
    """Whether whoever has the PIN of a tap now had it at that moment, for certain."""
    if door.participant_id is None:
        return False
    return at is None or door.pin_since is None or door.pin_since <= at


def owner_at(door: Any, before: Sequence[Any], at: datetime, *, zone: ZoneInfo) -> Owner:
    """Who had a PIN at that moment. `before` are those who had it and whom it was taken from, the
    first first; `door` has who has it now, if anybody."""
    now = Owner(door.participant_id, door.goes_by)
    for had in before:
        if (had.given_at is None or had.given_at <= at) and at < had.retired_at:
            return Owner(had.participant_id, had.goes_by)
    if now.participant_id is None:
        if not before:
            return now._replace(why_not=UNKNOWN_PIN)
        last = before[-1]
        until = f"{day_short(last.retired_at.astimezone(zone).date())}, "
        until += clock_time(last.retired_at, zone)
        return Owner(last.participant_id, last.goes_by, f"{NO_LONGER_THEIRS} {until}.")
    if any(had.participant_id != now.participant_id for had in before):
        return now._replace(why_not=CHANGED_HANDS)
    return now  # it never meant anybody else


def pause(door: Any, *, now: datetime) -> timedelta:
    """For how long no PIN is looked at yet, right or wrong; nothing where nobody guesses."""
    left = timedelta(0)
    if door.paused_until is not None:
        left = min(max(left, door.paused_until - now), LONGEST_PAUSE)
    if door.guessed_at is None:
        return left
    length = _length(_guesses(door.guesses_until, at=door.guessed_at), free=GUESSES_FREE)
    by_itself: timedelta = min(door.guessed_at + length - now, length)
    return max(left, by_itself)


def site_pause(guesses_until: Iterable[datetime | None], *, now: datetime) -> timedelta:
    """For how long no PIN is looked at at any kiosk of a site after one more guess at one of them;
    `guesses_until` is of each kiosk."""
    guesses = sum(_guesses(until, at=now) for until in guesses_until)
    return _length(guesses, free=SITE_FREE)


def _guesses(until: datetime | None, *, at: datetime) -> int:
    return max(0, -(-(until - at) // GUESS_COUNTS_FOR)) if until else 0


def _length(guesses: int, *, free: int) -> timedelta:
    if guesses <= free:
        return timedelta(0)
    doubled = min(guesses - free - 1, LONGEST_PAUSE.seconds.bit_length())
    return min(SHORTEST_PAUSE * (1 << doubled), LONGEST_PAUSE)


def is_guessed_at(door: Any, *, now: datetime) -> bool:
    """Whether so many unknown PINs were tried lately that one more has the kiosk wait."""
    most = GUESSES_FREE * GUESS_COUNTS_FOR
    return door.guesses_until is not None and bool(door.guesses_until - now > most)


def guessed(door: Any, *, now: datetime) -> dict[str, datetime]:
    """What is known of a kiosk after one more PIN that nobody has."""
    since = max(now, door.guesses_until or now)
    until = min(since + GUESS_COUNTS_FOR, now + MOST_GUESSES * GUESS_COUNTS_FOR)
    return {"guessed_at": now, "guesses_until": until}


def is_settled(tap: Any) -> bool:
    """Whether whoever was refused has been checked in since; `tap` has the start of the first
    session after it at which they have been."""
    return (
        tap.at is not None and tap.came_to is not None and bool(tap.came_to - tap.at <= SAME_VISIT)
    )


def is_heard_from(door: Any, *, waiting: int | None, clock: Clock, now: datetime) -> bool:
    """Whether it is known well enough when a kiosk last sent anything, what it still had, and how
    its clock goes."""
    return (
        door.seen_at is not None
        and door.waiting_taps == waiting
        and door.clock_readings == clock.readings
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
