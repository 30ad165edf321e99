"""A booking and the attendance that stands in it: what it becomes, what the trail keeps of that,
and what undoes it. Values in, answer out."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from clinic.formats import clock_time, day_short
from clinic.schedule.models import ANNOUNCED, Identity, Method, Mode, Status
from clinic.schedule.rules.sessions import opens_at

AHEAD = timedelta(minutes=2)  # a clock that runs a little fast

CANCELLED = "This session has been cancelled."
SIGNED = "This attendance has been signed: only an amendment can change it."
TO_COME = "That time is still to come."
LEFT_BEFORE_ARRIVED = "They cannot have left before they arrived."
ARRIVED_AFTER_END = "They cannot have arrived after the session had ended."
LEFT_BEFORE_START = "They cannot have left before the session began."
NO_SEAT = "Their seat has been given away, and no other one is free."
ABSENT_WITH_TIMES = "Only somebody who was present came and went."

# Why an undo leaves somebody alone.
CHANGED_SINCE = "changed since"
SIGNED_SINCE = "signed since"
CANCELLED_SINCE = "cancelled since"
SEAT_GONE = "no seat is free"
UNDONE_ALREADY = "This has been undone already."


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
    mode: Mode = Mode.IN_PERSON  # of the session

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


def why_signed(names: Collection[str]) -> str:
    """Why an attendance that was signed cannot be changed; `names` are those who signed it."""
    return SIGNED.replace(":", f" by {_listed(names)}:") if names else SIGNED


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


def _noted(booked: Booked) -> tuple[Mode | None, Identity | None]:
    return booked.took_part, booked.identified_by


def needs_seat(booked: Booked) -> bool:
    return booked.seat_no is None and booked.status not in ANNOUNCED


# Undo


FORM: Final = 2  # of what is told: since then whoever is taken off with something recorded is, too


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
        "form": FORM,
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
        arrived_at=from_iso(before["arrived_at"]),
        left_at=from_iso(before["left_at"]),
        method=Method(before["method"]) if before["method"] else None,
        reason=None if is_lost else booked.reason,
        reason_for=None if is_lost or belonged is None else Status(belonged),
        recorded_at=from_iso(before["recorded_at"]),
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


def is_mode_alone(facts: Mapping[str, Any]) -> bool:
    """Whether a change was only of how somebody took part, by the facts the trail keeps of it."""
    before, after = facts["before"], facts["after"]
    differing = {name for name in after if before.get(name) != after[name]}
    return differing - {"recorded_at"} == {"took_part"}


def left_alone_words(booked: Booked, why_not: str, at: ZoneInfo) -> str:
    """`Mon, Mar 2, 10:00 am (changed since)`: of a day there may be two."""
    return f"{day_short(booked.day)}, {clock_time(booked.starts_at, at)} ({why_not})"


def since_words(why_not: str, by: str | None) -> str:
    """`changed since by Ana Rivera`, where it is known who it was."""
    is_by = by and why_not in {CHANGED_SINCE, SIGNED_SINCE}
    return f"{why_not} by {by}" if is_by else why_not


def undo_words(left_alone: Collection[str]) -> str:
    """What an undo did; `left_alone` says who stays as they are, and why."""
    return f"Undone, but not {_listed(left_alone)}." if left_alone else "Undone."


def why_not_undone(left_alone: Collection[str]) -> str:
    return f"Not undone: {_listed(left_alone)}."


def iso(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant else None


def from_iso(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _listed(phrases: Collection[str]) -> str:
    *most, last = phrases
    return f"{', '.join(most)} and {last}" if most else last
