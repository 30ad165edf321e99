"""Attendance: who may check in or be marked, what that changes, and how it reads. Values in,
answer out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clinic.formats import clock_time, day_short
from clinic.schedule.models import ABSENT, ANNOUNCED, Identity, Method, Mode, Status
from clinic.schedule.rules.sessions import opens_at
from clinic.schedule.rules.words import MINUTE, is_late
from clinic.trail import Actor

AHEAD = timedelta(minutes=2)  # a clock that runs a little fast
GAP = timedelta(minutes=30)  # between sessions, over which an arrival is carried on
OLDEST = timedelta(days=7)  # a tap that was uploaded late
LATE_BY = (5, 10, 15, 20)  # minutes that one tap says
STAFFS_WORD = frozenset({Method.STAFF, Method.PAPER, Method.IMPORT})
THEIR_OWN = frozenset({Method.KIOSK, Method.PHONE})  # to the second, by whoever comes

CANCELLED = "This session has been cancelled."
SIGNED = "This attendance has been signed: only an amendment can change it."
NOT_HELD = "This session was cancelled: there is nothing to sign."
NOT_ENDED = "A sheet is signed when its session has ended."
NOBODY = "Nobody is on this sheet: there is nothing to sign."
SIGNED_BY_IMPORT = "This attendance was brought in as signed."
NOT_OPEN = "Check-in has not opened yet."
OVER = "This session is over."
TO_COME = "That time is still to come."
TOO_OLD = "That was more than 7 days ago: record the arrival on the sheet instead."
LEFT_BEFORE_ARRIVED = "They cannot have left before they arrived."
ARRIVED_AFTER_END = "They cannot have arrived after the session had ended."
LEFT_BEFORE_START = "They cannot have left before the session began."
NOT_HERE = "They have not checked in."
NOT_BEGUN = "This session has not begun yet."
NOT_LATE_YET = "Nobody is late before the session has begun."
NO_SHOW_TOO_EARLY = "Nobody is a no-show before the session has begun."
NO_SEAT = "Their seat has been given away, and no other one is free."
ABSENT_WITH_TIMES = "Only somebody who was present came and went."
MARKED_ALREADY = "Their attendance has been marked already."
REASON_FOR_NOTHING = "Press the button that this reason belongs to."

# Why an undo leaves somebody alone.
CHANGED_SINCE = "changed since"
SIGNED_SINCE = "signed since"
CANCELLED_SINCE = "cancelled since"
SEAT_GONE = "no seat is free"
UNDONE_ALREADY = "This has been undone already."

# Why somebody who has announced an absence cannot come after all, said to themselves.
HAS_BEGUN = "This session has begun. If you are on your way, check in at the door."
NOT_THEIRS_TO_TAKE_BACK = "Staff have changed this since. Ask the front desk."
WHY_NOT_COME = {
    CANCELLED_SINCE: CANCELLED,
    SEAT_GONE: "Your seat has been given to somebody else, and no other one is free. Ask the"
    " front desk: they know where there is one.",
}


class Booked(NamedTuple):
    """One person's place in one session, and the attendance recorded on it."""

    id: int
    participant_id: int
    session_id: int
    starts_at: datetime
    ends_at: datetime
    day: date
    is_cancelled: bool
    room: str | None
    doors_minutes: int
    status: Status = Status.EXPECTED
    arrived_at: datetime | None = None  # from the start
    left_at: datetime | None = None  # to the end
    method: Method | None = None
    reason: str | None = None
    reason_for: Status | None = None
    recorded_at: datetime | None = None
    signed_at: datetime | None = None
    seat_no: int | None = None
    version: int = 1
    enrollment_id: int | None = None
    changed_at: datetime | None = None  # the last change of its day, time, room or cancellation
    took_part: Mode | None = None  # in the room or by video, where the session does not say it
    identified_by: Identity | None = None

    @property
    def opens_at(self) -> datetime:
        return opens_at(self.starts_at, self.doors_minutes)

    @property
    def came_at(self) -> datetime:
        """When somebody who is present came, as every page says it: without a time of their own
        when they were checked in before the start, else with the start."""
        noted_at = self.starts_at if self.recorded_at is None else self.recorded_at
        return self.arrived_at or min(noted_at, self.starts_at)


def why_not_past(at: datetime | None, *, now: datetime) -> str | None:
    return TO_COME if at is not None and at - now > AHEAD else None


def why_not_touch(booked: Booked) -> str | None:
    """Why the attendance cannot be changed at all."""
    if booked.is_cancelled:
        return CANCELLED
    return SIGNED if booked.signed_at is not None else None


