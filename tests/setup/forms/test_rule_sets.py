from decimal import Decimal

import pytest

from clinic.programs.actions import Wanted
from clinic.programs.models import Kind, Measure, Population, Rule, RuleSet
from clinic.setup.forms.rule_sets import RuleSetForm

CASELOAD = "“Participants of one clinician, at most”"
WORDS = {"name": "Ours", "jurisdiction": "Ohio", "citation": "A letter"}


def line(number=0, **typed):
    plain = {"measure": "", "population": "", "kind": "", "leaders": "", "value": ""}
    return {f"figures-{number}-{name}": value for name, value in (plain | typed).items()}


@pytest.fixture
def sent(app):
    def form_of(**typed):
        with app.test_request_context(method="POST", data=WORDS | typed):
            form = RuleSetForm(meta={"csrf": False})
            form.is_right = form.validate()
            return form

    return form_of


def test_hours_are_written_as_hours_and_kept_as_minutes(sent):
    form = sent(
        **line(0, measure="week_minutes_min", population="adult", value="9.5"),
        **line(1, measure="mix_minutes_min", kind="individual", value="50"),
        **line(2, measure="seats_max", kind="group", leaders="2", value="12"),
        **line(3),
    )
    assert form.is_right
    assert form.wanted == [
        Wanted(Measure.WEEK_MINUTES_MIN, 570, Population.ADULT),
        Wanted(Measure.MIX_MINUTES_MIN, 50, kind=Kind.INDIVIDUAL),
        Wanted(Measure.SEATS_MAX, 12, kind=Kind.GROUP, leaders=2),
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
def test_what_makes_no_sense_is_said_at_its_field(sent, typed, errors):
    form = sent(**line(0, **typed))
    assert not form.is_right
    assert {name: list(said) for name, said in form.lines[0].errors.items()} == errors


def test_a_figure_is_there_once(sent):
    same = {"measure": "caseload_max", "value": "9"}
    form = sent(**line(0, **same), **line(1, **same | {"value": "10"}))
    assert not form.is_right
    assert form.lines[1].measure.errors == ["This figure is there twice."]


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
        None,
        None,
    ]
    assert [f"{shown.value.data:f}" for shown in form.lines[:3]] == ["8.9833", "20", "12"]
    assert form.wanted == [
        Wanted(Measure.WEEK_MINUTES_MAX, 539, Population.ADULT),
        Wanted(Measure.WEEK_MINUTES_MIN, 1200),
        Wanted(Measure.SEATS_MAX, 12, kind=Kind.GROUP, leaders=2),
    ]
