from werkzeug.datastructures import MultiDict

from clinic.tasks.forms import OutcomeForm


def test_an_outcome_is_chosen_from_the_list_and_a_note_is_short(app):
    with app.test_request_context():
        for outcome in ("", "something"):
            sent = MultiDict({"outcome": outcome, "words": "x" * 301})
            form = offered(sent)
            assert form.validate() is False
            assert sorted(form.errors) == ["outcome", "words"]
        assert offered(MultiDict({"outcome": "spoken"})).validate()


def offered(sent):
    form = OutcomeForm(sent, meta={"csrf": False})
    form.outcome.choices = [("spoken", "Spoke with them")]
    return form