# Check-in


def arrivals(
    day: Iterable[Booked],
    *,
    at: datetime,
    method: Method,
    full: Collection[int] = (),
    then: Mapping[int, Booked] = MappingProxyType({}),
) -> list[tuple[Booked, Booked]]:
    """Where a check-in at `at` leads: to the sessions that are open, then to those that follow.

    Each as it was and as it becomes, which is the same where the check-in changes nothing.

    `day` holds their bookings of the day, `full` the ids of those whose seat cannot be had again,
    and `then` by id those whose session was otherwise at `at`: what was open goes by that.
    The order in which check-ins come to be known does not matter: the earliest arrival wins.
    """
    found: list[tuple[Booked, Booked]] = []
    last: Booked | None = None
    for booked in sorted(day, key=lambda each: (each.starts_at, each.id)):
        was = then.get(booked.id, booked)
        if why_not_check_in(was, at=at) is None and not has_moved_far(was, booked):
            after = None if booked.id in full else _arrived(booked, at, method)
        elif last is not None and _follows(booked, last, at):
            after = _arrived(booked, booked.starts_at, Method.CARRIED)
            if after is not None and after is not booked:  # who they are is known by then
                after = after._replace(identified_by=after.identified_by or last.identified_by)
        else:
            continue
        if after is None:
            continue
        found.append((booked, after))
        has_gone = after.left_at is not None and after.left_at >= at
        is_held = not (has_gone or after.is_cancelled)
        if is_held and (last is None or after.ends_at > last.ends_at):
            last = after
    return found


def may_have_been_other(booked: Booked, *, at: datetime, now: datetime) -> bool:
    """Whether a session was changed after a check-in that came to be known late."""
    return now - at > AHEAD and booked.changed_at is not None and booked.changed_at > at


def as_then(booked: Booked, changes: Iterable[Mapping[str, Any]]) -> Booked:
    """The booking with its session as it was before these changes, the first first, as far as they
    say so: the trail does of what was changed by hand."""
    was: dict[str, Any] = {}
    for facts in changes:
        was = {**facts.get("before", {}), **was}
    starts_at, ends_at = _instant(was.get("starts_at")), _instant(was.get("ends_at"))
    return booked._replace(
        starts_at=starts_at or booked.starts_at,
        ends_at=ends_at or booked.ends_at,
        is_cancelled=was.get("is_cancelled", booked.is_cancelled),
    )


def has_moved_far(was: Booked, booked: Booked) -> bool:
    """Whether whoever came to a session as it was need not have been there when it took place."""
    return abs(booked.starts_at - was.starts_at) > GAP


def _follows(booked: Booked, last: Booked, at: datetime) -> bool:
    return (
        not booked.is_cancelled
        and at < booked.opens_at
        and booked.day == last.day
        and booked.starts_at - last.ends_at <= GAP
    )


def _arrived(booked: Booked, at: datetime, method: Method) -> Booked | None:
    """The booking of somebody who arrived then; None where that cannot be."""
    if booked.status is Status.PRESENT:
        stands = booked.signed_at is not None or booked.method in STAFFS_WORD
        known = (booked.arrived_at or booked.starts_at, booked.method is Method.CARRIED)
        if stands or known <= (at, method is Method.CARRIED):
            return booked
    elif booked.signed_at is not None:
        return None
    elif booked.status in ABSENT and method is Method.CARRIED:
        return None  # what staff know outweighs what would only follow
    identity = Identity.PIN if method is Method.KIOSK else booked.identified_by
    return booked._replace(
        status=Status.PRESENT, arrived_at=at, method=method, identified_by=identity
    )


def seatless(day: Iterable[Booked], *, at: datetime) -> list[Booked]:
    """Those who gave their seat back and come after all."""
    return [
        booked
        for booked in day
        if booked.seat_no is None
        and booked.signed_at is None
        and why_not_check_in(booked, at=at) is None
    ]


def why_not_at(at: datetime, *, now: datetime) -> str | None:
    """Why a check-in of that moment is not taken."""
    if now - at > OLDEST:
        return TOO_OLD
    return why_not_past(at, now=now)


def why_not_check_in(booked: Booked, *, at: datetime) -> str | None:
    """Why somebody cannot check in to this session at that moment."""
    if booked.is_cancelled:
        return CANCELLED
    if at < booked.opens_at:
        return NOT_OPEN
    if at > booked.ends_at:
        return OVER
    return None


