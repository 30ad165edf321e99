"""Which sessions somebody could come to instead of those that they miss, and how many minutes the
best of them bring. Values in, answer out."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import NamedTuple, Protocol

from clinic.days import DAY, Range, Span, WeeklyTime
from clinic.programs.models import Kind
from clinic.schedule.models import Mode

OFFERED = 3  # to one person at once
DAY_PARTS = (12 * 60, 17 * 60)  # minutes of the day at which another begins, unless set
ALIKE, OF_THE_KIND, ANOTHER = range(3)  # how a session is beside the one that was missed


class Place(NamedTuple):
    """A session that has a free seat."""

    session_id: int
    series_id: int | None
    program_id: int
    site_id: int
    is_open: bool  # also to people of other programs of its site
    title: str
    kind: Kind
    mode: Mode
    week: date
    day: date
    starts_at: datetime
    ends_at: datetime
    timezone: str
    at: WeeklyTime  # on the clock of its site
    credit: int
    free: int  # seats; without one it is for those alone for whom a seat is held
    room: str | None


class Seeker(NamedTuple):
    """What the search needs to know of an enrollment; those that are equal find the same."""

    program_id: int
    site_id: int  # its program's
    # The sessions at whose time they cannot come: those they are on, and those they called off,
    # as they cannot be there then.
    booked: frozenset[int] = frozenset()
    unavailable: tuple[WeeklyTime, ...] = ()
    away: frozenset[date] = frozenset()  # days on which they are not enrolled, or on leave
    held: frozenset[int] = frozenset()  # the sessions in which a seat is held for them


class Timed(Protocol):
    """What is at a time, on the clock of its site, too."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def at(self) -> WeeklyTime: ...


class Offered(Protocol):
    """What is for people of a program."""

    @property
    def program_id(self) -> int: ...
    @property
    def site_id(self) -> int: ...
    @property
    def is_open(self) -> bool: ...


def is_for(place: Offered, program_id: int, site_id: int) -> bool:
    """Whether a session can make up for one of a program, which is at a site."""
    return place.program_id == program_id or (place.is_open and place.site_id == site_id)


def seekers(
    people: Iterable[tuple[int, int, int, Range]],
    booked: Iterable[tuple[int, int]],
    *,
    days: Range,
    others: Mapping[int, Collection[int]],
    leaves: Mapping[int, Collection[Range]],
    unavailable: Mapping[int, Collection[WeeklyTime]],
    held: Mapping[int, Collection[int]] | None = None,
) -> dict[int, Seeker]:
    """By enrollment: where and when somebody could come on these days.

    `people` are enrollments with their program, its site and their days; `booked` enrollments with
    a session that is not over nor cancelled; `others` the enrollments that are the same person's.
    """
    of: dict[int, set[int]] = defaultdict(set)
    for each, session_id in booked:
        of[each].add(session_id)
    return {
        each: Seeker(
            program_id,
            site_id,
            frozenset(of[each].union(*(of[other] for other in others.get(each, ())))),
            tuple(unavailable.get(each, ())),
            _away(days, enrolled, leaves.get(each, ())),
            frozenset(held.get(each, ())) if held else frozenset(),
        )
        for each, program_id, site_id, enrolled in people
    }


def _away(days: Range, enrolled: Range, leaves: Collection[Range]) -> frozenset[date]:
    """The days, of these, on which somebody is not enrolled, or on leave."""
    first, last = days
    assert last is not None
    if not leaves and enrolled.covers(first) and enrolled.covers(last):
        return frozenset()
    each_day = (first + number * DAY for number in range((last - first).days + 1))
    return frozenset(
        day
        for day in each_day
        if not enrolled.covers(day) or any(leave.covers(day) for leave in leaves)
    )


def fits(place: Timed, busy: Iterable[Span], unavailable: Iterable[WeeklyTime]) -> bool:
    """Whether a session is at a time when somebody has nothing else, and can come."""
    span = Span(place.starts_at, place.ends_at)
    return not (
        any(span.overlaps(each) for each in busy)
        or any(place.at.overlaps(each) for each in unavailable)
    )


def best_set(places: Iterable[Place]) -> list[Place]:
    """Of sessions that may overlap, those that one person can come to and that bring the most.

    The first to end of several that bring the same; one may begin as the other ends.
    """
    in_order = sorted(places, key=lambda each: (each.ends_at, each.starts_at, each.session_id))
    ends = [each.ends_at for each in in_order]
    most = [0]  # minutes of the best set of the first so many
    for number, each in enumerate(in_order):
        before = bisect_right(ends, each.starts_at, hi=number)
        most.append(max(most[number], most[before] + each.credit))
    chosen, number = [], len(in_order)
    while number:
        if most[number] == most[number - 1]:
            number -= 1
        else:
            chosen.append(in_order[number - 1])
            number = bisect_right(ends, chosen[-1].starts_at, hi=number - 1)
    return chosen[::-1]


