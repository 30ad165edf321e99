from datetime import date

import pytest

from clinic.enrollment.actions import Hours
from clinic.enrollment.forms import EnrollForm

TYPED = {
    "program": "1",
    "from_on": "2026-03-02",
    "until_on": "2026-04-26",
    "clinician": "2",
    "min_hours": "9",
    "max_hours": "10.5",
}


def form(app, **typed):
    with app.test_request_context(method="POST", data=TYPED | typed):
        made = EnrollForm(meta={"csrf": False})
        made.program.choices = [("", "Choose…"), (1, "Evening IOP")]
        made.clinician.choices = [("", "None yet"), (2, "Ana Rivera")]
        made.validate()
        return made


def test_hours_become_minutes(app):
    made = form(app)
    assert made.errors == {}
    assert (made.program.data, made.clinician.data) == (1, 2)
    assert (made.from_on.day, made.until_on.data) == (date(2026, 3, 2), date(2026, 4, 26))
    assert made.target == Hours(540, 630)


def test_only_program_and_first_day_are_needed(app):
    made = form(app, until_on="", clinician="", min_hours="", max_hours="")
    assert made.errors == {}
    assert (made.until_on.data, made.clinician.data, made.target) == (None, None, None)


BOTH = "Enter both, the least and the most hours, or neither."


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"program": ""}, {"program": ["Choose a program."]}),
        ({"program": "7"}, {"program": ["Choose one from the list."]}),
        ({"from_on": ""}, {"from_on": ["Enter the first day."]}),
        (
            {"from_on": "tomorrow"},
            {"from_on": ["This is not a day. Write it like 2026-03-09."]},
        ),
        ({"until_on": "2026-03-01"}, {"until_on": ["The last day is before the first."]}),
        ({"min_hours": ""}, {"max_hours": [BOTH]}),
        ({"max_hours": " "}, {"min_hours": [BOTH]}),
        (
            {"min_hours": "nine"},
            {"min_hours": ["This is not a number of hours. Write it like 9 or 10.5."]},
        ),
        ({"max_hours": "169"}, {"max_hours": ["A week has 168 hours."]}),
        ({"min_hours": "-1"}, {"min_hours": ["A week has 168 hours."]}),
        ({"min_hours": "NaN"}, {"min_hours": ["A week has 168 hours."]}),
    ],
)
def test_each_field_says_what_is_wrong(app, typed, errors):
    assert form(app, **typed).errors == errors
