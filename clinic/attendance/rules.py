"""The sheet of a session: who may be marked, what that changes, and how it reads. Values in,
answer out."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

from clinic.arrivals.rules import NOT_OPEN, OVER
from clinic.bookings.rules import (
    CANCELLED,
    CANCELLED_SINCE,
    SEAT_GONE,
    Booked,
    is_same_mark,
    iso,
    why_not_past,
    why_not_times,
    why_not_touch,
)
from clinic.schedule.models import ABSENT, ANNOUNCED, Identity, Method, Mode, Status
from clinic.schedule.rules.sessions import opens_at
from clinic.schedule.rules.words import MINUTE, is_late
from clinic.trail import Actor

LATE_BY = (5, 10, 15, 20)  # minutes that one tap says
THEIR_OWN = frozenset({Method.KIOSK, Method.PHONE})  # to the second, by whoever comes
NOT_HELD = "This session was cancelled: there is nothing to sign."
NOT_ENDED = "A sheet is signed when its session has ended."
NOBODY = "Nobody is on this sheet: there is nothing to sign."
SIGNED_BY_IMPORT = "This attendance was brought in as signed."
NOT_HERE = "They have not checked in."
NOT_BEGUN = "This session has not begun yet."
NOT_LATE_YET = "Nobody is late before the session has begun."
NO_SHOW_TOO_EARLY = "Nobody is a no-show before the session has begun."
MARKED_ALREADY = "Their attendance has been marked already."
REASON_FOR_NOTHING = "Press the button that this reason belongs to."

# Why somebody who has announced an absence cannot come after all, said to themselves.
HAS_BEGUN = "This session has begun. If you are on your way, check in at the door."
NOT_THEIRS_TO_TAKE_BACK = "Staff have changed this since. Ask the front desk."
WHY_NOT_COME = {
    CANCELLED_SINCE: CANCELLED,
    SEAT_GONE: "Your seat has been given to somebody else, and no other one is free. Ask the"
    " front desk: they know where there is one.",
}


def is_coming(booked: Booked | None, *, now: datetime) -> bool:
    """Whether somebody is expected at a session that is ahead, with nothing to take back."""
    if booked is None or booked.is_cancelled or booked.starts_at <= now:
        return False
    return booked.status is Status.EXPECTED


# Marks by staff


def why_not_mark(after: Booked, *, now: datetime) -> str | None:
    """Why staff cannot mark somebody so."""
    if sentence := why_not_touch(after):
        return sentence
    if after.reason_for is Status.EXPECTED:
        return REASON_FOR_NOTHING
    if after.status is Status.PRESENT and now < after.opens_at:
        return NOT_OPEN
    if after.status is Status.NO_SHOW and now < after.starts_at:
        return NO_SHOW_TOO_EARLY
    return (
        why_not_times(after)
        or why_not_past(after.arrived_at, now=now)
        or why_not_past(after.left_at, now=now)
    )


def why_not_leave(booked: Booked, left_at: datetime | None) -> str | None:
    """Why somebody cannot say themselves that they have left, or are back."""
    if booked.status is not Status.PRESENT:
        return NOT_HERE
    if left_at is not None and left_at < booked.starts_at:
        return NOT_BEGUN
    return why_not_touch(booked)


def late_by(session: Any, *, now: datetime) -> list[int]:
    """Return the minutes late that can be chosen: those beyond the grace that have passed."""
    passed = min(now, session.ends_at) - session.starts_at
    return [each for each in LATE_BY if session.grace_minutes < each and each * MINUTE <= passed]


def is_asked_when(booked: Any, session: Any, *, now: datetime) -> bool:
    """Whether a press on Late asks when they came, instead of meaning now: when the session is
    over, they are late already, or have checked in themselves."""
    has_come = booked.status is Status.PRESENT and booked.method in THEIR_OWN
    return now > session.ends_at or has_come or is_late(booked, session)


def calls_ahead(rows: Iterable[Any], *, now: datetime) -> list[Any]:
    """The sessions, of these, that somebody was called off in and could still come to."""
    return [
        row
        for row in rows
        if row.status in ANNOUNCED and row.starts_at > now and not row.is_cancelled
    ]


def by_call(rows: Iterable[Any], events: Mapping[int, Any]) -> dict[str, list[Any]]:
    """These sessions by the act that called them off; `events` are what announced it."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        if row.booking_id in events:
            found.setdefault(events[row.booking_id].act, []).append(row)
    return found


def why_not_announce(booked: Booked, *, now: datetime) -> str | None:
    """Why no absence from this session can be announced any more."""
    if booked.ends_at <= now:
        return OVER
    return why_not_touch(booked) or (None if booked.status is Status.EXPECTED else MARKED_ALREADY)


class Press(NamedTuple):
    """One of the buttons that were pressed on one page: the page's name, and which press it was."""

    page: str
    number: int

    def act(self, by: Actor) -> str:
        """The name of what it does. Nobody else's press can have it."""
        whose = f"{by.kind} {by.id} {self.page}".encode()
        return f"{blake2b(whose, digest_size=12).hexdigest()}{self.number:08x}"


