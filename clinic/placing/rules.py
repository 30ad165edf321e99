"""The week of a program as groups to choose from, for one person. Values in, answer out."""

from collections.abc import Collection, Iterable, Sequence
from datetime import time
from itertools import groupby
from typing import NamedTuple

from clinic.days import SHORT_WEEKDAYS, WEEKDAYS, WeeklyTime, minute_of
from clinic.formats import counted, listed, wall_range
from clinic.names import sort_key
from clinic.programs.models import DayPart, Kind, MixItem, Program
from clinic.schedule.models import Series, SeriesPlan
from clinic.schedule.rules.words import meets, session_name


class Block(NamedTuple):
    """A group as it stands in a week, and what is in the way of choosing it."""

    id: int
    title: str
    kind: Kind
    leader: str  # who leads it, if anybody does
    weekdays: str  # digits in order, as in its plan
    starts: time
    ends: time
    every_weeks: int
    part: DayPart
    minutes: int  # that each of its sessions counts to the hours
    free: int  # seats in the fullest of its sessions to come
    room: str = ""
    program: str = ""  # where it is another one's
    why_not: str | None = None
    doubt: str | None = None  # what speaks against it, though it can be chosen
    is_theirs: bool = False  # whether they are on it already
    is_chosen: bool = False

    @property
    def name(self) -> str:
        """What it is called: an individual session by its leader."""
        whom = [self.leader] if self.leader and self.kind is Kind.INDIVIDUAL else []
        return session_name(self, whom)

    @property
    def when(self) -> str:
        """`Mon, Thu 6:00 – 9:00 pm`."""
        return meets(self)

    @property
    def times(self) -> str:
        """`6:00 – 9:00 pm`."""
        return wall_range(self.starts, self.ends)

    @property
    def is_folded(self) -> bool:
        """Whether it is chosen in a folded list, not in the week itself."""
        return bool(self.program or self.doubt) or self.kind is Kind.INDIVIDUAL

    @property
    def seats(self) -> str:
        """`3 seats free`, which nobody asks of an individual session."""
        return "" if self.kind is Kind.INDIVIDUAL else f"{counted(self.free, 'seat')} free"

    @property
    def from_minute(self) -> int:
        return minute_of(self.starts)

    @property
    def until_minute(self) -> int:
        return minute_of(self.ends)


class Day(NamedTuple):
    """A day of a week: what it has in each part, the earliest first."""

    number: int  # 0 is Monday
    name: str
    parts: list[tuple[DayPart, list[Block]]]

    @property
    def blocks(self) -> list[Block]:
        return [one for _, blocks in self.parts for one in blocks]


class Goal(NamedTuple):
    """What the hours of a week are held against."""

    min_minutes: int
    max_minutes: int
    min_days: int | None
    mix: tuple[tuple[Kind, int, int], ...] = ()  # of a kind: sessions, of at least these minutes

    @property
    def mix_words(self) -> str:
        """The mix as a page carries it: `individual:1:50 family:1:0`."""
        return " ".join(f"{kind}:{sessions}:{minutes}" for kind, sessions, minutes in self.mix)


class Week(NamedTuple):
    """The groups that there are for somebody, each where it belongs on the page."""

    days: list[Day]
    single: list[tuple[str, list[Block]]]  # individual sessions, by leader
    elsewhere: list[Block]  # of other programs
    doubted: list[Block]  # at a time when they cannot come
    closed: list[Block]  # that cannot be chosen
    goal: Goal

    @property
    def is_empty(self) -> bool:
        folded = (self.single, self.elsewhere, self.doubted, self.closed)
        return not any(folded) and not any(day.blocks for day in self.days)


def goal_of(
    program: Program, mix: Iterable[MixItem], *, least: int, most: int, min_days: int | None
) -> Goal:
    """What somebody's weeks in a program are held against."""
    items = tuple((each.kind, each.sessions, each.minutes) for each in mix)
    return Goal(least, most, program.min_service_days if min_days is None else min_days, items)


def minutes_of(plan: SeriesPlan, program: Program) -> int:
    """The minutes that each session of a plan counts to the hours."""
    if plan.kind not in program.counted_kinds:
        return 0
    length = minute_of(plan.ends) - minute_of(plan.starts)
    return length if program.breaks_count else max(0, length - plan.break_minutes)


def block_of(series: Series, part: DayPart, *, booked: int, program_id: int) -> Block:
    """A group with its leader, times and free seats."""
    plan = series.plan
    return Block(
        series.id,
        series.title,
        plan.kind,
        next((each.staff.name for each in plan.leaders), ""),
        plan.weekdays,
        plan.starts,
        plan.ends,
        plan.every_weeks,
        part,
        minutes_of(plan, series.program),
        max(0, plan.seats - booked),
        plan.room.name if plan.room else "",
        "" if series.program_id == program_id else series.program.name,
    )


def why_doubt(block: Block, busy: Collection[WeeklyTime]) -> str | None:
    """What speaks against a group: that they cannot come on some of its days."""
    on = [
        SHORT_WEEKDAYS[int(digit)]
        for digit in block.weekdays
        if any(
            each.overlaps(WeeklyTime(int(digit), block.from_minute, block.until_minute))
            for each in busy
        )
    ]
    return f"They cannot come at that time on {listed(on)}." if on else None


def week_from(
    blocks: Iterable[Block], goal: Goal, *, week_starts: int, first_leader: str = ""
) -> Week:
    """Put groups where they belong: most of them on their days, the others folded.

    Individual sessions with `first_leader` come before those with others.
    """
    found = sorted(blocks, key=lambda one: (one.weekdays, one.starts, sort_key(one.name), one.id))
    closed = [one for one in found if one.why_not and not one.is_theirs]
    open_to = [one for one in found if not one.why_not or one.is_theirs]
    doubted = [one for one in open_to if one.doubt and not one.is_theirs]
    fitting = [one for one in open_to if one not in doubted and not one.is_theirs]
    return Week(
        _days(open_to, week_starts),
        _by_leader(fitting, first_leader),
        [one for one in fitting if one.program],
        doubted,
        sorted(closed, key=lambda one: (sort_key(one.name), one.weekdays, one.starts, one.id)),
        goal,
    )


def _days(blocks: Sequence[Block], week_starts: int) -> list[Day]:
    used = {one.part for one in blocks}
    parts = [part for part in DayPart if part in used]
    numbers = [(week_starts + offset) % 7 for offset in range(7)]
    by_time = sorted(blocks, key=lambda one: (one.starts, one.ends, sort_key(one.name), one.id))
    return [
        Day(
            number,
            WEEKDAYS[number],
            [
                (part, [one for one in by_time if one.part is part and str(number) in one.weekdays])
                for part in parts
            ],
        )
        for number in numbers
    ]


def _by_leader(blocks: Iterable[Block], first_leader: str) -> list[tuple[str, list[Block]]]:
    alone = [one for one in blocks if one.kind is Kind.INDIVIDUAL and not one.program]
    alone.sort(key=lambda one: (one.leader != first_leader, sort_key(one.leader)))  # times stay
    return [(name, list(times)) for name, times in groupby(alone, key=lambda one: one.leader)]