def _changed_later(was: Booked, booked: Booked, *, at: datetime, zone: ZoneInfo) -> str | None:
    """What was changed about a session after a check-in that therefore leads nowhere."""
    start = clock_time(was.starts_at, zone)
    if was.is_cancelled and not booked.is_cancelled:
        return f"Their session at {start} was cancelled when they came. Now it takes place."
    if why_not_check_in(was, at=at) is None and has_moved_far(was, booked):
        to = clock_time(booked.starts_at, zone)
        return f"Their session at {start} was moved to {to} after they had come."
    return None


def why_not_arrive(
    day: Sequence[Booked],
    *,
    at: datetime,
    then: Mapping[int, Booked] = MappingProxyType({}),
    zone: ZoneInfo,
) -> str:
    """Why a check-in led nowhere, for staff to read."""
    for booked in day:
        if sentence := _changed_later(then.get(booked.id, booked), booked, at=at, zone=zone):
            return sentence
    today = at.astimezone(zone).date()
    if not any(booked.day == today for booked in day):
        return f"They had no session here on {day_short(today)}."
    as_then = (then.get(booked.id, booked) for booked in day)
    for booked in sorted(as_then, key=lambda each: (each.is_cancelled, each.starts_at)):
        if why_not_check_in(booked._replace(is_cancelled=False), at=at) is None:
            start = clock_time(booked.starts_at, zone)
            if booked.is_cancelled:
                return f"Their session at {start} has been cancelled."
            if booked.signed_at is not None:
                return f"Their attendance at {start} has been signed."
            return f"Their seat at {start} has been given away, and no other one is free."
    return f"No session of theirs was open at {clock_time(at, zone)}."


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


def why_not_times(after: Booked) -> str | None:
    """Why somebody cannot have come and gone at these times."""
    arrived_at, left_at = after.arrived_at, after.left_at
    if after.status is not Status.PRESENT:
        return ABSENT_WITH_TIMES if arrived_at or left_at else None
    if arrived_at is not None and arrived_at > after.ends_at:
        return ARRIVED_AFTER_END
    if left_at is None:
        return None
    if arrived_at is not None and left_at < arrived_at:
        return LEFT_BEFORE_ARRIVED
    return LEFT_BEFORE_START if left_at < after.starts_at else None


def time_changed(before: Booked, after: Booked) -> str | None:
    """The time that a mark changes, the later one of two: what is wrong with the mark is there."""
    if after.left_at != before.left_at:
        return "left"
    return "arrived" if after.arrived_at != before.arrived_at else None


def late_by(session: Any, *, now: datetime) -> list[int]:
    """Return the minutes late that can be chosen: those beyond the grace that have passed."""
    passed = min(now, session.ends_at) - session.starts_at
    return [each for each in LATE_BY if session.grace_minutes < each and each * MINUTE <= passed]


def is_asked_when(booked: Any, session: Any, *, now: datetime) -> bool:
    """Whether a press on Late asks when they came, instead of meaning now: when the session is
    over, or they are late already."""
    return now > session.ends_at or is_late(booked, session)


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


def is_same_mark(before: Booked, after: Booked) -> bool:
    """Whether this very mark stands already, so that pressing twice changes nothing.

    An arrival that was only carried on is confirmed by a mark.
    """
    return (
        after.status is before.status
        and after.arrived_at == before.arrived_at
        and after.left_at == before.left_at
        and after.reason == before.reason
        and after.reason_for is before.reason_for
        and _noted(after) == _noted(before)
        and (before.method is not Method.CARRIED or after.method is Method.CARRIED)
    )


def has_come_meanwhile(before: Booked, after: Booked) -> bool:
    """Whether a mark says no more than that somebody is here who has just checked in themselves:
    what they did tells to the second when."""
    return (
        before.method in THEIR_OWN
        and (before.left_at, before.reason, before.reason_for)
        == (after.left_at, after.reason, after.reason_for)
        and (after.status, after.arrived_at) == (Status.PRESENT, None)
    )


