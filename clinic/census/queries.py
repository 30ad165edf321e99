from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from clinic.accounts.models import Staff
from clinic.census import rules
from clinic.days import DAY, WEEK, Range
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.enrollment.rules import Standing, standing
from clinic.names import sort_key
from clinic.participants.models import Participant
from clinic.programs.models import Measure, Program, Rule, RuleSet
from clinic.programs.rules import figure
from clinic.schedule.models import RosterEntry
from clinic.schedule.queries.people import in_scope

LOOK_BACK = timedelta(days=rules.AVERAGED - 1)
NOBODY = "No clinician"

Limits = Mapping[int, tuple[str, int]]  # program id to a rule set and the caseload it allows


class Line(NamedTuple):
    """A program or a clinician with the enrollments that run."""

    name: str
    active: int
    on_leave: int
    average: float
    running: list[Enrollment]
    caseloads: list[tuple[str, int, int]]  # rule set, how many it counts, how many it allows


class Census(NamedTuple):
    """Who is here on a day, who comes and who goes."""

    whole: Line
    programs: list[Line]
    clinicians: list[Line]
    weeks: list[tuple[Range, list[Enrollment], list[Enrollment]]]  # who arrives, who leaves
    away: list[tuple[Enrollment, date | None]]  # with the first day that they are expected again
    without_group: list[Enrollment]

    @property
    def participant_ids(self) -> set[int]:
        """Everybody whom it names."""
        moves = [each for _, *both in self.weeks for each in chain(*both)]
        return {each.participant_id for each in (*self.whole.running, *moves, *self.without_group)}


def census_on(
    day: date, *, week: date, today: date, scope: int | None, site_id: int | None = None
) -> Census:
    """The census of a day, of a site or all; `week` is the first day of its week."""
    rows = _enrolled(day, since=min(day - LOOK_BACK, week), scope=scope, site_id=site_id)
    everyone = [row.Enrollment for row in rows]
    programs = _programs(site_id)
    lines = [
        (program, _line(program.name, _in_program(everyone, program), day))
        for program, _ in programs
    ]
    return Census(
        whole=_line("", everyone, day),
        programs=[line for program, line in lines if line.running or program.is_active],
        clinicians=_clinicians(everyone, day, limits=_limits(programs), judged=scope),
        weeks=[
            (days, rules.arriving(everyone, days), rules.leaving(everyone, days))
            for first in (week, week + WEEK)
            for days in [Range(first, first + WEEK - DAY)]
        ],
        away=_away(everyone, day),
        without_group=_waiting([row.Enrollment for row in rows if not row.has_group], day)
        if day >= today
        else [],
    )


def _enrolled(
    day: date, *, since: date, scope: int | None, site_id: int | None
) -> Sequence[AnyRow]:
    """Every enrollment that has not ended before a day, also those still to come, by name."""
    has_group = exists().where(
        RosterEntry.enrollment_id == Enrollment.id,
        or_(RosterEntry.until_on.is_(None), RosterEntry.until_on >= day),
    )
    statement = (
        select(Enrollment, has_group.label("has_group"))
        .join(Enrollment.participant)
        .join(Enrollment.program)
        .options(
            contains_eager(Enrollment.participant).load_only(Participant.name),
            contains_eager(Enrollment.program).load_only(Program.name),
            joinedload(Enrollment.clinician).load_only(Staff.name),
            selectinload(Enrollment.leaves),
        )
        .where(or_(Enrollment.until_on.is_(None), Enrollment.until_on >= since))
        .order_by(Participant.sort_name, Enrollment.id)
    )
    if scope is not None:
        statement = statement.where(in_scope(scope))
    if site_id is not None:
        statement = statement.where(Program.site_id == site_id)
    return db.execute(statement).all()


def _programs(site_id: int | None) -> Sequence[AnyRow]:
    """Programs, of a site or all, with the name of their rule set."""
    statement = select(Program, RuleSet.name).outerjoin(RuleSet, RuleSet.id == Program.rule_set_id)
    rows = db.execute(statement if site_id is None else statement.where(Program.site_id == site_id))
    return sorted(rows, key=lambda row: (sort_key(row.Program.name), row.Program.id))


def _limits(programs: Iterable[AnyRow]) -> Limits:
    """The caseloads that rule sets allow, where they say something of them."""
    figures: dict[int | None, list[Rule]] = defaultdict(list)
    for rule in db.scalars(select(Rule).where(Rule.measure == Measure.CASELOAD_MAX)):
        figures[rule.rule_set_id].append(rule)
    found = {}
    for program, rule_set in programs:
        theirs = figures[program.rule_set_id]
        most = figure(theirs, Measure.CASELOAD_MAX, population=program.population)
        if most is not None:
            found[program.id] = (rule_set, most)
    return found


def _in_program(enrollments: Iterable[Enrollment], program: Program) -> list[Enrollment]:
    return [each for each in enrollments if each.program_id == program.id]


def _line(
    name: str, enrollments: Collection[Enrollment], day: date, *, limits: Limits | None = None
) -> Line:
    return Line(
        name,
        *rules.census(enrollments, day),
        average=rules.average_census(enrollments, day),
        running=[each for each in enrollments if standing(each, day).is_running],
        caseloads=_caseloads(enrollments, day, limits or {}),
    )


def _caseloads(
    enrollments: Iterable[Enrollment], day: date, limits: Limits
) -> list[tuple[str, int, int]]:
    numbers: dict[tuple[str, int], int] = defaultdict(int)
    for each in enrollments:
        if each.program_id in limits and standing(each, day) is Standing.ACTIVE:
            numbers[limits[each.program_id]] += 1
    return [(rule_set, number, most) for (rule_set, most), number in sorted(numbers.items())]


def _clinicians(
    enrollments: Iterable[Enrollment], day: date, *, limits: Limits, judged: int | None
) -> list[Line]:
    """A line for each clinician with somebody here, those without one last.

    Who is limited to their own groups and caseload sees only a part of their colleagues': it is
    held against no limit.
    """
    theirs: dict[tuple[bool, str, str, int], list[Enrollment]] = defaultdict(list)
    for each in enrollments:
        name = each.clinician.name if each.clinician else NOBODY
        place = each.clinician is None, sort_key(name), name, each.clinician_id or 0
        theirs[place].append(each)
    lines = [
        _line(
            name,
            mine,
            day,
            limits=limits if not is_nobody and judged in {None, staff_id} else None,
        )
        for (is_nobody, _, name, staff_id), mine in sorted(theirs.items())
    ]
    return [line for line in lines if line.running]


def _away(enrollments: Iterable[Enrollment], day: date) -> list[tuple[Enrollment, date | None]]:
    """Those on leave, the first to come back first, else in their order."""
    found = [
        (each, rules.returning_on(each, day))
        for each in enrollments
        if standing(each, day) is Standing.ON_LEAVE
    ]
    return sorted(found, key=lambda one: (one[1] is None, one[1] or day))


def _waiting(enrollments: Iterable[Enrollment], day: date) -> list[Enrollment]:
    """Those of these who are planned or active, the first to come first, else in their order."""
    found = [
        each for each in enrollments if standing(each, day) in {Standing.PLANNED, Standing.ACTIVE}
    ]
    return sorted(found, key=attrgetter("from_on"))
