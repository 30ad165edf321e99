from datetime import datetime, time


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
