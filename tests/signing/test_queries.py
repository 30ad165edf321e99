import pytest

from clinic.errors import NotFound
from clinic.programs.models import Measure
from clinic.signing import queries
from tests import make


def test_who_signs_works_here(app):
    assert queries.get_signer(make.staff(name="Ana Rivera").id).name == "Ana Rivera"
    with pytest.raises(NotFound):
        queries.get_signer(99)


def test_the_figures_are_those_of_the_programs_rule_set(app):
    program = make.program()
    assert queries.rules_of(program.id) == (program, [])
    program.rule_set_id = make.rule_set({Measure.SIGNATURES_MIN: 2}).id
    make.rule_set({Measure.SIGNATURES_MIN: 1})
    make.saved()
    assert [each.value for each in queries.rules_of(program.id)[1]] == [2]
