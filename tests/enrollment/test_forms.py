from datetime import date

import pytest
from wtforms.fields.choices import SelectChoice

from clinic.days import WeeklyTime
from clinic.enrollment.actions import Hours
from clinic.enrollment.forms import (
    ActForm,
    EndForm,
    EnrollForm,
    LeaveEndForm,
    LeaveForm,
    StepDownForm,
    TargetForm,
)
from clinic.enrollment.models import EndReason, Outcome
from clinic.enrollment.rules import NEEDS_AMENDMENT
from clinic.programs.models import DayPart

TYPED = {
    "program": "1",
    "from_on": "2026-03-02",
    "until_on": "2026-04-26",
    "clinician": "2",
    "min_hours": "9",
    "max_hours": "10.5",
    "min_days": "3",
    "groups": "7",
}


def filled(app, kind, typed, **given):
    with app.test_request_context(method="POST", data=typed):
        made = kind(meta={"csrf": False}, **given)
        if "program" in made:
            made.program.choices = [SelectChoice("1", "Day IOP")]
        for name in ("clinician", "groups"):
            if name in made:
                made[name].choices = [SelectChoice(2, "Ana Rivera"), SelectChoice(7, "Process")]
        made.validate()
        return made


def form(app, **typed):
    return filled(app, EnrollForm, TYPED | typed)


def test_hours_become_minutes(app):
    made = form(app)
    assert made.errors == {}
    assert (made.clinician.data, made.groups.data) == (2, [7])
    assert (made.from_on.day, made.until_on.data) == (date(2026, 3, 2), date(2026, 4, 26))
    assert made.target == Hours(540, 630, 3)


def test_only_the_program_and_the_first_day_are_needed(app):
    made = filled(app, EnrollForm, {"program": "1", "from_on": "2026-03-02"})
    assert made.errors == {}
    assert (made.until_on.data, made.clinician.data, made.target, made.groups.data) == (
        None,
        None,
        None,
        [],
    )
    assert (made.wish, made.unavailable.data, made.why) == (None, [], None)


BOTH = "Enter both, the least and the most hours, or neither."


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"from_on": ""}, {"from_on": ["Enter the first day."]}),
        (
            {"from_on": "tomorrow"},
            {"from_on": ["This is not a date. Write it like 2026-03-09."]},
        ),
        ({"until_on": "2026-03-01"}, {"until_on": ["The last day is before the first."]}),
        ({"min_hours": ""}, {"max_hours": [BOTH]}),
        ({"max_hours": " "}, {"min_hours": [BOTH]}),
        (
            {"min_hours": "nine"},
            {"min_hours": ["This is not a number of hours. Write it like 9 or 10.5."]},
        ),
        ({"max_hours": "169"}, {"max_hours": ["Enter hours from 0 to 168: a week has no more."]}),
        ({"min_hours": "-1"}, {"min_hours": ["Enter hours from 0 to 168: a week has no more."]}),
        ({"min_hours": "NaN"}, {"min_hours": ["Enter hours from 0 to 168: a week has no more."]}),
        ({"min_days": "8"}, {"min_days": ["A week has 7 days."]}),
        ({"min_days": "some"}, {"min_days": ["This is not a whole number."]}),
        ({"groups": "9"}, {"groups": ["Choose from the list."]}),
        ({"wished_part": "night"}, {"wished_part": ["Choose one from the list."]}),
        ({"amends": "x" * 501}, {"amends": ["500 characters are enough."]}),
    ],
)
def test_each_field_says_what_is_wrong(app, typed, errors):
    made = form(app, **typed)
    found = {name: said[:1] for name, said in made.errors.items()}
    assert found == errors


def test_a_wish_is_a_part_of_the_day(app):
    assert form(app, wished_part="evening").wish is DayPart.EVENING


def test_times_at_which_they_cannot_come_are_the_actions_own(app):
    busy = form(
        app,
        **{
            "unavailable-0-days": ["0", "2"],
            "unavailable-0-from": "08:00",
            "unavailable-0-until": "16:00",
        },
    ).unavailable.data
    assert busy == [WeeklyTime(0, 480, 960), WeeklyTime(2, 480, 960)]
    assert {type(time) for time in busy} == {WeeklyTime}


# Acts


def test_the_reason_for_reaching_back_is_asked_for_when_it_is_missing(app):
    made = filled(app, ActForm, {})
    assert (made.asks_why, made.why) == (False, None)
    made.refuse("Something else.")
    assert (made.asks_why, made.form_errors) == (False, ["Something else."])
    made.refuse(NEEDS_AMENDMENT, "amends")
    assert (made.asks_why, made.errors) == (
        True,
        {"amends": [NEEDS_AMENDMENT], "": ["Something else."]},
    )
    assert filled(app, ActForm, {"amends": " a slip "}).why == "a slip"


def test_a_target_needs_its_hours(app):
    made = filled(app, TargetForm, {"from_on": "2026-03-09", "min_hours": "6", "max_hours": "9"})
    assert (made.errors, made.facts["target"]) == ({}, Hours(360, 540, None))
    made = filled(app, TargetForm, {"from_on": ""})
    assert made.errors == {
        "from_on": ["Enter the day from which this holds."],
        "min_hours": ["Enter the hours."],
        "max_hours": ["Enter the hours."],
    }


def test_a_leave_needs_its_days(app):
    made = filled(app, LeaveForm, {"reason": "x" * 201})
    assert set(made.errors) == {"from_on", "until_on", "reason"}


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"last_on": "2026-03-09"}, set()),
        ({"is_called_off": "y"}, set()),
        ({"last_on": "", "is_called_off": "y"}, set()),
        ({"last_on": ""}, {"is_called_off"}),
        ({"last_on": "soon"}, {"until_on"}),
    ],
)
def test_a_leave_has_another_last_day_or_is_called_off(app, typed, wrong):
    assert set(filled(app, LeaveEndForm, typed).errors) == wrong


@pytest.mark.parametrize(
    ("typed", "last_on"),
    [({"last_on": "2026-03-09"}, 9), ({"is_called_off": "y", "last_on": "2026-03-09"}, 1)],
)
def test_a_leave_that_is_called_off_ends_before_it_begins(app, typed, last_on):
    made = filled(app, LeaveEndForm, typed)
    made.from_on = date(2026, 3, 2)
    assert made.facts == {
        "from_on": date(2026, 3, 2),
        "last_on": date(2026, 3, last_on),
        "amends": None,
    }


def test_an_end_says_how_and_why(app):
    typed = {"last_on": "2026-03-09", "ending": "left:dropped out"}
    made = filled(app, EndForm, typed)
    assert made.errors == {}
    assert made.facts == {
        "until_on": date(2026, 3, 9),
        "outcome": Outcome.LEFT,
        "reason": EndReason.DROPPED_OUT,
        "amends": None,
    }
    assert filled(app, EndForm, typed | {"ending": ""}).errors == {
        "ending": ["Choose how it ended."]
    }


def test_who_steps_down_is_transferred_unless_said_otherwise(app):
    typed = {"from_on": "2026-03-09"}
    with app.test_request_context(method="POST", data=typed):
        assert StepDownForm(meta={"csrf": False}).facts["outcome"] is Outcome.TRANSFERRED
    with app.test_request_context(method="POST", data=typed | {"outcome": "completed"}):
        assert StepDownForm(meta={"csrf": False}).facts["outcome"] is Outcome.COMPLETED
