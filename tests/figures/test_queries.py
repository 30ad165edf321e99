from clinic.figures.queries import asked_of
from clinic.figures.rules import Figures
from clinic.programs.models import Measure, Population, Rule
from tests import make


def test_programs_are_asked_what_their_rule_set_says_of_their_population(app, queries):
    figures = make.rule_set({Measure.GAP_DAYS_MAX: 2, Measure.CASELOAD_MAX: 16})
    young = Rule(measure=Measure.DAY_MINUTES_MIN, population=Population.ADOLESCENT, value=120)
    figures.rules.append(young)
    plain = make.rule_set({Measure.WEEK_MINUTES_MIN: 540})
    adult = make.program(rule_set_id=figures.id)
    teen = make.program(rule_set_id=figures.id, population=Population.ADOLESCENT)
    others = [make.program(rule_set_id=plain.id), make.program()]
    with queries() as count:
        assert asked_of([adult, teen, *others]) == {
            adult.id: Figures(gap_days=2),
            teen.id: Figures(120, gap_days=2),
        }
        assert count() == 1
        assert asked_of(others[1:]) == {}
        assert count() == 1
