"""What was typed on a sheet, read by hand: a form per row would cost a page of its own."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from clinic.days import instant_of, why_not_wall_time
from clinic.formats import field_time
from clinic.schedule.models import Status

LONGEST_REASON = 200
NOT_A_TIME = "This is not a time. Write it like 09:05."
TOO_LONG = f"The reason is too long: {LONGEST_REASON} letters at most."
NO_STATUS = "Press one of the buttons of the row."

_STATUSES = {status.value: status for status in Status}
_CHANGE = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)


class Typed(NamedTuple):
    """The form of one row, as it was sent."""

    booking_id: int
    version: int
    status: Status | None
    arrived: str
    left: str
    reason: str


def typed(form: Mapping[str, str]) -> Typed:
    return Typed(
        booking_id=_number(form.get("booking", "")),
        version=_number(form.get("version", "")),
        status=_STATUSES.get(form.get("status", "")),
        arrived=form.get("arrived", "").strip(),
        left=form.get("left", "").strip(),
        reason="".join(filter(str.isprintable, form.get("reason", ""))).strip(),
    )


def problem(typed: Typed) -> str | None:
    """What is wrong with a row before anybody has to look it up."""
    if typed.status is None:
        return NO_STATUS
    return TOO_LONG if len(typed.reason) > LONGEST_REASON else None


class Moment(NamedTuple):
    """The instant that a typed time means, or why it means none; neither when empty."""

    at: datetime | None = None
    problem: str | None = None


def moment(text: str, *, day: date, zone: ZoneInfo, known: datetime | None) -> Moment:
    """What a time typed on the sheet of a day means. The one it showed keeps its seconds."""
    if not text:
        return Moment()
    if text == field_time(known, zone):
        return Moment(known)
    found = _TIME.fullmatch(text)
    hour, minute = map(int, found.groups()) if found else (24, 0)
    if hour > 23 or minute > 59:  # noqa: PLR2004 - the clock's own
        return Moment(problem=NOT_A_TIME)
    wall = time(hour, minute)
    if sentence := why_not_wall_time(day, wall, zone):
        return Moment(problem=sentence)
    return Moment(instant_of(day, wall, zone))


def change(form: Mapping[str, str]) -> str:
    """The name of what is to be undone; empty for what cannot be one."""
    text = form.get("change", "")
    return text if _CHANGE.fullmatch(text) else ""


def _number(text: str) -> int:
    """An id or a version; 0, which none has, for what is no number."""
    return int(text) if _NUMBER.fullmatch(text) else 0
