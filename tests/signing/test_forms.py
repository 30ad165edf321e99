from types import SimpleNamespace

import pytest
from werkzeug.datastructures import MultiDict

from clinic.schedule.models import Status
from clinic.signing.forms import SeveralForm, SignForm


@pytest.fixture
def request_context(app):
    with app.test_request_context():
        yield


def row(number, status=Status.EXPECTED, signed_at=None):
    return SimpleNamespace(id=number, participant_id=number, status=status, signed_at=signed_at)


def sign_form(typed):
    rows = [row(1), row(2), row(3, Status.PRESENT), row(4, signed_at="then")]
    names = {number: f"Jo {number}." for number in (1, 2, 3, 4)}
    return SignForm.of(rows, names, formdata=MultiDict(typed), meta={"csrf": False})


def test_it_asks_of_each_who_is_unmarked(request_context):
    form = sign_form({"is-1": "no-show"})
    assert [field.label.text for field in form.undecided] == ["Jo 1.", "Jo 2."]
    assert not form.validate()
    assert form["is-2"].errors == ["Choose what is so."]
    form = sign_form({"is-1": "no-show", "is-2": "present"})
    assert form.validate()
    assert form.decided == {1: Status.NO_SHOW, 2: Status.PRESENT}


def test_the_rest_is_present_and_what_was_chosen_stays(request_context):
    form = sign_form({"is-1": "excused", "is-2": "nonsense"})
    form.choose_rest()
    assert form.decided == {1: Status.EXCUSED, 2: Status.PRESENT}


@pytest.mark.parametrize("typed", ["", "12", "12.xyz", f"x.{'0' * 24}", f"12.{'0' * 23}"])
def test_a_sheet_is_named_with_what_it_was(request_context, typed):
    form = SeveralForm(formdata=MultiDict({"sheets": typed}), meta={"csrf": False})
    assert not form.validate()
    good = MultiDict({"sheets": f"12.{'a' * 24}"})
    form = SeveralForm(formdata=good, meta={"csrf": False})
    assert form.validate()
    assert form.sheets.data == [(12, "a" * 24)]
