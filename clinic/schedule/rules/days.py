from datetime import date, timedelta

FARTHEST = timedelta(days=5 * 366)  # ahead of today
OLDEST = timedelta(days=2 * 366)  # before today


def why_too_far(day: date | None, *, today: date) -> str | None:
    """Why a day is too far ahead to plan for: most of those are slips of the hand."""
    if day is not None and day - today > FARTHEST:
        return "That day is more than five years ahead."
    return None


def why_too_long_ago(day: date, *, today: date) -> str | None:
    """Why a new group cannot have begun on a day."""
    return "That day is more than two years ago." if today - day > OLDEST else None
