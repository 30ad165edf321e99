import pytest
from flask import request

from clinic.errors import Refused
from clinic.setup.forms.considered import Considered
from tests import make


@pytest.fixture
def asked(app):
    """`asked("…")`: a form that was sent with this agreement, and what it does."""

    def sent(agreed=""):
        with app.test_request_context(method="POST", data={"agreed": agreed}):
            assert request.form["agreed"] == agreed
            return Considered()

    return sent


def test_what_has_no_consequence_happens_at_once(asked):
    clinic = make.organization(name="Before")

    def rename():
        clinic.name = "After"

    assert asked().settle(rename)
    assert clinic.name == "After"


def test_what_has_one_is_told_first_and_nothing_happens(asked):
    clinic = make.organization(name="Before")

    def rename():
        clinic.name = "After"
        return "Everything changes."

    form = asked()
    assert not form.settle(rename)
    assert (form.told, form.agreed.data) == ("Everything changes.", "Everything changes.")
    assert clinic.name == "Before"
    assert asked("Everything changes.").settle(rename)
    assert clinic.name == "After"


def test_when_something_else_follows_by_then_it_is_told_anew(asked):
    form = asked("2 sessions move.")
    assert not form.settle(lambda: "3 sessions move.")
    assert form.agreed.data == "3 sessions move."


def test_a_no_stands_on_the_form(asked):
    def refuse():
        raise Refused("Not today.")

    form = asked("2 sessions move.")
    assert not form.settle(refuse)
    assert (form.form_errors, form.told, form.agreed.data) == (["Not today."], "", "")
