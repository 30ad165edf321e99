from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select

from clinic.db import AnyRow, db
from clinic.figures.rules import JUDGED, NOTHING, Figures, figures_of
from clinic.programs.models import Program, Rule

_ASKED = (
    select(
        Program.id.label("program_id"),
        Rule.measure,
        Rule.value,
        Rule.population,
        Rule.kind,
        Rule.leaders,
    )
    .join(Rule, Rule.rule_set_id == Program.rule_set_id)
    .where(Rule.measure.in_(JUDGED))
)


def asked_of(programs: Iterable[Program]) -> dict[int, Figures]:
    """Return what the rule sets of programs ask of a week, of those of which one asks anything."""
    follow = [each for each in programs if each.rule_set_id is not None]
    if not follow:
        return {}
    rows: dict[int, list[AnyRow]] = defaultdict(list)
    for row in db.execute(_ASKED):
        rows[row.program_id].append(row)
    asked = ((each.id, figures_of(rows[each.id], each.population)) for each in follow)
    return {program_id: figures for program_id, figures in asked if figures != NOTHING}
