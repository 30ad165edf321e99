"""How the life of an enrollment is spoken of. Values in, words out."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from clinic.consequences import Change, Consequences, Part, Sessions
from clinic.days import DAY, SHORT_WEEKDAYS, WEEK, Range, WeeklyTime, minute_of, wall_at, week_of
from clinic.enrollment.models import Enrollment, Outcome, Unavailability
from clinic.enrollment.rules import episodes, prescribed
from clinic.formats import (
    counted,
    day_numeric,
    day_short,
    duration,
    hours,
    month_day,
    time_range,
    wall_range,
    week_range,
)
from clinic.hours.rules import State, WeekOf
from clinic.programs.models import Program
from clinic.programs.rules import LEVELS
from clinic.schedule.models import SeriesPlan
from clinic.schedule.rules.words import meets, seats_words


def times_words(times: Iterable[WeeklyTime | Unavailability]) -> str:
    """Weekly times: `Mon, Wed 8:00 am – 4:00 pm`."""
    days: dict[tuple[int, int], list[str]] = {}
    for one in sorted(times, key=lambda one: (one.weekday, one.from_minute, one.until_minute)):
        names = days.setdefault((one.from_minute, one.until_minute), [])
        names.append(SHORT_WEEKDAYS[one.weekday])
    return "; ".join(
        f"{', '.join(names)} {wall_range(wall_at(first), wall_at(last))}"
        for (first, last), names in days.items()
    )


PARTINGS = {
    Outcome.COMPLETED: "They completed",
    Outcome.TRANSFERRED: "They were transferred from",
    Outcome.LEFT: "They left",
    Outcome.DISCHARGED: "They were discharged from",
}


def program_words(program: Program) -> str:
    """A program to choose: level, hours, length, site."""
    weeks = counted(program.weeks, "week") if program.weeks else "open end"
    return " · ".join((LEVELS[program.level], prescribed(program), weeks, program.site.name))


def episode_words(enrollments: Collection[Enrollment], from_on: date) -> str:
    """Whether an enrollment from a day on begins a new episode of care; nothing for the first."""
    before = [each for each in enrollments if each.from_on <= from_on]
    if not before:
        return ""
    wanted = Enrollment(id=max(each.id for each in before) + 1, from_on=from_on)  # never stored
    episode = next(each for each in episodes([*before, wanted]) if wanted in each)
    if len(episode) > 1:
        others = ", ".join(each.program.name for each in before if each in episode)
        return f"This belongs to the same episode of care as {others}."
    last = max(before, key=lambda each: (each.until_on or date.max, each.id))
    parting = PARTINGS[last.outcome or Outcome.COMPLETED]
    return (
        f"{parting} {last.program.name} on {day_numeric(last.until_on)}:"
        " this begins a new episode of care."
    )


def group_words(title: str, plan: SeriesPlan, *, booked: int) -> str:
    """A group to choose: `Process, Mon 6:00 – 9:00 pm · 3 h a week · 3 of 12 seats taken`."""
    length = (plan.ends.hour - plan.starts.hour) * 60 + plan.ends.minute
    minutes = length - plan.starts.minute - plan.break_minutes
    weekly = minutes * len(plan.weekdays) // plan.every_weeks
    seats = "full" if booked >= plan.seats else f"{seats_words(booked, plan.seats)} seats taken"
    return f"{title}, {meets(plan)} · {duration(weekly)} a week · {seats}"


STEPPING_DOWN = 4  # weeks of the new program of which some can be transition weeks
WEEKS_BEHIND = 8  # that can be chosen as weeks of stepping down
WEEKS_AHEAD = 12


def weeks_after(from_on: date, week_starts: int, *, this_year: int) -> list[tuple[str, str]]:
    """The first weeks of an enrollment, to choose as weeks of stepping down."""
    first = week_of(from_on, week_starts)
    weeks = [first + number * WEEK for number in range(STEPPING_DOWN)]
    return [(str(week), week_range(week, this_year=this_year)) for week in weeks]


def weeks_around(
    today: date, week_starts: int, *, enrolled: Range, chosen: Collection[date]
) -> list[tuple[str, str]]:
    """The weeks of an enrollment around today, and those that are chosen already."""
    this = week_of(today, week_starts)
    near = (this + number * WEEK for number in range(-WEEKS_BEHIND, WEEKS_AHEAD))
    first, last = week_of(enrolled.from_on, week_starts), enrolled.until_on or date.max
    weeks = sorted({*chosen, *(week for week in near if first <= week <= last)})
    return [(str(week), week_range(week, this_year=this.year)) for week in weeks]


NEAR = {0: "This week,", 7: "Next week,"}
NAMED_MEETINGS = 4  # that a preview lists before it counts the others
LATER_WEEKS = 1  # after the next that a preview shows
SAME_GROUPS = "Nothing changes: the same groups, the same sessions."


class Meeting(NamedTuple):
    """A session that somebody is booked for."""

    enrollment_id: int
    day: date
    starts_at: datetime
    ends_at: datetime
    title: str
    is_cancelled: bool
    timezone: str

    @property
    def words(self) -> str:
        hours = time_range(self.starts_at, self.ends_at, ZoneInfo(self.timezone))
        return f"{day_short(self.day)}, {hours}: {self.title}"

    @property
    def time(self) -> WeeklyTime:
        zone = ZoneInfo(self.timezone)
        starts, ends = self.starts_at.astimezone(zone), self.ends_at.astimezone(zone)
        return WeeklyTime(self.day.weekday(), minute_of(starts), minute_of(ends))


class EnrollmentPicture(NamedTuple):
    """What is known of an enrollment, in words by what they say."""

    program: str
    facts: dict[str, str]
    places: dict[tuple[int, date], tuple[str, str]]  # group and days, by series and first day
    weeks: dict[date, WeekOf]
    busy: tuple[WeeklyTime, ...]  # when they cannot come


class Picture(NamedTuple):
    """One participant's enrollments and bookings, before or after an act."""

    enrollments: dict[int, EnrollmentPicture]
    meetings: dict[int, Meeting]  # by session


