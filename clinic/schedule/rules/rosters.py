from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta

from clinic.days import Range, common
from clinic.names import sort_key
from clinic.schedule.rules.seats import why_full
from clinic.schedule.rules.sessions import clash_sentence

ALREADY = "They are on this group already."
ENDS_BEFORE = "Their place in this group ends before that day."


def why_not_from(day: date, *, today: date) -> str | None:
    """Why nobody can be put on a group from a day on."""
    if day < today:
        return "Start today or later: past sessions keep their attendance."
    return None


def why_not_last_day(day: date, *, today: date, ends_on: date | None) -> str | None:
    """Why a day cannot be somebody's last in a group; `ends_on` is their last one so far."""
    if day < today - timedelta(days=1):
        return "The last day cannot be earlier than yesterday: past sessions cannot change."
    if ends_on is not None and ends_on < day:
        return ENDS_BEFORE
    return None


def why_not_move(day: date, *, today: date, ends_on: date | None, is_same: bool) -> str | None:
    """Why somebody cannot go from one group to another on a day; `ends_on` is their last so far."""
    if is_same:
        return ALREADY
    if ends_on is not None and ends_on < day:
        return ENDS_BEFORE
    return why_not_from(day, today=today)


def why_not_put_on(
    *,
    days: Range,
    enrolled: Range,
    runs: Range,
    meets: Callable[[Range], bool],
    already: Collection[Range],
) -> str | None:
    """Why an enrollment cannot be put on a series for these days, on some of which it `meets`."""
    wanted = common(days, enrolled)
    if wanted is None:
        return "The enrollment ends before that day."
    shared = common(wanted, runs)
    if shared is None or not meets(shared):
        return "The group does not meet in that time."
    return why_not_twice(days, already)


def why_not_twice(days: Range, already: Collection[Range]) -> str | None:
    """Why somebody cannot have a place on a roster beside those that they have."""
    if any(days.overlaps(other) for other in already):
        return ALREADY
    return None


def why_not_join(
    title: str,
    *,
    days: Range,
    enrolled: Range,
    runs: Range,
    meets: Callable[[Range], bool],
    already: Collection[Range],
    away: Collection[Range],
    full: Collection[date],
    beside: Mapping[str, Collection[date]],
) -> str | None:
    """Why somebody cannot be put on a group, of what can be known before it is tried.

    `full` are days on which it has no free seat, `beside` those on which something else is at the
    same time, by what it is; of both only those count on which they would come.
    """

    def comes_on(day: date) -> bool:
        return days.covers(day) and enrolled.covers(day) and not any(a.covers(day) for a in away)

    clashes = (
        clash_sentence(" and ".join(sorted((title, other), key=sort_key)), on)
        for other, each in beside.items()
        if (on := list(filter(comes_on, each)))
    )
    return (
        why_not_put_on(days=days, enrolled=enrolled, runs=runs, meets=meets, already=already)
        or why_full(title, list(filter(comes_on, full)))
        or next(clashes, None)
    )