def best(places: Iterable[Place]) -> int:
    """The most minutes that one person can get of sessions that may overlap."""
    return sum(each.credit for each in best_set(places))


class Missed(NamedTuple):
    """A session that somebody did not come to, or not all the time."""

    session_id: int
    title: str
    kind: Kind
    day: date
    from_minute: int  # of it
    lost: int  # minutes
    is_called_off: bool = False


class Ranked(NamedTuple):
    """A session to offer to somebody, and which one it makes up for, if they have missed any."""

    place: Place
    missed: Missed | None


def ranked(
    places: Iterable[Place],
    missed: Collection[Missed],
    *,
    missing: int,
    parts: Sequence[int] = DAY_PARTS,
    is_covered: Callable[[Place], bool] = lambda _place: True,
    most: int | None = OFFERED,
) -> list[Ranked]:
    """What to offer to somebody first: what is like the one they missed; then what brings enough
    and little more, or else the most; then what is sooner, and at their time of day.

    `missing` are minutes; days of which they have called something off come after the others, and
    what goes beyond authorization (not `is_covered`) comes last.
    """
    off = {each.day for each in missed if each.is_called_off}

    def rank(each: Ranked) -> tuple[object, ...]:
        place, of = each
        likeness = _unlike(place, of) if of else ALIKE
        too_much = place.credit - missing
        amount = (too_much < 0, abs(too_much))
        part = bisect_right(parts, place.at.from_minute)
        is_another_part = of is not None and part != bisect_right(parts, of.from_minute)
        key = place.starts_at, place.session_id
        return (
            not is_covered(place),
            place.day in off,
            likeness,
            amount,
            place.day,
            is_another_part,
            *key,
        )

    return sorted((Ranked(each, _of(each, missed)) for each in places), key=rank)[:most]


def _of(place: Place, missed: Collection[Missed]) -> Missed | None:
    """Which of the missed sessions a place makes up for: one like it, or else what took most."""
    return min(
        missed, key=lambda each: (_unlike(place, each), -each.lost, each.session_id), default=None
    )


def _unlike(place: Place, missed: Missed) -> int:
    if (place.title, place.kind) == (missed.title, missed.kind):
        return ALIKE
    return OF_THE_KIND if place.kind is missed.kind else ANOTHER


class Search:
    """The places of some weeks, asked for many people: what is alike is worked out once.

    `times` has the times of all sessions that stand in the way of somebody, by id.
    """

    def __init__(self, places: Iterable[Place], times: Mapping[int, Span]) -> None:
        self._places: dict[date, list[Place]] = defaultdict(list)
        for place in places:
            self._places[place.week].append(place)
        self._times = times
        self._fitting: Callable[[date, Seeker], frozenset[int]] = cache(self._fit)
        self._most: Callable[[date, frozenset[int]], int] = cache(self._best)
        self._clashing: Callable[[date, int], frozenset[int]] = cache(self._clash)
        self._usable: Callable[..., frozenset[int]] = cache(self._use)

    def places(self, week: date, seeker: Seeker) -> list[Place]:
        """What somebody could come to in a week, by start."""
        fitting, theirs = self._fitting(week, seeker), self._places.get(week, [])
        return [place for number, place in enumerate(theirs) if number in fitting]

    def minutes(self, week: date, seeker: Seeker) -> int:
        """The most that somebody could make up in a week."""
        return self._most(week, self._fitting(week, seeker)) if week in self._places else 0

    def _fit(self, week: date, seeker: Seeker) -> frozenset[int]:
        taken = frozenset().union(*(self._clashing(week, each) for each in seeker.booked))
        places = self._places.get(week, [])
        return frozenset(
            number
            for number in self._usable(week, *seeker[:2], seeker.unavailable) - taken
            if places[number].day not in seeker.away
            and (places[number].free > 0 or places[number].session_id in seeker.held)
        )

    def _use(
        self, week: date, program_id: int, site_id: int, unavailable: Collection[WeeklyTime]
    ) -> frozenset[int]:
        """The places for a program at times when somebody can come."""
        return frozenset(
            number
            for number, place in enumerate(self._places.get(week, ()))
            if is_for(place, program_id, site_id) and fits(place, (), unavailable)
        )

    def _clash(self, week: date, session_id: int) -> frozenset[int]:
        """The places at the time of a session, itself one of them."""
        starts_at, ends_at = self._times[session_id]
        return frozenset(  # `fits`, written out: this is asked of every session and place
            number
            for number, place in enumerate(self._places.get(week, ()))
            if place.session_id == session_id
            or (place.starts_at < ends_at and starts_at < place.ends_at)
        )

    def _best(self, week: date, numbers: frozenset[int]) -> int:
        places: Sequence[Place] = self._places[week]
        return best([places[number] for number in numbers])
