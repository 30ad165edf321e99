"""How the life of an enrollment is spoken of. Values in, words out."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from clinic.days import DAY, SHORT_WEEKDAYS, WEEK, WeeklyTime, wall_at
from clinic.enrollment.models import Enrollment, Outcome, Unavailability
from clinic.enrollment.rules import episodes, prescribed
from clinic.formats import counted, day_numeric, day_short, duration, hours, wall_range
from clinic.programs.models import Program
from clinic.programs.rules import LEVELS
from clinic.schedule.models import Series
from clinic.schedule.rules.words import meets, period, seats_words


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


@dataclass
class _ToCome:
    """An enrollment that is being thought of."""

    id: int
    from_on: date
    until_on: date | None = None
    outcome: Outcome | None = None
    continues_id: int | None = None


def episode_words(enrollments: Collection[Enrollment], from_on: date) -> str:
    """Whether an enrollment from a day on begins a new episode of care; nothing for the first."""
    before = [each for each in enrollments if each.from_on <= from_on]
    if not before:
        return ""
    wanted = _ToCome(max(each.id for each in before) + 1, from_on)
    everything: list[Enrollment | _ToCome] = [*before, wanted]
    episode = next(each for each in episodes(everything) if wanted in each)
    if len(episode) > 1:
        others = ", ".join(each.program.name for each in before if each in episode)
        return f"This belongs to the same episode of care as {others}."
    last = max(before, key=lambda each: (each.until_on or date.max, each.id))
    parting = PARTINGS[last.outcome or Outcome.COMPLETED]
    return (
        f"{parting} {last.program.name} on {day_numeric(last.until_on)}:"
        " this begins a new episode of care."
    )


def group_words(series: Series, *, booked: int) -> str:
    """A group to choose: `Process, Mon 6:00 – 9:00 pm · 3 h a week · 3 of 12 seats taken`."""
    length = (series.ends.hour - series.starts.hour) * 60 + series.ends.minute
    minutes = length - series.starts.minute - series.break_minutes
    weekly = minutes * len(series.weekdays) // series.every_weeks
    seats = "full" if booked >= series.seats else f"{seats_words(booked, series.seats)} seats taken"
    return f"{series.title}, {meets(series)} · {duration(weekly)} a week · {seats}"


NEAR = {0: "This week,", 7: "Next week,"}
NAMED_MEETINGS = 4  # that a preview lists before it counts the others
LATER_WEEKS = 1  # after the next that a preview shows


class Place(NamedTuple):
    """An enrollment's place on a group, within the enrollment's days."""

    group: str
    from_on: date
    until_on: date | None


class Meeting(NamedTuple):
    """A session that somebody is booked for."""

    day: date
    time: str
    title: str
    weekday: int
    first: int  # local minutes of the day
    last: int
    is_held: bool

    @property
    def words(self) -> str:
        return f"{day_short(self.day)}, {self.time}: {self.title}"


class WeekPicture(NamedTuple):
    week: date
    label: str
    min: int
    max: int
    planned: int
    delivered: int
    unconfirmed: int
    upcoming: int
    state: str


class EnrollmentPicture(NamedTuple):
    """What is known of an enrollment, as words by what they say."""

    program: str
    facts: dict[str, str]
    places: dict[tuple[int, date], Place]  # by series and first day
    weeks: dict[date, WeekPicture]
    busy: tuple[tuple[int, int, int], ...]  # weekly times at which they cannot come


class Picture(NamedTuple):
    """One participant's enrollments and bookings, before or after an act."""

    enrollments: dict[int, EnrollmentPicture]
    meetings: dict[int, tuple[int, Meeting]]  # by session, with the enrollment
    cancelled: frozenset[int] = frozenset()  # sessions that had been theirs and take place no more


class Change(NamedTuple):
    """One thing, before and after; empty where there was or will be none."""

    program: str
    what: str
    before: str
    after: str


class WeekChange(NamedTuple):
    program: str
    label: str
    before: WeekPicture | None
    after: WeekPicture | None

    @property
    def is_same(self) -> bool:
        return self.before == self.after


class Meetings(NamedTuple):
    """Sessions, the first few by name."""

    number: int
    first: tuple[str, ...]
    more: str


class Effects(NamedTuple):
    """What an act leads to, in words and numbers, and nothing else: the same act on the same
    clinic has the same effects."""

    facts: tuple[Change, ...]
    rosters: tuple[Change, ...]
    gained: Meetings
    lost: Meetings
    cancelled: Meetings
    weeks: tuple[WeekChange, ...]
    warnings: tuple[str, ...]


