from collections.abc import Collection, Iterable
from datetime import date, time

from clinic.days import SHORT_WEEKDAYS, Range, WeeklyTime, minute_of
from clinic.schedule.rules.words import listed

WORKDAY = (8 * 60, 18 * 60)  # Monday to Friday, of those whose working hours nobody has entered
SATURDAY = 5


def working_hours(entered: Collection[WeeklyTime]) -> Collection[WeeklyTime]:
    """Somebody's working hours: those entered, or those of most offices."""
    return entered or [WeeklyTime(weekday, *WORKDAY) for weekday in range(SATURDAY)]


def weekly(day: date, starts: time, ends: time) -> WeeklyTime:
    """A time of a day as a weekly one."""
    return WeeklyTime(day.weekday(), minute_of(starts), minute_of(ends))


def is_within(wanted: WeeklyTime, times: Iterable[WeeklyTime]) -> bool:
    """Whether a weekly time lies inside others, which may follow one another without a gap."""
    reached = wanted.from_minute
    for each in sorted(times):
        if each.weekday == wanted.weekday and each.from_minute <= reached:
            reached = max(reached, each.until_minute)
    return reached >= wanted.until_minute


def leader_warnings(
    name: str,
    days: Iterable[date],
    starts: time,
    ends: time,
    *,
    hours: Collection[WeeklyTime],
    off: Collection[Range],
    has_access: bool = True,
) -> list[str]:
    """What speaks against somebody's leading on these days: time off, hours not worked, no access.

    Of somebody whose hours nobody has entered nothing is said.
    """
    days = list(days)
    outside = sorted(
        {day.weekday() for day in days if not is_within(weekly(day, starts, ends), hours)}
        if hours
        else ()
    )
    away = sorted(day for day in days if any(each.covers(day) for each in off))
    warnings = [] if has_access else [f"{name} no longer has access."]
    if outside:
        on = ", ".join(SHORT_WEEKDAYS[weekday] for weekday in outside)
        warnings.append(f"{name} does not work at that time on {on}.")
    if away:
        warnings.append(f"{name} has time off on {listed(away)}.")
    return warnings


def busy_warnings(name: str, wanted: WeeklyTime, times: Iterable[WeeklyTime]) -> list[str]:
    """What speaks against somebody's coming at a weekly time: that they cannot."""
    if any(wanted.overlaps(each) for each in times):
        return [f"{name} said they cannot come at that time on {SHORT_WEEKDAYS[wanted.weekday]}."]
    return []
