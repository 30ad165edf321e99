"""The organization's week. Values in, answer out."""

from datetime import date, timedelta


def week_of(day: date, week_starts: int) -> date:
    """The first day of the week that a day lies in; `week_starts` is 0 for Monday to 6."""
    return day - timedelta(days=(day.weekday() - week_starts) % 7)
