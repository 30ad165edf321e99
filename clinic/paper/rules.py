"""Paper sheets: what stands on them, and when they can be entered. Values in, answer out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from clinic.bookings.rules import CANCELLED, SIGNED
from clinic.formats import clock_time, counted, day_numeric, day_short, time_range
from clinic.schedule.models import Status
from clinic.schedule.rules.words import attendance_label

SPARE_LINES: Final = 3  # for whoever comes and is not expected
NOT_BEGUN: Final = "This session has not begun yet. Enter its paper sheet afterwards."
NOBODY: Final = "Nobody is on this session. Add whoever was there first."
NOTHING_ENTERED: Final = "Nothing was entered that is not on the sheet already."
NO_STATUS: Final = "Choose the attendance, too."


def why_not_enter(session: Any, rows: Sequence[Any], *, now: datetime) -> str | None:
    """Why no paper sheet of a session can be entered; `rows` are those on it."""
    if session.is_cancelled:
        return CANCELLED
    if now < session.starts_at:
        return NOT_BEGUN
    if not rows:
        return NOBODY
    return SIGNED if all(row.signed_at for row in rows) else None


def sheet_of(
    session: Any,
    rows: Iterable[Any],
    *,
    title: str,
    leaders: Sequence[str],
    names: Mapping[int, str],
    place: str,
    zone: ZoneInfo,
) -> dict[str, Any]:
    """Return what a sheet of paper says; `rows` are those on the session, in their order."""
    time = time_range(session.starts_at, session.ends_at, zone)
    facts = (session.room_name, ", ".join(leaders), counted(session.seats, "seat"))
    return {
        "title": title,
        "place": place,
        "when": f"{day_short(session.day)} · {time}",
        "facts": " · ".join(fact for fact in facts if fact),
        "people": [
            {"name": names[row.participant_id], "known": _known(row, session, zone)} for row in rows
        ],
        "blanks": SPARE_LINES,
    }


def _known(row: Any, session: Any, zone: ZoneInfo) -> str:
    """What of somebody's attendance was known when the sheet was printed."""
    if row.status is Status.PRESENT:
        return f"checked in {clock_time(row.arrived_at or session.starts_at, zone)}"
    return "" if row.status is Status.EXPECTED else attendance_label(row, session).lower()


def title_of(day: date) -> str:
    return f"Sheets of {day_numeric(day)}"


def file_name(day: date) -> str:
    """Whoever sees it in a list of downloads learns nothing of what it is about."""
    return f"sheets-{day.isoformat()}.pdf"


def note_of(now: datetime, zone: ZoneInfo) -> str:
    """What stands at the foot of each page."""
    day = now.astimezone(zone).date()
    return (
        f"Confidential. Printed {day_short(day)}, {clock_time(now, zone)}. Enter it on the sheet of"
        " its session under Enter from paper, then lock it up or shred it."
    )


def entered_words(number: int) -> str:
    return f"Entered from paper: {counted(number, 'person', 'people')}."
