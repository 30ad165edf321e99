"""What other figures of a rule set make of days and weeks."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import select

from clinic.billable.rules import figures_of
from clinic.claims.queries import judged_anew
from clinic.claims.rules import Anew
from clinic.db import db
from clinic.figures.rules import Finding
from clinic.hours.queries import weeks_on
from clinic.programs.models import Population, Program, RuleSet
from clinic.programs.queries import get_rule_set
from clinic.programs.rules import Figure


def following(rule_set_id: int) -> list[Program]:
    """The programs that follow a rule set, also those that are retired: their days are judged."""
    its = select(Program).where(Program.rule_set_id == rule_set_id).order_by(Program.id)
    return list(db.scalars(its))


def anew_by(changes: Iterable[tuple[RuleSet, Collection[Figure]]], *, now: datetime) -> Anew:
    """What other figures of rule sets make of days that were claimed, and of the others."""
    asked = {
        each.id: figures_of(figures, each.population)
        for rule_set, figures in changes
        for each in following(rule_set.id)
    }
    return judged_anew(asked, now=now) if asked else Anew()


def anew_in(
    program: Program, *, rule_set_id: int | None, population: Population, now: datetime
) -> Anew:
    """What another rule set of a program makes of them, or its figures for other people."""
    figures = figures_of(get_rule_set(rule_set_id).rules, population) if rule_set_id else None
    return judged_anew({program.id: figures}, now=now)


def findings_in(
    program_ids: Collection[int], week: date, *, now: datetime
) -> dict[int, Sequence[Finding]]:
    """Enrollment id to what the rule sets of these programs say of a week."""
    return {
        each.enrollment_id: each.hours.findings
        for each in weeks_on(week, now=now)
        if each.program.id in program_ids
    }
