from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def instant_of(day: date, wall: time, at: ZoneInfo) -> datetime:
    """The instant of a wall-clock time, in UTC.

    A repeated time means the first; one that the clocks jump over moves forward by the gap.
    """
    return datetime.combine(day, wall, at).astimezone(UTC)


def why_not_wall_time(day: date, wall: time, at: ZoneInfo) -> str | None:
    """Why a wall-clock time does not exist on a day, or None when it does."""
    shown = instant_of(day, wall, at).astimezone(at)
    if shown.time() == wall:
        return None
    return (
        f"{wall:%H:%M} does not exist on {day.isoformat()}:"
        f" the clocks go forward, {wall:%H:%M} becomes {shown:%H:%M}."
    )


def times_of(day: date, starts: time, ends: time, at: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end of an occurrence of a series, in UTC.

    On the night the clocks go forward an occurrence whose start is jumped over keeps its length
    and moves forward as a whole.
    """
    starts_at = instant_of(day, starts, at)
    moved = starts_at.astimezone(at).replace(tzinfo=None) - datetime.combine(day, starts)
    end = datetime.combine(day, ends) + moved
    return starts_at, instant_of(end.date(), end.time(), at)


def credit(
    starts_at: datetime, ends_at: datetime, *, break_minutes: int, breaks_count: bool
) -> int:
    """Minutes that full attendance of a session counts."""
    scheduled = int((ends_at - starts_at).total_seconds()) // 60
    return scheduled if breaks_count else max(0, scheduled - break_minutes)


def why_not_times(starts: time, ends: time, *, break_minutes: int = 0) -> str | None:
    """Why a session cannot run from `starts` to `ends` of one day."""
    if ends <= starts:
        return f"The end, {ends:%H:%M}, is not after the start, {starts:%H:%M}."
    length = (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
    if break_minutes >= length:
        return f"A break of {break_minutes} minutes leaves nothing of {length}."
    return None


def day_part(minute_of_day: int, *, afternoon_from: int, evening_from: int) -> str:
    """`morning`, `afternoon` or `evening`, by the local minute at which a session starts."""
    if minute_of_day < afternoon_from:
        return "morning"
    return "afternoon" if minute_of_day < evening_from else "evening"
