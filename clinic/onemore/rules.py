"""Which one session more, or which one seat more, brings the most people their hours of a week.
Values in, answer out."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clinic.days import Span, WeeklyTime, minute_of
from clinic.makeups.rules import fits, is_for
from clinic.schedule.rules.slots import is_plain

LENGTHS = (60, 90, 120, 180)  # minutes, of a session that could be planned
HALF_HOUR = timedelta(minutes=30)  # where it may begin


class Person(NamedTuple):
    """Whose week lacks minutes, and when they cannot come in it."""

    enrollment_id: int
    participant_id: int
    name: str
    clinician_id: int | None
    program_id: int
    site_id: int  # the program's
    missing: int  # minutes
    busy: tuple[Span, ...] = ()
    unavailable: tuple[WeeklyTime, ...] = ()
    away: frozenset[date] = frozenset()


class Chance(NamedTuple):
    """A session that could be, or one that is full and could have a seat more."""

    program_id: int
    site_id: int
    is_open: bool  # also to people of other programs of its site
    day: date
    starts_at: datetime
    ends_at: datetime
    at: WeeklyTime
    credit: int  # minutes
    seats: int  # for people who come to it besides
    rooms: tuple[tuple[int, int], ...] = ()  # free then, the smallest first, with their seats
    leaders: tuple[int, ...] = ()  # free then
    session: Any = None  # that is there already: its row


class Found(NamedTuple):
    """Who comes by a chance."""

    chance: Chance
    reach: list[Person]  # their minimum, by it
    closer: list[Person]  # to it, without reaching it

    @property
    def people(self) -> list[Person]:
        return [*self.reach, *self.closer]

    @property
    def minutes(self) -> int:
        """What it brings of what is missing."""
        return sum(min(each.missing, self.chance.credit) for each in self.people)

    @property
    def lead_id(self) -> int:
        """Of those who are free: whose caseload most of them are, else who comes first."""
        return max(
            self.chance.leaders,
            key=lambda each: sum(one.clinician_id == each for one in self.people),
        )

    @property
    def room(self) -> tuple[int, int]:
        """The smallest that has a seat for all."""
        return next(each for each in self.chance.rooms if each[1] >= len(self.people))


def can_come(person: Person, chance: Chance) -> bool:
    return (
        is_for(chance, person.program_id, person.site_id)
        and chance.day not in person.away
        and fits(chance, person.busy, person.unavailable)
    )


def coming(chance: Chance, people: Iterable[Person]) -> Found:
    """Who comes, as far as there are seats: first who reaches their minimum by it, then whom it
    brings the most; each person once."""

    def rank(each: Person) -> tuple[bool, int, int]:
        reaches = each.missing <= chance.credit
        return not reaches, -min(each.missing, chance.credit), each.enrollment_id

    once: dict[int, Person] = {}
    for each in sorted((each for each in people if can_come(each, chance)), key=rank):
        once.setdefault(each.participant_id, each)
    seated = list(once.values())[: chance.seats]
    return Found(
        chance,
        [each for each in seated if each.missing <= chance.credit],
        [each for each in seated if each.missing > chance.credit],
    )


def best(chances: Iterable[Chance], people: Collection[Person]) -> Found | None:
    """The chance by which the most people reach their minimum; of several, which brings the most
    of what is missing, then the earliest, then the shortest. None where nobody reaches it."""
    found = (coming(each, people) for each in chances)
    return min((each for each in found if each.reach), key=_rank, default=None)


def _rank(found: Found) -> tuple[Any, ...]:
    chance = found.chance
    return -len(found.reach), -found.minutes, chance.starts_at, chance.ends_at, chance.program_id


class Hall(NamedTuple):
    """A room, and when it is taken."""

    id: int
    seats: int
    taken: Sequence[Span]


def times(
    day: date,
    leaders: Mapping[int, Iterable[Span]],
    rooms: Collection[Hall],
    *,
    at: ZoneInfo,
) -> Iterator[tuple[Span, WeeklyTime, tuple[tuple[int, int], ...], tuple[int, ...]]]:
    """The times of a day at which somebody is free to lead and a room is free, with all of these.

    `leaders` have their free times, in the order in which they come to mind.
    """
    spans: dict[Span, list[int]] = {}
    for leader, free in leaders.items():
        for span in _within(free):
            spans.setdefault(span, []).append(leader)
    for span, who in sorted(spans.items()):
        where = tuple(
            each[:2] for each in rooms if not any(span.overlaps(taken) for taken in each.taken)
        )
        if where and is_plain(span, at):
            walls = (minute_of(each.astimezone(at)) for each in span)
            yield span, WeeklyTime(day.weekday(), *walls), where, tuple(who)


def _within(free: Iterable[Span]) -> Iterator[Span]:
    """Every session of a usual length inside these times that begins on a half hour."""
    for starts_at, ends_at in free:
        over = timedelta(
            minutes=starts_at.minute % 30,
            seconds=starts_at.second,
            microseconds=starts_at.microsecond,
        )
        begins = starts_at if not over else starts_at - over + HALF_HOUR
        while begins < ends_at:
            for minutes in LENGTHS:
                ends = begins + timedelta(minutes=minutes)
                if ends <= ends_at:
                    yield Span(begins, ends)
            begins += HALF_HOUR
