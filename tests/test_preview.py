"""The steps of a preview; `tests/admissions` and others walk through them by page."""

import pytest
from wtforms import StringField
from wtforms.validators import InputRequired

from clinic.consequences import Consequences, Part
from clinic.errors import Refused
from clinic.forms import Form
from clinic.preview import CHANGED, Shown, compared, consider, is_asked
from tests import make

MOVED = Consequences((Part(sentences=("3 sessions move.",)),))


class NameForm(Form):
    name = StringField("Name", validators=[InputRequired("Enter a name.")])


@pytest.fixture
def sent(app):
    """`sent(act, step="save")`: what a form that asks for it is answered."""

    def send(act, **typed):
        data = {"name": "After"} | typed
        with app.test_request_context(method="POST", data=data):
            form = NameForm(meta={"csrf": False})
            assert is_asked(form)
            answer = consider(
                form,
                act,
                shown=Shown("Rename", "/", "Setup"),
                ask=lambda: form.errors,
                done=lambda told: told,
            )
            return answer.act()

    return send


def test_what_leads_to_nothing_worth_showing_is_done_at_once(sent):
    clinic = make.organization(name="Before")

    def rename():
        clinic.name = "After"

    assert sent(rename) is None
    assert clinic.name == "After"


def test_what_it_leads_to_is_shown_with_all_that_was_typed(sent):
    shown = sent(lambda: MOVED, weekdays=["0", "2"], step="see")
    assert (shown.template, shown.status) == ("preview.html", 200)
    assert (shown.context["consequences"], shown.context["sentence"]) == (MOVED, "")
    assert shown.context["typed"] == [("name", "After"), ("weekdays", "0"), ("weekdays", "2")]


def test_what_was_shown_is_saved(sent):
    assert sent(lambda: MOVED, step="save", shown=MOVED.digest) is MOVED


def test_what_is_not_saved_is_only_shown_whatever_comes_with_it(sent):
    assert sent(lambda: MOVED, shown=MOVED.digest).status == 200


@pytest.mark.parametrize("digest", [{}, {"shown": ""}, {"shown": Consequences().digest}])
def test_what_has_changed_since_is_shown_anew(sent, digest):
    shown = sent(lambda: MOVED, step="save", **digest)
    assert (shown.status, shown.context["sentence"]) == (409, CHANGED)
    assert shown.context["consequences"] is MOVED


def test_a_no_stands_on_the_form_at_its_field(sent):
    def refuse():
        raise Refused("Too long.", "name", more=[Refused("Too loud.", "name")])

    assert sent(refuse) == {"name": ["Too long.", "Too loud."]}


def test_a_comparison_has_the_pictures_from_before_and_after_the_act(app):
    clinic = make.organization(name="Before")

    def rename():
        clinic.name = "After"

    def picture():
        return clinic.name

    def compare(before, after):
        return Consequences(warnings=(f"{before} becomes {after}.",))

    act = compared(rename, picture, compare)
    assert clinic.name == "Before"
    assert act().warnings == ("Before becomes After.",)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [({"name": "After"}, True), ({"name": ""}, False), ({"name": "After", "step": "back"}, False)],
)
def test_a_form_asks_when_it_makes_sense_and_nobody_goes_back(app, typed, asked):
    with app.test_request_context(method="POST", data=typed):
        assert is_asked(NameForm(meta={"csrf": False})) is asked


def test_a_form_that_was_not_sent_asks_for_nothing(app):
    with app.test_request_context():
        form = NameForm(meta={"csrf": False})
        assert (is_asked(form), form.errors) == (False, {})
