import pytest
from wtforms.fields.choices import SelectChoice

from clinic.programs.models import Kind, Level, Population
from clinic.programs.queries import get_program_whole
from clinic.setup.forms.programs import ProgramForm
from tests import make

TYPED = {
    "name": "Evening IOP",
    "site": "1",
    "level": "2.1",
    "population": "adult",
    "min_hours": "9",
    "max_hours": "12",
    "grace_minutes": "0",
    "counts_group": "y",
}


@pytest.fixture
def sent(app):
    def form_of(**typed):
        with app.test_request_context(method="POST", data=TYPED | typed):
            form = ProgramForm(meta={"csrf": False})
            form.site.choices = [SelectChoice("1", "Main Street")]
            form.rule_set.choices = [SelectChoice("", "None"), SelectChoice("7", "Ohio")]
            form.validate()
            return form

    return form_of


def test_what_was_typed_is_what_a_program_holds(sent):
    form = sent(
        min_hours="9.5",
        min_service_days="3",
        weeks="8",
        breaks_count="y",
        rule_set="7",
        mix_individual_sessions="1",
        mix_individual_minutes="50",
        mix_family_sessions="1",
    )
    assert form.errors == {}
    assert form.facts == {
        "name": "Evening IOP",
        "site_id": 1,
        "level": Level.INTENSIVE_OUTPATIENT,
        "population": Population.ADULT,
        "min_minutes": 570,
        "max_minutes": 720,
        "min_service_days": 3,
        "max_service_days": None,
        "weeks": 8,
        "breaks_count": True,
        "grace_minutes": 0,
        "is_part2": False,
        "rule_set_id": 7,
        "counts_group": True,
        "counts_individual": False,
        "counts_family": False,
        "counts_education": False,
        "counts_other": False,
    }
    assert form.mix == [(Kind.INDIVIDUAL, 1, 50), (Kind.FAMILY, 1, 0)]


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"max_hours": "8"}, {"max_hours": ["This is less than the least hours."]}),
        (
            {"min_hours": "nine"},
            {"min_hours": ["This is not a number of hours. Write it like 9 or 10.5."]},
        ),
        ({"max_hours": "169"}, {"max_hours": ["A week has 168 hours."]}),
        ({"max_hours": "NaN"}, {"max_hours": ["A week has 168 hours."]}),
        (
            {"min_service_days": "4", "max_service_days": "3"},
            {"max_service_days": ["This is less than the least days."]},
        ),
        ({"max_service_days": "8"}, {"max_service_days": ["Enter a number from 1 to 7."]}),
        ({"site": "2"}, {"site": ["Choose one from the list."]}),
        ({"level": "3"}, {"level": ["Choose one from the list."]}),
        (
            {"mix_group_minutes": "50"},
            {"mix_group_sessions": ["Enter how many sessions a week."]},
        ),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(sent, typed, errors):
    assert sent(**typed).errors == errors


def test_the_form_shows_the_program_as_it_is(app):
    program = make.program(min_minutes=570, rule_set=make.rule_set())
    make.mix_item(program, Kind.FAMILY, sessions=2, minutes=45)
    whole = get_program_whole(program.id)
    with app.test_request_context():
        form = ProgramForm.of(whole)
        assert f"{form.min_hours.data}" == "9.5"
        assert form.mix == [(Kind.FAMILY, 2, 45)]
        assert form.facts["min_minutes"] == 570
        assert form.facts["rule_set_id"] == program.rule_set_id
        assert next(kind for kind, _, _ in form.mix_fields) == "Group"
        assert [field.data for field in form.counts_fields] == [True, True, True, True, False]
        assert ProgramForm.of(None).level.data == "2.1"
