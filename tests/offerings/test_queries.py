from datetime import date

from clinic.claims.rules import Anew
from clinic.offerings import queries
from clinic.programs.models import Measure, Population
from clinic.programs.queries import get_rule_set
from clinic.programs.rules import Figure
from clinic.schedule.models import Status
from tests import make
from tests.claims.worlds import LATER, attended, exported, paid

MONDAY = date(2026, 3, 9)
FOUR_HOURS = [Figure(Measure.UNIT_MINUTES_MIN, 240)]


def test_other_figures_are_those_of_every_program_that_follows_retired_ones_too(app):
    program = paid()
    young = make.program(rule_set_id=program.rule_set_id, population=Population.ADOLESCENT)
    retired = make.program(rule_set_id=program.rule_set_id, is_active=False)
    paid()
    rule_set = get_rule_set(program.rule_set_id)
    assert queries.following(rule_set.id) == [program, young, retired]
    for each in (program, young, retired):
        attended(each)
    exported()
    assert len(queries.anew_by([(rule_set, FOUR_HOURS)], now=LATER).claims) == 3
    adults = [Figure(Measure.UNIT_MINUTES_MIN, 240, Population.ADULT)]
    adults += [Figure(Measure.UNIT_MINUTES_MIN, 180, Population.ADOLESCENT)]
    assert len(queries.anew_by([(rule_set, adults)], now=LATER).claims) == 2
    assert queries.anew_by([(make.rule_set(), FOUR_HOURS)], now=LATER) == Anew()


def test_a_week_is_read_with_what_its_rule_set_says_of_it(app):
    program = make.program(rule_set_id=make.rule_set({Measure.DAY_MINUTES_MIN: 300}).id)
    short, other = make.enrollment(program=program), make.enrollment(program=make.program())
    for each in (short, other):
        make.booking(make.session("2026-03-09", program=each.program), each, Status.PRESENT)
    found = queries.findings_in([program.id], MONDAY, now=LATER)
    assert [(each, len(findings)) for each, findings in found.items()] == [(short.id, 1)]
