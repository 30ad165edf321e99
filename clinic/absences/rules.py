"""Somebody announces that they do not come, themselves. Values in, words out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from clinic.days import why_not_range
from clinic.desk.rules import OVER, Call, days_words
from clinic.formats import clock_at, counted, day_short
from clinic.offers.rules import stay_words
from clinic.schedule.models import Status
from clinic.schedule.rules.sessions import why_too_far

GONE = "This session is not one of yours any more."
BEGUN = "has begun"
NOTHING_LEFT = "Nothing is left to take back. Your week shows where you are expected."


def notice_words(notice_hours: int) -> str:
    """The policy on notice, told before anything is announced."""
    if not notice_hours:
        return "Tell us before a session begins, and your absence is excused."
    asked = counted(notice_hours, "hour")
    return (
        f"Tell us at least {asked} before a session begins, and your absence is excused."
        f" With less than {asked}, it counts as a late cancel."
    )


def why_not_days(first_on: date, last_on: date, *, today: date) -> str | None:
    """Why no absence can be announced on these days."""
    if last_on < today:
        return OVER
    return why_not_range(first_on, last_on) or why_too_far(last_on, today=today)


def why_left_alone(row: Any, *, now: datetime) -> str | None:
    """Why an announcement leaves a session as it is; a row of `bookings_of`."""
    if row.is_cancelled:
        return "cancelled by the clinic"
    if row.status is Status.PRESENT:
        return "checked in already"
    if row.status is not Status.EXPECTED:
        return "noted already"
    return BEGUN if row.starts_at <= now else None


def coming_words(
    rows: Sequence[Any], stay: Mapping[int, str], make_ups: Iterable[Any] = (), *, home: ZoneInfo
) -> str:
    """That somebody comes to these sessions after all, but for those that stay called off, and
    what they have in place of them."""
    number = len(rows) - len(stay)
    left = [
        f" Not on {when_words(row, home)}: {stay[row.booking_id]}"
        for row in rows
        if row.booking_id in stay
    ]
    said = f"Undone: you are expected again in {counted(number, 'session')}."
    return f"{said}{''.join(left)}{_yours(make_ups, home)}"


def come_words(row: Any, make_ups: Iterable[Any], *, home: ZoneInfo) -> str:
    """The same of one session."""
    return f"You are expected again on {when_words(row, home)}.{_yours(make_ups, home)}"


def _yours(make_ups: Iterable[Any], home: ZoneInfo) -> str:
    return stay_words(make_ups, home, the="Your")


def when_words(row: Any, home: ZoneInfo) -> str:
    """`Thu, Mar 5, 10:00 am`."""
    return f"{day_short(row.day)}, {clock_at(row.starts_at, ZoneInfo(row.timezone), home)}"


def done_words(call: Call, last_on: date, *, first_on: date, today: date) -> str:
    """`You are not expected on Thu, Mar 5: 2 sessions, 1 of them a late cancel.`"""
    days = days_words(last_on, first_on=first_on, today=today)
    number = len(call.called_off)
    late = sum(status is Status.LATE_CANCEL for _, status in call.called_off)
    words = "a late cancel" if late == 1 else "late cancels"
    which = "" if not late else f", {words}" if number == late else f", {late} of them {words}"
    return f"You are not expected {days}: {counted(number, 'session')}{which}."
