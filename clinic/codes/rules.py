"""The code that a room shows for phones, and what its leader is told of them. Values in, answer
out."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from clinic.codes.models import Refusal
from clinic.formats import clock_time, listed
from clinic.programs.models import PhoneCheckIn
from clinic.schedule.models import Mode
from clinic.schedule.rules.sessions import opens_at

DIGITS = 6
SECONDS = 60  # for so long a code is shown
LATE = 30  # seconds off the screen, after which a code is likelier to have been passed on

TRIES = 10  # codes that were none, in so long; then nothing is looked at for a while
TRIES_WITHIN = timedelta(minutes=10)

TOO_MANY = "That were too many codes. Wait a few minutes, or ask whoever leads the session."
SENTENCES = {
    Refusal.RUN_OUT: "That code has run out. Enter the one that is on the screen now.",
    Refusal.ELSEWHERE: "That is the code of another session. Enter the one shown in your room.",
    Refusal.WRONG: "That is not the code of your session. Enter the one that is on the screen now.",
}
_TRIED = {
    Refusal.RUN_OUT: "with a code that had run out",
    Refusal.ELSEWHERE: "with the code of another session",
    Refusal.WRONG: "with a code that was never shown here",
}

Codes = Callable[[int, int], str]  # of a session, in a minute


class Judged(NamedTuple):
    """What a code that somebody entered is: that of one of their sessions, or none."""

    session_id: int
    gone_seconds: int = 0  # since it had left the screen
    refused: Refusal | None = None


def digits_of(digest: str) -> str:
    """The code that follows from a digest, in hexadecimal."""
    return f"{int(digest, 16) % 10**DIGITS:0{DIGITS}d}"


def minute_of(now: datetime) -> int:
    """The minute that it is, counted from 1970: each has a code of its own."""
    return int(now.timestamp()) // SECONDS


def seconds_left(now: datetime) -> int:
    """For how long the code of now is still shown."""
    return SECONDS - int(now.timestamp()) % SECONDS


def judge(
    typed: str,
    own: Collection[Any],
    others: Iterable[int],
    *,
    codes: Codes,
    now: datetime,
) -> Judged:
    """Whose code that is. `own` are their sessions that ask for one now, at least one; `others`
    the ids of those that are open elsewhere."""
    minute = minute_of(now)
    for one in own:
        if codes(one.session_id, minute) == typed:
            return Judged(one.session_id)
        if codes(one.session_id, minute - 1) == typed:
            return Judged(one.session_id, SECONDS - seconds_left(now))
    for one in own:
        first = minute_of(opens_at(one.starts_at, one.doors_minutes))
        if any(codes(one.session_id, each) == typed for each in range(first, minute - 1)):
            return Judged(one.session_id, refused=Refusal.RUN_OUT)
    elsewhere = any(codes(each, then) == typed for each in others for then in (minute, minute - 1))
    first_own = min(own, key=lambda one: (one.starts_at, one.session_id))
    refused = Refusal.ELSEWHERE if elsewhere else Refusal.WRONG
    return Judged(first_own.session_id, refused=refused)


def why_not_try(tries: int) -> str | None:
    """Why a code is not even looked at: nobody finds one by trying."""
    return TOO_MANY if tries >= TRIES else None


def is_open(session: Any, *, now: datetime) -> bool:
    """Whether people check in to a session now."""
    opens = opens_at(session.starts_at, session.doors_minutes)
    return not session.is_cancelled and bool(opens <= now <= session.ends_at)


def asks_code(session: Any) -> bool:
    """Whether a phone in its room needs the code that is shown there."""
    return session.mode is not Mode.VIRTUAL and session.phone_check_in is PhoneCheckIn.CODE


def why_not_shown(session: Any, *, zone: ZoneInfo, now: datetime) -> str | None:
    """Why a session has no code to show now."""
    if session.is_cancelled:
        return "This session has been cancelled."
    if not asks_code(session):
        return "No code is needed for this session."
    if now > session.ends_at:
        return "This session is over."
    opens = opens_at(session.starts_at, session.doors_minutes)
    return None if now >= opens else f"The code is shown from {clock_time(opens, zone)}."


# How to join by video

LONGEST_LINK = 500
NOT_A_LINK = "Enter the whole link, as the meeting gives it: https://…"


def why_not_link(text: str) -> str | None:
    """Why people cannot be led there."""
    parts = urlsplit(text) if text.isascii() and text.isprintable() and " " not in text else None
    is_one = parts is not None and parts.scheme == "https" and "." in parts.netloc
    return None if is_one and parts and "@" not in parts.netloc else NOT_A_LINK


# What the leader of a session is told


def notes(
    events: Sequence[Any], names: Mapping[int, str], present: Collection[int], *, zone: ZoneInfo
) -> list[str]:
    """What is worth a look about phones at a session, a sentence each; nothing of it was refused
    but a code. `events` have the columns of `PhoneEvent`, `names` and `present` are by their
    participant."""
    known = [event for event in events if event.participant_id in names]
    return [
        *_one_device(known, names),
        *_passed_on(known, names),
        *_away(known, names, zone),
        *_tried(known, names, present, zone),
    ]


def _one_device(events: Iterable[Any], names: Mapping[int, str]) -> Iterable[str]:
    people: dict[str, dict[int, None]] = defaultdict(dict)
    for event in events:
        if event.device and event.refused is None:
            people[event.device][event.participant_id] = None
    for theirs in people.values():
        if len(theirs) > 1:
            yield f"{listed([names[one] for one in theirs])} checked in on the same device."


def _passed_on(events: Iterable[Any], names: Mapping[int, str]) -> Iterable[str]:
    for event in events:
        if event.refused is None and event.gone_seconds >= LATE:
            gone = f"{event.gone_seconds} seconds"
            yield f"{names[event.participant_id]} entered a code that had been gone for {gone}."


def _away(events: Iterable[Any], names: Mapping[int, str], zone: ZoneInfo) -> Iterable[str]:
    gone: dict[int, datetime] = {}
    for event in events:
        if event.refused is not None:
            continue
        who = event.participant_id
        if who in gone:
            left, back = clock_time(gone.pop(who), zone), clock_time(event.at, zone)
            yield f"{names[who]} left at {left} and joined again at {back}."
        if event.left_at is not None:
            gone[who] = event.left_at


def _tried(
    events: Iterable[Any], names: Mapping[int, str], present: Collection[int], zone: ZoneInfo
) -> Iterable[str]:
    last = {
        event.participant_id: event
        for event in events
        if event.refused is not None and event.participant_id not in present
    }
    for participant_id, event in last.items():
        how = f"{_TRIED[event.refused]} at {clock_time(event.at, zone)}"
        yield f"{names[participant_id]} tried to check in {how}, and is not checked in."