def consequences(
    before: Picture, after: Picture, *, cancelled: Collection[int], week: date
) -> Consequences:
    """What differs between two pictures.

    `cancelled` are sessions that had been theirs and take place no more; `week` is the first day of
    this week.
    """
    pairs = [
        (before.enrollments.get(each), after.enrollments.get(each))
        for each in sorted(before.enrollments.keys() | after.enrollments.keys())
    ]
    facts = tuple(change for pair in pairs for change in _facts_changed(*pair))
    weeks = tuple(change for pair in pairs for change in _weeks_changed(*pair, week=week))
    parts = (
        Part("The enrollment", changes=facts),
        _groups(before, after, pairs, cancelled=cancelled),
        Part("Hours", weeks=weeks),
    )
    return Consequences(
        tuple(part for part in parts if any(part[1:])),
        (*_busy_warnings(before, after, week=week), *_hours_warnings(pairs, week=week)),
    )


Pair = tuple[EnrollmentPicture | None, EnrollmentPicture | None]


def _groups(
    before: Picture, after: Picture, pairs: Iterable[Pair], *, cancelled: Collection[int]
) -> Part:
    """Places on groups, and the sessions that come to the person or go."""
    were, are = _taking_place(before), _taking_place(after)
    gone = were.keys() - are.keys()
    off = gone & set(cancelled)
    take = "takes" if len(off) == 1 else "take"
    lists = (
        _listed((are[each] for each in are.keys() - were.keys()), "more"),
        _listed((were[each] for each in gone - off), "fewer"),
        _listed((were[each] for each in off), f"that no longer {take} place"),
    )
    changes = tuple(change for pair in pairs for change in _places_changed(*pair))
    sessions = tuple(found for found in lists if found.lines)
    same = () if changes or sessions else (SAME_GROUPS,)
    return Part("Groups and sessions", same, changes, sessions)


def _taking_place(picture: Picture) -> dict[int, Meeting]:
    return {each: one for each, one in picture.meetings.items() if not one.is_cancelled}