def marked(
    booked: Booked,
    status: Status,
    *,
    arrived_at: datetime | None = None,
    left_at: datetime | None = None,
    reason: str | None = None,
    method: Method = Method.STAFF,
    now: datetime,
) -> Booked:
    """The booking with that mark.

    A reason is kept with the status that it is given for: without a new one the old one stays,
    with its own status; an empty one takes it away. An absence that is announced before the start
    gives the seat to somebody else.
    """
    is_expected, is_here = status is Status.EXPECTED, status is Status.PRESENT
    gives_seat_back = status in ANNOUNCED and now < booked.starts_at
    return booked._replace(
        status=status,
        arrived_at=arrived_at,
        left_at=left_at,
        method=None if is_expected else method,
        reason=booked.reason if reason is None else reason or None,
        reason_for=booked.reason_for if reason is None else status if reason else None,
        recorded_at=None if is_expected else now,
        seat_no=None if gives_seat_back else booked.seat_no,
        took_part=booked.took_part if is_here else None,
        identified_by=booked.identified_by if is_here else None,
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


def _noted(booked: Booked) -> tuple[Mode | None, Identity | None]:
    return booked.took_part, booked.identified_by


def announced_as(starts_at: datetime, notice_hours: int, *, now: datetime) -> Status:
    """Return what an absence counts as that is announced now, by the policy on notice."""
    has_notice = starts_at - now >= timedelta(hours=notice_hours)
    return Status.EXCUSED if has_notice else Status.LATE_CANCEL


def needs_seat(booked: Booked) -> bool:
    return booked.seat_no is None and booked.status not in ANNOUNCED


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


def pulse(session: Any, rows: int, ids: int, versions: int, *, led: int, now: datetime) -> str:
    """What is another as soon as something on a sheet is, or a time of its session has come."""
    facts = (session.seats, session.is_cancelled, session.topic, *_held(session))
    doors_at = opens_at(session.starts_at, session.doors_minutes)
    times = (doors_at <= now, session.starts_at <= now, session.ends_at < now)
    told = (rows, ids, versions, led, *facts, *times)
    return blake2b(repr(told).encode(), digest_size=8).hexdigest()


def _held(session: Any) -> tuple[str | None, str | None]:
    return iso(session.held_from), iso(session.held_until)


# Undo


def facts_of(before: Booked, after: Booked) -> dict[str, Any]:
    """What the trail holds of a change: values, no words of anybody's."""
    return {
        "before": values_of(before),
        "after": values_of(after),
        "is_new_reason": after.reason != before.reason,
        "reason_for": before.reason_for,
        "reason_is_for": after.reason_for,
        "is_signed": after.signed_at is not None,
        "signed_at": iso(after.signed_at),
        "enrollment": before.enrollment_id,
        "session": before.session_id,
    }


def values_of(booked: Any) -> dict[str, Any]:
    """What an undo puts back, of a booking or of a row with its columns."""
    return {
        "status": booked.status.value,
        "arrived_at": iso(booked.arrived_at),
        "left_at": iso(booked.left_at),
        "method": booked.method.value if booked.method else None,
        "recorded_at": iso(booked.recorded_at),
        "has_seat": booked.seat_no is not None,
        "took_part": booked.took_part.value if booked.took_part else None,
        "identified_by": booked.identified_by.value if booked.identified_by else None,
    }


def put_back(booked: Booked, facts: Mapping[str, Any]) -> Booked:
    """The booking as it was before the change that the trail keeps with these facts."""
    before, is_lost = facts["before"], facts["is_new_reason"]
    belonged = facts.get("reason_for", booked.reason_for)
    return booked._replace(
        status=Status(before["status"]),
        arrived_at=_instant(before["arrived_at"]),
        left_at=_instant(before["left_at"]),
        method=Method(before["method"]) if before["method"] else None,
        reason=None if is_lost else booked.reason,
        reason_for=None if is_lost or belonged is None else Status(belonged),
        recorded_at=_instant(before["recorded_at"]),
        seat_no=booked.seat_no if before["has_seat"] else None,
        took_part=Mode(part) if (part := before.get("took_part")) else None,
        identified_by=Identity(by) if (by := before.get("identified_by")) else None,
    )


def why_not_put_back(booked: Any, facts: Mapping[str, Any]) -> str | None:
    """Why a change to a booking, or a row with its columns, cannot be undone any more."""
    if booked.signed_at is not None:
        return SIGNED_SINCE
    now, then = values_of(booked), facts["after"]
    differing = [name for name in now if name in then and now[name] != then[name]]
    return CHANGED_SINCE if differing else None


def left_alone_words(booked: Booked, why_not: str, at: ZoneInfo) -> str:
    """`Mon, Mar 2, 10:00 am (changed since)`: of a day there may be two."""
    return f"{day_short(booked.day)}, {clock_time(booked.starts_at, at)} ({why_not})"


def undo_words(left_alone: Collection[str]) -> str:
    """What an undo did; `left_alone` says who stays as they are, and why."""
    return f"Undone, but not {_listed(left_alone)}." if left_alone else "Undone."


def why_not_undone(left_alone: Collection[str]) -> str:
    return f"Not undone: {_listed(left_alone)}."


def iso(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _listed(phrases: Collection[str]) -> str:
    *most, last = phrases
    return f"{', '.join(most)} and {last}" if most else last