def effects(before: Picture, after: Picture, *, week: date) -> Effects:
    """What differs between two pictures; `week` is the first day of this week."""
    pairs = [
        (before.enrollments.get(each), after.enrollments.get(each))
        for each in sorted(before.enrollments.keys() | after.enrollments.keys())
    ]
    new = [
        meeting
        for each, (_, meeting) in after.meetings.items()
        if meeting.is_held and not _is_held(before, each)
    ]
    gone = [
        (each, meeting)
        for each, (_, meeting) in before.meetings.items()
        if meeting.is_held and not _is_held(after, each)
    ]
    return Effects(
        facts=tuple(change for pair in pairs for change in _facts_changed(*pair)),
        rosters=tuple(change for pair in pairs for change in _places_changed(*pair)),
        gained=_meetings(new),
        lost=_meetings(meeting for each, meeting in gone if each not in after.cancelled),
        cancelled=_meetings(meeting for each, meeting in gone if each in after.cancelled),
        weeks=tuple(change for pair in pairs for change in _weeks_changed(*pair, week=week)),
        warnings=(
            *_busy_warnings(before, after, week=week),
            *_hours_warnings(pairs, week=week),
        ),
    )


def _is_held(picture: Picture, session_id: int) -> bool:
    found = picture.meetings.get(session_id)
    return found is not None and found[1].is_held


def _name(*pictures: EnrollmentPicture | None) -> str:
    return next(picture.program for picture in pictures if picture is not None)


def _facts_changed(
    before: EnrollmentPicture | None, after: EnrollmentPicture | None
) -> Iterator[Change]:
    was = before.facts if before else {}
    will = after.facts if after else {}
    for what in dict.fromkeys([*was, *will]):
        if was.get(what) != will.get(what):
            yield Change(_name(before, after), what, was.get(what, ""), will.get(what, ""))


def _places_changed(
    before: EnrollmentPicture | None, after: EnrollmentPicture | None
) -> Iterator[Change]:
    was = before.places if before else {}
    will = after.places if after else {}
    for key in sorted(was.keys() | will.keys()):
        one, other = was.get(key), will.get(key)
        if one != other:
            group = next(place.group for place in (one, other) if place is not None)
            yield Change(_name(before, after), group, _stay(one), _stay(other))


def _stay(place: Place | None) -> str:
    return period(place.from_on, place.until_on) if place else ""


def _meetings(found: Iterable[Meeting]) -> Meetings:
    listed = sorted(found, key=lambda meeting: (meeting.day, meeting.first, meeting.title))
    names = tuple(meeting.words for meeting in listed[:NAMED_MEETINGS])
    rest = listed[NAMED_MEETINGS:]
    more = f"and {len(rest)} more until {day_short(rest[-1].day)}" if rest else ""
    return Meetings(len(listed), names, more)


def _weeks_changed(
    before: EnrollmentPicture | None, after: EnrollmentPicture | None, *, week: date
) -> Iterator[WeekChange]:
    """This week and the next always, of the others those that change, but few of those to come."""
    was = before.weeks if before else {}
    will = after.weeks if after else {}
    later = 0
    for each in sorted(was.keys() | will.keys()):
        one, other = was.get(each), will.get(each)
        is_near = week <= each <= week + WEEK
        if one == other and not is_near:
            continue
        later += each > week + WEEK
        if later > LATER_WEEKS:
            break
        label = next(found.label for found in (one, other) if found is not None)
        name = NEAR.get((each - week) // DAY, "Week of")
        yield WeekChange(_name(before, after), f"{name} {label}", one, other)


def _busy_warnings(before: Picture, after: Picture, *, week: date) -> Iterator[str]:
    """Sessions to come that are at a time when they cannot, where the act made it so."""
    was = _at_busy_times(before)
    inside = _meetings(
        meeting
        for each, meeting in _at_busy_times(after).items()
        if each not in was and meeting.day >= week
    )
    if inside.number:
        many = counted(inside.number, "session is", "sessions are")
        yield f"{many} at a time when they cannot come, the first on {inside.first[0]}."


def _at_busy_times(picture: Picture) -> dict[int, Meeting]:
    return {
        each: meeting
        for each, (holder, meeting) in picture.meetings.items()
        if meeting.is_held
        and any(
            weekday == meeting.weekday and first < meeting.last and meeting.first < last
            for weekday, first, last in picture.enrollments[holder].busy
        )
    }


def _hours_warnings(
    pairs: Iterable[tuple[EnrollmentPicture | None, EnrollmentPicture | None]], *, week: date
) -> Iterator[str]:
    """The first whole week to come in which too little is planned, where the act made it so."""
    for before, after in pairs:
        was = before.weeks if before else {}
        for each, found in sorted(after.weeks.items() if after else ()):
            is_whole = each >= week and found.state != "partial"
            if is_whole and found.planned < found.min and found != was.get(each):
                yield (
                    f"{_name(after)}: {duration(found.planned)} of {hours(found.min)} hours"
                    f" are planned in the week of {found.label}."
                )
                break
