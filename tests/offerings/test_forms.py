from decimal import Decimal

import pytest
from wtforms.fields.choices import SelectChoice

from clinic.offerings.forms import ProgramForm, RuleSetForm
from clinic.programs.models import Kind, Level, Measure, Population, Rule, RuleSet
from clinic.programs.queries import get_program_whole
from clinic.programs.rules import Figure
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
        "needs_authorization": False,
        "rule_set_id": 7,
        "phone_check_in": None,
        "counted_kinds": {Kind.GROUP},
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
        ({"max_hours": "169"}, {"max_hours": ["Enter hours from 0 to 168: a week has no more."]}),
        ({"max_hours": "NaN"}, {"max_hours": ["Enter hours from 0 to 168: a week has no more."]}),
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


CASELOAD = "“Participants of one clinician, at most”"
WORDS = {"name": "Ours", "jurisdiction": "Ohio", "citation": "A letter"}


def line(number=0, **typed):
    plain = {"measure": "", "population": "", "kind": "", "leaders": "", "value": ""}
    return {f"figures-{number}-{name}": value for name, value in (plain | typed).items()}


@pytest.fixture
def typed_in(app):
    def form_of(**typed):
        with app.test_request_context(method="POST", data=WORDS | typed):
            form = RuleSetForm(meta={"csrf": False})
            form.is_right = form.validate()
            return form

    return form_of


def test_hours_are_written_as_hours_and_kept_as_minutes(typed_in):
    form = typed_in(
        **line(0, measure="week_minutes_min", population="adult", value="9.5"),
        **line(1, measure="mix_minutes_min", kind="individual", value="50"),
        **line(2, measure="seats_max", kind="group", leaders="2", value="12"),
        **line(3),
    )
    assert form.is_right
    assert form.written == [
        Figure(Measure.WEEK_MINUTES_MIN, 570, Population.ADULT),
        Figure(Measure.MIX_MINUTES_MIN, 50, kind=Kind.INDIVIDUAL),
        Figure(Measure.SEATS_MAX, 12, kind=Kind.GROUP, leaders=2),
    ]


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"value": "9"}, {"value": ["Choose what the figure measures."]}),
        ({"measure": "seats_max", "value": "many"}, {"value": ["This is not a number."]}),
        ({"measure": "seats_max", "value": "-1"}, {"value": ["Enter a number from 0 on."]}),
        ({"measure": "seats_max", "value": "Infinity"}, {"value": ["Enter a number from 0 on."]}),
        (
            {"measure": "week_days_min", "value": "2.5"},
            {"value": ["Enter a whole number, of minutes where it is about hours."]},
        ),
        (
            {"measure": "caseload_max", "kind": "group", "value": "9"},
            {
                "kind": [f"{CASELOAD} is the same for every kind of session."],
            },
        ),
        (
            {"measure": "caseload_max", "leaders": "2", "value": "9"},
            {"kind": [f"{CASELOAD} does not depend on the leaders."]},
        ),
        ({"measure": "height", "value": "9"}, {"measure": ["Choose one from the list."]}),
    ],
)
def test_a_figure_that_makes_no_sense_is_said_at_its_field(typed_in, typed, errors):
    form = typed_in(**line(0, **typed))
    assert not form.is_right
    assert {name: list(said) for name, said in form.lines[0].errors.items()} == errors


def test_a_figure_is_there_once(typed_in):
    same = {"measure": "caseload_max", "value": "9"}
    form = typed_in(**line(0, **same), **line(1, **same | {"value": "10"}))
    assert not form.is_right
    assert form.lines[1].measure.errors == ["This figure is listed twice."]


def test_the_form_shows_the_rule_set_as_it_is_with_room_for_more(app):
    rules = [
        Rule(measure=Measure.WEEK_MINUTES_MAX, value=539, population=Population.ADULT),
        Rule(measure=Measure.WEEK_MINUTES_MIN, value=1200),
        Rule(measure=Measure.SEATS_MAX, value=12, kind=Kind.GROUP, leaders=2),
    ]
    with app.test_request_context():
        form = RuleSetForm.of(RuleSet(**WORDS, rules=rules))
    assert [shown.value.data for shown in form.lines] == [
        Decimal("8.9833"),
        Decimal(20),
        Decimal(12),
        None,
    ]
    assert [f"{shown.value.data:f}" for shown in form.lines[:3]] == ["8.9833", "20", "12"]
    assert form.written == [
        Figure(Measure.WEEK_MINUTES_MAX, 539, Population.ADULT),
        Figure(Measure.WEEK_MINUTES_MIN, 1200),
        Figure(Measure.SEATS_MAX, 12, kind=Kind.GROUP, leaders=2),
    ]


def test_no_line_is_added_beyond_those_that_a_form_takes(app):
    typed = {"figures-more": "1"}
    for number in range(60):
        typed |= line(number, value=f"{number}")
    with app.test_request_context(method="POST", data=WORDS | typed):
        form = RuleSetForm.of(RuleSet(**WORDS, rules=[]))
    assert (len(form.lines), form.begun) == (60, None)