def may_overtake(press: Press | None) -> bool:
    """Whether earlier presses of its page may still be on their way when it comes in."""
    return press is not None and press.number > 1


def order_of(act: str, other: str | None) -> int:
    """Of two presses on the same page whether the first came earlier (-1), later (1) or is the
    same; 0 too where they were made elsewhere."""
    if other is None or act[:-8] != other[:-8]:
        return 0
    return (act > other) - (act < other)


def has_come_meanwhile(before: Booked, after: Booked) -> bool:
    """Whether a mark says no more than that somebody is here who has just checked in themselves:
    what they did tells to the second when."""
    return (
        before.method in THEIR_OWN
        and (before.left_at, before.reason, before.reason_for)
        == (after.left_at, after.reason, after.reason_for)
        and (after.status, after.arrived_at) == (Status.PRESENT, None)
    )


def noted(
    before: Booked, after: Booked, *, took_part: Mode | None, identified_by: Identity | None
) -> Booked:
    """A mark with how somebody took part, or how it was confirmed who they are.

    Where nothing else is new it stays as it was captured, but for an arrival that was only carried
    on: whoever says so has seen them.
    """
    stays = is_same_mark(before, after)
    return (before if stays else after)._replace(
        took_part=took_part or after.took_part, identified_by=identified_by or after.identified_by
    )


def announced_as(starts_at: datetime, notice_hours: int, *, now: datetime) -> Status:
    """Return what an absence counts as that is announced now, by the policy on notice."""
    has_notice = starts_at - now >= timedelta(hours=notice_hours)
    return Status.EXCUSED if has_notice else Status.LATE_CANCEL


def given_back(day: Iterable[Booked], *, left: Booked) -> list[Booked]:
    """The sessions that somebody who has left one does not go on to, as far as only the carrying
    said so: those that had not begun when they left."""
    assert left.left_at is not None
    return [
        booked
        for booked in day
        if booked.id != left.id
        and booked.method is Method.CARRIED
        and booked.starts_at >= left.left_at
        and why_not_touch(booked) is None
    ]


# Signing


def is_waiting(signed: Collection[Any]) -> bool:
    """Whether a sheet that was signed waits for the second signature."""
    return len(signed) == 1 and any(one.signatures_min > 1 for one in signed)


def why_not_close(
    session: Any, rows: Collection[Any], signed: Collection[Any], *, now: datetime
) -> str | None:
    """Why nobody signs for a session, or nobody any more; `signed` are its signatures."""
    if session.is_cancelled:
        return NOT_HELD
    if session.ends_at > now:
        return NOT_ENDED
    if not rows:
        return NOBODY
    if is_waiting(signed) or not all(row.signed_at for row in rows):
        return None  # who was put on the sheet since is still to be signed for
    if not signed:
        return SIGNED_BY_IMPORT
    names = " and ".join(one.name for one in signed)
    return f"{names} signed this sheet already."


def why_not_complete(rows: Collection[Any]) -> str | None:
    """Why a sheet cannot be signed as it is: somebody on it is not marked."""
    unmarked = counts([row for row in rows if row.signed_at is None])["unmarked"]
    if not unmarked:
        return None
    who = "One person is" if unmarked == 1 else f"{unmarked} people are"
    return f"{who} still unmarked: choose what is so."


def looked_at(session: Any, rows: Iterable[Any]) -> str:
    """What a sheet was when somebody looked at it: it differs once anything on it has changed."""
    held = iso(session.held_from), iso(session.held_until), session.topic
    seen = sorted((row.id, row.version) for row in rows)
    return blake2b(repr((held, seen)).encode(), digest_size=12).hexdigest()


# The sheet in words


def counts(rows: Collection[Any]) -> dict[str, int]:
    """How many of a sheet are there, hold a seat, stay away, and are not yet marked."""
    return {
        "present": sum(row.status is Status.PRESENT for row in rows),
        "expected": sum(row.seat_no is not None for row in rows),
        "absent": sum(row.status in ABSENT for row in rows),
        "unmarked": sum(row.status is Status.EXPECTED for row in rows),
        "unidentified": sum(row.status is Status.PRESENT and not row.identified_by for row in rows),
    }


def leaders_there(leaders: Collection[Any]) -> int:
    """How many lead a session: as far as somebody has said so, else as planned."""
    said = [each.has_led for each in leaders if each.has_led is not None]
    return sum(said) if said else len(leaders)


def pulse(
    session: Any, rows: int, ids: int, versions: int, *, led: int, phones: int, now: datetime
) -> str:
    """What is another as soon as something on a sheet is, or a time of its session has come."""
    facts = (session.seats, session.is_cancelled, session.topic, *_held(session))
    doors_at = opens_at(session.starts_at, session.doors_minutes)
    times = (doors_at <= now, session.starts_at <= now, session.ends_at < now)
    told = (rows, ids, versions, led, phones, *facts, *times)
    return blake2b(repr(told).encode(), digest_size=8).hexdigest()


def _held(session: Any) -> tuple[str | None, str | None]:
    return iso(session.held_from), iso(session.held_until)
