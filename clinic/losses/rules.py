"""Why a week falls short: what each of its sessions does not bring. Values in, words out."""

from collections.abc import Callable, Collection, Sequence
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clinic.formats import clock_at, duration, listed
from clinic.schedule.models import Status

MOST_TIMES = 2  # of coming late and leaving early that a week names one by one


class Cause(StrEnum):
    """Why a session does not bring all its minutes, in the order in which pages say it."""

    CANCELLED = "cancelled"
    MISSED = "missed"
    CALLED_OFF = "called off"  # late; what is still ahead has not been missed yet
    EXCUSED = "excused"
    SHORTENED = "shortened"  # by coming late or leaving early, or the session was
    UNCONFIRMED = "unconfirmed"


class Loss(NamedTuple):
    """A session that does not bring all its minutes to somebody."""

    cause: Cause
    booked: Any  # has the columns of a booking and its session
    delivered: int
    credit: int


class Account(NamedTuple):
    """All that a week did not bring, session by session, and what it adds up to."""

    lines: Sequence[str]
    total: str


def reasons(
    losses: Collection[Loss],
    *,
    planned: int,
    least: int,
    called: Callable[[Any], str],
    reader: ZoneInfo,
) -> list[str]:
    """Why a week falls short, in words: `Missed Mon Process group`, `6 h of 9 h planned`.

    `planned` and `least` are minutes of the week. `called` names a session; times name their clock
    where it is not the reader's.
    """
    found = []
    for cause, words in _CAUSES.items():
        theirs = [loss for loss in losses if loss.cause is cause]
        if cause is Cause.SHORTENED:
            found += _shortened(theirs, reader)
        elif theirs:
            named = [f"{loss.booked.day:%a} {called(loss.booked)}" for loss in theirs]
            found.append(f"{words} {listed(named)}")
    return [*found, *_planned_short(planned, least)]


_CAUSES = {
    Cause.CANCELLED: "Cancelled:",
    Cause.MISSED: "Missed",
    Cause.CALLED_OFF: "Called off late:",
    Cause.EXCUSED: "Excused from",
    Cause.SHORTENED: "Late or left early",
    Cause.UNCONFIRMED: "Not recorded yet:",
}


def _shortened(losses: Collection[Loss], reader: ZoneInfo) -> list[str]:
    """`Arrived Tue 6:50 pm, 40 of 90 min`; of more than two only the sum."""
    if len(losses) <= MOST_TIMES:
        return [_times(loss, reader) for loss in losses]
    lost = sum(loss.credit - loss.delivered for loss in losses)
    days = listed([f"{loss.booked.day:%a}" for loss in losses])
    return [f"{_CAUSES[Cause.SHORTENED]} {days}: {duration(lost)} missed"]


def _times(loss: Loss, reader: ZoneInfo) -> str:
    said = _when(loss, reader, day=f"{loss.booked.day:%a} ")
    return f"{said[:1].upper()}{said[1:]}, {loss.delivered} of {loss.credit} min"


def _when(loss: Loss, reader: ZoneInfo, day: str = "") -> str:
    """`arrived 6:50 pm and left 8 pm`, with the day where it is to be said."""
    booked, words = loss.booked, []
    zone = ZoneInfo(booked.timezone)
    began, came = booked.held_from or booked.starts_at, booked.arrived_at or booked.starts_at
    ended, left = booked.held_until or booked.ends_at, booked.left_at or booked.ends_at
    if max(began, came) > booked.starts_at:
        verb = "arrived" if came >= began else "session began"
        words.append(f"{verb} {day}{clock_at(max(began, came), zone, reader)}")
    if min(ended, left) < booked.ends_at:
        verb = "left" if left <= ended else "session ended"
        words.append(f"{verb} {day}{clock_at(min(ended, left), zone, reader)}")
    return " and ".join(words)


def _planned_short(planned: int, least: int) -> list[str]:
    if planned >= least:
        return []
    return [f"{duration(planned)} of {duration(least)} planned" if planned else "Nothing planned"]


def account(
    losses: Collection[Loss],
    *,
    planned: int,
    delivered: int,
    unconfirmed: int,
    upcoming: int,
    called: Callable[[Any], str],
    reader: ZoneInfo,
) -> Account:
    """Say of each session of a week what it did not bring, in their order, and what it adds up to:
    what was planned without what was lost is what is done, to confirm and ahead.
    """
    in_order = sorted(losses, key=lambda loss: (loss.booked.starts_at, loss.booked.session_id))
    lost = sum(loss.credit - loss.delivered for loss in losses if loss.cause in _LOST)
    parts = {"done": delivered, "not recorded": unconfirmed, "ahead": upcoming}
    said = [f"{duration(minutes)} {what}" for what, minutes in parts.items() if minutes]
    without = f" − {duration(lost)} lost" if lost else ""
    return Account(
        [f"{loss.booked.day:%a} {called(loss.booked)}: {_line(loss, reader)}" for loss in in_order],
        f"{duration(planned)} planned{without} = {' + '.join(said) or 'nothing'}",
    )


_LOST = frozenset({Cause.MISSED, Cause.CALLED_OFF, Cause.EXCUSED, Cause.SHORTENED})


def _line(loss: Loss, reader: ZoneInfo) -> str:
    if loss.cause is Cause.CANCELLED:
        return "cancelled, so not planned any more"
    if loss.cause is Cause.UNCONFIRMED:
        return f"{loss.credit} min not recorded yet"
    why = _when(loss, reader) if loss.cause is Cause.SHORTENED else _ABSENT[loss.booked.status]
    return f"{loss.delivered} of {loss.credit} min, {why}"


_ABSENT = {
    Status.NO_SHOW: "did not come",
    Status.LATE_CANCEL: "called off late",
    Status.EXCUSED: "excused",
}
