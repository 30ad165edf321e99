from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import exists, or_, select

from clinic.accounts.models import Staff
from clinic.census import rules
from clinic.census.rules import Stay
from clinic.days import DAY, WEEK, Range
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment, Leave
from clinic.participants.models import Participant
from clinic.programs.models import Measure, Population, Program, Rule, RuleSet
from clinic.programs.rules import figure
from clinic.schedule.models import RosterEntry
from clinic.schedule.queries.people import in_scope

LOOK_BACK = timedelta(days=rules.AVERAGED - 1)
NOBODY = "No clinician"
HERE = frozenset({"active", "on leave"})


class Name(NamedTuple):
    """Somebody in the census, and where they stand."""

    participant_id: int
    name: str
    status: str


class Caseload(NamedTuple):
    """How many a clinician has of those whom one rule set counts, and how many it allows."""

    rule_set: str
    number: int
    limit: int
    state: str


class Line(NamedTuple):
    """A program or a clinician with the people in it."""

    name: str
    active: int
    on_leave: int
    average: float
    people: list[Name]
    caseloads: list[Caseload]


class Move(NamedTuple):
    """Somebody's first or last day."""

    day: date
    participant_id: int
    name: str
    program: str
    badge: str
    words: str


class Week(NamedTuple):
    days: Range
    arriving: list[Move]
    leaving: list[Move]


class Away(NamedTuple):
    """Somebody on leave, and the first day on which they are expected again."""

    participant_id: int
    name: str
    program: str
    back_on: date | None


class Waiting(NamedTuple):
    """Somebody planned or active who is on no group."""

    participant_id: int
    name: str
    program: str
    status: str
    from_on: date


class Census(NamedTuple):
    """Who is here on a day, who comes and who goes."""

    whole: Line
    programs: list[Line]
    clinicians: list[Line]
    weeks: list[Week]
    away: list[Away]
    without_group: list[Waiting]

    @property
    def participant_ids(self) -> set[int]:
        """Everybody whom it names."""
        moves = [move for week in self.weeks for move in (*week.arriving, *week.leaving)]
        return {
            *(name.participant_id for name in self.whole.people),
            *(move.participant_id for move in moves),
            *(each.participant_id for each in self.without_group),
        }


class _Limit(NamedTuple):
    """The caseload that a program's rule set allows."""

    rule_set: str
    most: int


class _Words(NamedTuple):
    """What those in the census are called, by id."""

    people: Mapping[int, str]
    programs: Mapping[int, str]


def census_on(day: date, *, week: date, today: date, scope: int | None) -> Census:
    """The census of a day; `week` is the first day of its week."""
    rows = _enrolled(day, since=min(day - LOOK_BACK, week), scope=scope)
    leaves = _leaves([row.id for row in rows])
    stays = {row.id: _stay(row, leaves[row.id]) for row in rows}
    everyone = list(stays.values())
    programs = _programs()
    words = _Words(
        {row.participant_id: row.name for row in rows},
        {program.id: program.name for program in programs},
    )
    groupless = [stays[row.id] for row in rows if not row.has_group] if day >= today else []
    return Census(
        whole=_line("", everyone, day, words),
        programs=[
            line
            for program in programs
            if (line := _line(program.name, _in_program(everyone, program.id), day, words)).people
            or program.is_active
        ],
        clinicians=_clinicians(rows, stays, day, words, limits=_limits(programs), judged=scope),
        weeks=[_week(everyone, first, words, today=today) for first in (week, week + WEEK)],
        away=_away(everyone, day, words),
        without_group=_waiting(groupless, day, words),
    )


def _enrolled(day: date, *, since: date, scope: int | None) -> Sequence[AnyRow]:
    """Every enrollment that has not ended before a day, also those still to come."""
    has_group = exists().where(
        RosterEntry.enrollment_id == Enrollment.id,
        or_(RosterEntry.until_on.is_(None), RosterEntry.until_on >= day),
    )
    statement = (
        select(
            Enrollment.id,
            Enrollment.participant_id,
            Participant.name,
            Enrollment.program_id,
            Enrollment.clinician_id,
            Staff.name.label("clinician"),
            Enrollment.from_on,
            Enrollment.until_on,
            Enrollment.outcome,
            Enrollment.end_reason,
            has_group.label("has_group"),
        )
        .join(Participant, Participant.id == Enrollment.participant_id)
        .outerjoin(Staff, Staff.id == Enrollment.clinician_id)
        .where(or_(Enrollment.until_on.is_(None), Enrollment.until_on >= since))
        .order_by(Participant.name, Enrollment.id)
    )
    if scope is not None:
        statement = statement.where(in_scope(scope))
    return db.execute(statement).all()


def _leaves(enrollment_ids: Collection[int]) -> Mapping[int, list[Range]]:
    found: dict[int, list[Range]] = defaultdict(list)
    rows = db.execute(
        select(Leave.enrollment_id, Leave.from_on, Leave.until_on).where(
            Leave.enrollment_id.in_(enrollment_ids)
        )
    )
    for enrollment_id, from_on, until_on in rows:
        found[enrollment_id].append(Range(from_on, until_on))
    return found


