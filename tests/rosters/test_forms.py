import pytest
from werkzeug.datastructures import MultiDict

from clinic.rosters.forms import MoveForm, PutOnForm, TakeOffForm


@pytest.fixture
def errors_of(app):
    def validated(form_class, **typed):
        with app.test_request_context("/", method="POST"):
            form = form_class(formdata=MultiDict(typed), meta={"csrf": False})
            if "series" in form:
                form.series.choices = [(7, "Process group"), (9, "Yoga")]
            form.validate()
            return form.errors

    return validated


def test_a_group_and_a_day_are_needed_to_put_somebody_on(errors_of):
    both = {"series": ["Choose a group."], "from_on": ["Enter the first day."]}
    for form_class in (PutOnForm, MoveForm):
        assert errors_of(form_class, series="7", from_on="2026-03-09") == {}
        assert errors_of(form_class) == both


def test_a_group_that_is_not_offered_cannot_be_chosen(errors_of):
    typed = {"series": "8", "from_on": "2026-03-09"}
    assert errors_of(PutOnForm, **typed) == {"series": ["Choose from the list."]}
    assert errors_of(MoveForm, **typed) == {"series": ["Choose one from the list."]}


def test_a_last_day_is_needed_to_take_somebody_off(errors_of):
    assert errors_of(TakeOffForm, until_on="2026-03-09") == {}
    assert errors_of(TakeOffForm, until_on="9.3.") == {
        "until_on": ["This is not a date. Write it like 2026-03-09."]
    }