def _listed(meetings: Iterable[Meeting], what: str) -> Sessions:
    """Sessions in their order, the first few by name."""
    found = sorted(meetings, key=lambda one: (one.day, one.starts_at, one.title))
    rest = found[NAMED_MEETINGS:]
    return Sessions(
        f"{counted(len(found), 'session')} {what}",
        tuple(one.words for one in found[:NAMED_MEETINGS]),
        f"and {len(rest)} more until {day_short(rest[-1].day)}" if rest else "",
    )


def _name(*pictures: EnrollmentPicture | None) -> str:
    return next(picture.program for picture in pictures if picture is not None)


def _facts_changed(
    before: EnrollmentPicture | None, after: EnrollmentPicture | None
) -> Iterator[Change]:
    was = before.facts if before else {}
    will = after.facts if after else {}
    for what in dict.fromkeys([*was, *will]):
        if was.get(what) != will.get(what):
            yield Change(what, was.get(what, ""), will.get(what, ""), _name(before, after))


def _places_changed(
    before: EnrollmentPicture | None, after: EnrollmentPicture | None
) -> Iterator[Change]:
    was = before.places if before else {}
    will = after.places if after else {}
    for key in sorted(was.keys() | will.keys()):
        one, other = was.get(key), will.get(key)
        if one != other:
            group = next(place[0] for place in (one, other) if place is not None)
            was_on, is_on = (place[1] if place else "" for place in (one, other))
            yield Change(group, was_on, is_on, _name(before, after))


def _weeks_changed(
    before: EnrollmentPicture | None, after: EnrollmentPicture | None, *, week: date
) -> Iterator[Change]:
    """This week and the next always, of the others those that change, but few of those to come."""
    was = before.weeks if before else {}
    will = after.weeks if after else {}
    later = 0
    for each in sorted(was.keys() | will.keys()):
        one, other = was.get(each), will.get(each)
        is_same = _shown(one) == _shown(other)
        is_near = week <= each <= week + WEEK
        if is_same and not is_near:
            continue
        later += each > week + WEEK
        if later > LATER_WEEKS:
            break
        what = f"{NEAR.get((each - week) // DAY, 'Week of')} {month_day(each)}"
        yield Change(what, other if is_same else one, other, _name(before, after))


def _shown(week: WeekOf | None) -> tuple[object, ...]:
    """What a preview shows of a week: two that show the same are the same to whoever looks."""
    if week is None:
        return ()
    target, balance = week.target, week.balance
    return *target[1:3], balance.planned, balance.delivered, week.state


def _busy_warnings(before: Picture, after: Picture, *, week: date) -> Iterator[str]:
    """Sessions to come that are at a time when they cannot, where the act made it so."""
    was = _at_busy_times(before)
    inside = sorted(
        (meeting.day, meeting.starts_at, meeting.words)
        for each, meeting in _at_busy_times(after).items()
        if each not in was and meeting.day >= week
    )
    if inside:
        many = counted(len(inside), "session is", "sessions are")
        yield f"{many} at a time when they cannot come, the first on {inside[0][-1]}."


def _at_busy_times(picture: Picture) -> dict[int, Meeting]:
    return {
        each: meeting
        for each, meeting in _taking_place(picture).items()
        if any(
            busy.overlaps(meeting.time) for busy in picture.enrollments[meeting.enrollment_id].busy
        )
    }


def _hours_warnings(pairs: Iterable[Pair], *, week: date) -> Iterator[str]:
    """The first whole week to come in which too little is planned, where the act made it so."""
    for before, after in pairs:
        was = before.weeks if before else {}
        for each, found in sorted(after.weeks.items() if after else ()):
            is_whole = each >= week and found.state is not State.PARTIAL
            least, planned = found.target.min_minutes, found.balance.planned
            if is_whole and planned < least and _shown(found) != _shown(was.get(each)):
                yield (
                    f"{_name(after)}: {duration(planned)} of {hours(least)} hours"
                    f" are planned in the week of {month_day(each)}."
                )
                break