def _stay(row: AnyRow, leaves: list[Range]) -> Stay:
    return Stay(
        enrollment_id=row.id,
        participant_id=row.participant_id,
        program_id=row.program_id,
        clinician_id=row.clinician_id,
        from_on=row.from_on,
        until_on=row.until_on,
        outcome=row.outcome,
        end_reason=row.end_reason,
        leaves=leaves,
    )


def _programs() -> Sequence[AnyRow]:
    return db.execute(
        select(
            Program.id,
            Program.name,
            Program.is_active,
            Program.population,
            Program.rule_set_id,
            RuleSet.name.label("rule_set"),
        )
        .outerjoin(RuleSet, RuleSet.id == Program.rule_set_id)
        .order_by(Program.name, Program.id)
    ).all()


def _limits(programs: Iterable[AnyRow]) -> dict[int, _Limit]:
    """Program id to the caseload that its rule set allows, where it says something of it."""
    figures: dict[int, list[Rule]] = defaultdict(list)
    for rule in db.scalars(select(Rule).where(Rule.measure == Measure.CASELOAD_MAX)):
        figures[rule.rule_set_id].append(rule)
    return {
        program.id: _Limit(program.rule_set, most)
        for program in programs
        if (most := _most(figures[program.rule_set_id], program.population)) is not None
    }


def _most(figures: list[Rule], population: Population) -> int | None:
    return figure(figures, Measure.CASELOAD_MAX, population=population)


def _in_program(stays: Iterable[Stay], program_id: int) -> list[Stay]:
    return [stay for stay in stays if stay.program_id == program_id]


def _line(
    name: str,
    stays: Collection[Stay],
    day: date,
    words: _Words,
    *,
    limits: Mapping[int, _Limit] | None = None,
) -> Line:
    standing = rules.census(stays, day)
    return Line(
        name=name,
        active=standing.active,
        on_leave=standing.on_leave,
        average=rules.average_census(stays, day),
        people=[
            Name(stay.participant_id, words.people[stay.participant_id], status)
            for stay in stays
            if (status := stay.status(day)) in HERE
        ],
        caseloads=_caseloads(stays, day, limits or {}),
    )


def _caseloads(stays: Iterable[Stay], day: date, limits: Mapping[int, _Limit]) -> list[Caseload]:
    numbers: dict[_Limit, int] = defaultdict(int)
    for stay in stays:
        if stay.program_id in limits and stay.status(day) == "active":
            numbers[limits[stay.program_id]] += 1
    return [
        Caseload(limit.rule_set, number, limit.most, rules.caseload_state(number, limit.most))
        for limit, number in sorted(numbers.items())
    ]


def _clinicians(
    rows: Iterable[AnyRow],
    stays: Mapping[int, Stay],
    day: date,
    words: _Words,
    *,
    limits: Mapping[int, _Limit],
    judged: int | None,
) -> list[Line]:
    """A line for each clinician with somebody here, those without one last.

    Who is limited to their own groups and caseload sees only a part of their colleagues': it is
    held against no limit.
    """
    theirs: dict[tuple[bool, str, int], list[Stay]] = defaultdict(list)
    for row in rows:
        key = (row.clinician_id is None, row.clinician or NOBODY, row.clinician_id or 0)
        theirs[key].append(stays[row.id])
    lines = [
        _line(
            name,
            mine,
            day,
            words,
            limits=limits if not is_nobody and judged in {None, staff_id} else None,
        )
        for (is_nobody, name, staff_id), mine in sorted(theirs.items())
    ]
    return [line for line in lines if line.people]


def _week(stays: Collection[Stay], first: date, words: _Words, *, today: date) -> Week:
    days = Range(first, first + WEEK - DAY)
    return Week(
        days,
        arriving=[
            _move(stay, stay.from_on, words, "planned" if stay.from_on > today else "active", "")
            for stay in rules.arriving(stays, days)
        ],
        leaving=[
            _move(
                stay,
                stay.until_on,
                words,
                stay.outcome.value if stay.outcome else "planned",
                rules.end_words(stay.outcome, stay.end_reason, is_past=stay.until_on < today),
            )
            for stay in rules.leaving(stays, days)
            if stay.until_on is not None
        ],
    )


def _move(stay: Stay, day: date, words: _Words, badge: str, said: str) -> Move:
    return Move(
        day,
        stay.participant_id,
        words.people[stay.participant_id],
        words.programs[stay.program_id],
        badge,
        said,
    )


def _away(stays: Iterable[Stay], day: date, words: _Words) -> list[Away]:
    """Those on leave, the first to come back first."""
    found = [
        Away(
            stay.participant_id,
            words.people[stay.participant_id],
            words.programs[stay.program_id],
            rules.returning_on(stay, day),
        )
        for stay in stays
        if stay.status(day) == "on leave"
    ]
    return sorted(found, key=lambda each: (each.back_on is None, each.back_on or day, each.name))


def _waiting(stays: Iterable[Stay], day: date, words: _Words) -> list[Waiting]:
    """Those of these who are planned or active, the first to come first."""
    found = [
        Waiting(
            stay.participant_id,
            words.people[stay.participant_id],
            words.programs[stay.program_id],
            status,
            stay.from_on,
        )
        for stay in stays
        if (status := stay.status(day)) in {"planned", "active"}
    ]
    return sorted(found, key=lambda each: (each.from_on, each.name))
