"""What an act on somebody leads to, read off pictures before and after it. Values in, words out."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clinic.authorizations.rules import Beyond, beyond_words, more_beyond
from clinic.consequences import Change, Consequences, Part
from clinic.days import DAY, SHORT_WEEKDAYS, WEEK, WeeklyTime, minute_of, wall_at
from clinic.formats import (
    counted,
    day_short,
    duration,
    hours,
    month_day,
    wall_range,
)
from clinic.hours.rules import State, WeekOf
from clinic.names import sort_key
from clinic.schedule.rules.words import session_words, sessions_words


def times_words(times: Iterable[WeeklyTime]) -> str:
    """Weekly times: `Mon, Wed 8:00 am – 4:00 pm`."""
    days: dict[tuple[int, int], list[str]] = {}
    for one in sorted(times):
        names = days.setdefault((one.from_minute, one.until_minute), [])
        names.append(SHORT_WEEKDAYS[one.weekday])
    return "; ".join(
        f"{', '.join(names)} {wall_range(wall_at(first), wall_at(last))}"
        for (first, last), names in days.items()
    )


NEAR = {0: "This week,", 7: "Next week,"}
NAMED_MEETINGS = 4  # that a preview lists before it counts the others
LATER_WEEKS = 1  # after the next that a preview shows
SAME_GROUPS = "Nothing changes: the same groups, the same sessions."


class Picture(NamedTuple):
    """One participant's enrollments and bookings, before or after an act.

    Things go by enrollment first, and say in words what they are.
    """

    programs: dict[int, str]
    facts: dict[tuple[int, str], str]
    places: dict[tuple[int, int, date], tuple[str, str]]  # group and days, by series and first day
    weeks: dict[tuple[int, date], WeekOf]
    busy: dict[int, list[WeeklyTime]]  # when they cannot come
    meetings: dict[int, Any]  # rows of sessions that they are booked for, by session
    beyond: dict[int, Beyond]  # sessions that no authorization covers, by enrollment


NOBODY = Picture({}, {}, {}, {}, {}, {}, {})  # somebody who is on no list yet


def consequences(
    before: Picture, after: Picture, *, cancelled: Collection[int], week: date
) -> Consequences:
    """What differs between two pictures.

    `cancelled` are sessions that had been theirs and take place no more; `week` is the first day of
    this week.
    """
    parts = (
        Part("The enrollment", changes=tuple(_facts_changed(before, after))),
        _groups(before, after, cancelled=cancelled),
        Part("Hours", weeks=tuple(_weeks_changed(before, after, week=week))),
    )
    beyond = tuple(more_beyond(before.beyond, after.beyond))
    return Consequences(
        tuple(part for part in parts if any(part[1:])),
        (
            *map(beyond_words, beyond),
            *_busy_warnings(before, after, week=week),
            *hours_warnings(before, after, week=week),
            *over_warnings(before, after, week=week),
        ),
        beyond,
    )


def _groups(before: Picture, after: Picture, *, cancelled: Collection[int]) -> Part:
    """Places on groups, and the sessions that come to the person or go."""
    were, are = _taking_place(before), _taking_place(after)
    gone = were.keys() - are.keys()
    off = gone & set(cancelled)
    take = "takes" if len(off) == 1 else "take"
    found = (
        _listed((are[each] for each in are.keys() - were.keys()), "more"),
        _listed((were[each] for each in gone - off), "fewer"),
        _listed((were[each] for each in off), f"that no longer {take} place"),
    )
    changes = tuple(_places_changed(before, after))
    lists = tuple(each for each in found if each.sentences)
    same = () if changes or lists else (SAME_GROUPS,)
    return Part("Groups and sessions", same, changes, lists)


def _taking_place(picture: Picture) -> dict[int, Any]:
    return {each: one for each, one in picture.meetings.items() if not one.is_cancelled}


def _listed(meetings: Iterable[Any], what: str) -> Part:
    """Sessions in their order, the first few by name."""
    found = sorted(meetings, key=lambda one: (one.starts_at, sort_key(one.title)))
    rest = found[NAMED_MEETINGS:]
    return Part(
        f"{counted(len(found), 'session')} {what}",
        tuple(sessions_words(found[:NAMED_MEETINGS])),
        more=f"and {len(rest)} more through {day_short(rest[-1].day)}" if rest else "",
    )


def _facts_changed(before: Picture, after: Picture) -> Iterator[Change]:
    programs = before.programs | after.programs
    for key in sorted(before.facts | after.facts, key=itemgetter(0)):
        was, will = before.facts.get(key, ""), after.facts.get(key, "")
        if was != will:
            yield Change(key[1], was, will, programs[key[0]])


def _places_changed(before: Picture, after: Picture) -> Iterator[Change]:
    programs = before.programs | after.programs
    nowhere = ("", "")
    for key in sorted(before.places | after.places):
        was, will = before.places.get(key, nowhere), after.places.get(key, nowhere)
        if was != will:
            yield Change(was[0] or will[0], was[1], will[1], programs[key[0]])


def _weeks_changed(before: Picture, after: Picture, *, week: date) -> Iterator[Change]:
    """This week and the next always, of the others those that change, but few of those to come."""
    programs = before.programs | after.programs
    later: Counter[int] = Counter()
    for key in sorted(before.weeks | after.weeks):
        enrollment_id, first = key
        was, will = before.weeks.get(key), after.weeks.get(key)
        is_same = shown(was) == shown(will)
        if is_same and not week <= first <= week + WEEK:
            continue
        later[enrollment_id] += first > week + WEEK
        if later[enrollment_id] <= LATER_WEEKS:
            what = f"{NEAR.get((first - week) // DAY, 'Week of')} {month_day(first)}"
            yield Change(what, will if is_same else was, will, programs[enrollment_id])


def shown(week: WeekOf | None) -> tuple[object, ...]:
    """What a preview shows of a week: two that show the same are the same to whoever looks."""
    if week is None:
        return ()
    target, balance = week.target, week.balance
    return *target[1:3], balance.planned, balance.delivered, week.state


def _busy_warnings(before: Picture, after: Picture, *, week: date) -> Iterator[str]:
    """Sessions to come that are at a time when they cannot, where the act made it so."""
    was = _at_busy_times(before)
    inside = [
        row for each, row in _at_busy_times(after).items() if each not in was and row.day >= week
    ]
    if inside:
        many = counted(len(inside), "session is", "sessions are")
        first = min(inside, key=lambda row: (row.day, row.starts_at, row.title))
        yield f"{many} at a time when they cannot come, the first on {session_words(first)}."


def _at_busy_times(picture: Picture) -> dict[int, Any]:
    return {
        each: row
        for each, row in _taking_place(picture).items()
        if any(busy.overlaps(time_of(row)) for busy in picture.busy[row.enrollment_id])
    }


def time_of(row: Any) -> WeeklyTime:
    """When a session takes place, in the week of its site."""
    zone = ZoneInfo(row.timezone)
    starts, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    return WeeklyTime(row.day.weekday(), minute_of(starts), minute_of(ends))


def hours_warnings(before: Picture, after: Picture, *, week: date) -> Iterator[str]:
    """The first whole week to come in which too little is planned, where the act made it so."""
    warned = set()
    for key, found in sorted(after.weeks.items()):
        enrollment_id, first = key
        is_whole = first >= week and found.state is not State.PARTIAL
        least, planned = found.target.min_minutes, found.balance.planned
        is_new = shown(found) != shown(before.weeks.get(key)) and enrollment_id not in warned
        if is_whole and planned < least and is_new:
            warned.add(enrollment_id)
            yield (
                f"{after.programs[enrollment_id]}: {duration(planned)} of {hours(least)} hours"
                f" are planned in the week of {month_day(first)}."
            )


def is_further_over(was: WeekOf | None, will: WeekOf) -> bool:
    """Whether more can come together than is prescribed, and could not before or not as much."""
    most = will.target.max_minutes
    before = most if was is None else max(most, was.balance.booked)
    return will.is_planned_over and will.balance.booked > before


def over_warnings(before: Picture, after: Picture, *, week: date) -> Iterator[str]:
    """The first week to come in which too much is booked, where the act made it so or worse."""
    warned = set()
    for key, found in sorted(after.weeks.items()):
        enrollment_id, first = key
        is_new = enrollment_id not in warned
        if first >= week and is_new and is_further_over(before.weeks.get(key), found):
            warned.add(enrollment_id)
            booked, most = duration(found.balance.booked), hours(found.target.max_minutes)
            yield (
                f"{after.programs[enrollment_id]}: {booked} are booked in the week of"
                f" {month_day(first)}, more than {most} hours."
            )
