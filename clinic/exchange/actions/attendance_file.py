"""Historic attendance from a CSV file: all of it or nothing, and a second time changes nothing."""

from collections import Counter
from datetime import date, datetime

from clinic.bookings.actions import record_history
from clinic.bulk import counted_off
from clinic.days import instant_of, why_not_wall_time
from clinic.errors import BadInput, Refused
from clinic.exchange.models.attendance_file import AttendanceLine
from clinic.exchange.queries.names import find_booking, is_there_a_session
from clinic.trail import Actor


def load(lines: list[tuple[int, AttendanceLine]], *, by: Actor, now: datetime) -> Counter[str]:
    """Record what each numbered line says, as signed by the import.

    Returns how many lines changed something and how many did not. Raises `BadInput` with every
    problem, `line N: sentence` each; the transaction must then be undone.
    """
    outcomes: Counter[str] = Counter()
    problems = []
    places: dict[tuple[str, str, date], int] = {}
    for number, line in counted_off("attendance", lines):
        first = places.setdefault((line.enrollment, line.series, line.date), number)
        if first != number:
            problems.append(f"line {number}: is about the same person and session as line {first}")
            continue
        try:
            changed = _record(line, by=by, now=now)
        except Refused as refused:
            problems.append(f"line {number}: {refused.sentence}")
        else:
            outcomes["changed" if changed else "unchanged"] += 1
    if problems:
        raise BadInput(*problems)
    return outcomes


def _record(line: AttendanceLine, *, by: Actor, now: datetime) -> bool:
    booking = find_booking(line.series, line.date, line.enrollment)
    if booking is None:
        if not is_there_a_session(line.series, line.date):
            raise Refused(f"there is no session of {line.series} on {line.date}")
        raise Refused(f"{line.enrollment} is not on the roster of {line.series} on {line.date}")
    if booking.session.starts_at > now:
        raise Refused(f"the session of {line.series} on {line.date} has not begun yet")
    zone = booking.session.site.zone
    instants = []
    for wall in (line.arrived, line.left):
        if wall is not None:
            sentence = why_not_wall_time(booking.session.day, wall, zone)
            if sentence:
                raise Refused(sentence)
        instants.append(None if wall is None else instant_of(booking.session.day, wall, zone))
    return record_history(
        booking,
        status=line.status,
        arrived_at=instants[0],
        left_at=instants[1],
        reason=line.reason,
        by=by,
        now=now,
    )
