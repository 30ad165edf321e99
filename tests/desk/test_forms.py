from werkzeug.datastructures import MultiDict

from clinic.desk.forms import AbsenceForm, SessionForm


def test_the_last_day_is_asked_for_and_the_reason_is_not(app):
    with app.test_request_context():
        form = AbsenceForm(MultiDict({"reason": "  flu \u200b"}), meta={"csrf": False})
        assert form.validate() is False
        assert form.errors == {"until_on": ["Enter the last day they are away."]}
        assert form.reason.data == "flu"
        form = AbsenceForm(MultiDict({"until_on": "soon"}), meta={"csrf": False})
        assert form.validate() is False
        assert form.errors == {"until_on": ["This is not a date. Write it like 2026-03-09."]}
        long = MultiDict({"until_on": "2026-03-05", "reason": "x" * 201})
        form = AbsenceForm(long, meta={"csrf": False})
        assert form.validate() is False
        assert form.errors == {"reason": ["The reason is too long: 200 letters at most."]}


def test_the_day_on_which_they_are_back_names_the_last_day_away(app):
    with app.test_request_context():
        for until_on in ("2026-03-02", "", "soon"):
            sent = MultiDict({"until_on": until_on, "back_on": "2026-03-05"})
            form = AbsenceForm(sent, meta={"csrf": False})
            assert (form.validate(), str(form.until_on.day)) == (True, "2026-03-04")


def test_a_session_is_a_number_that_a_row_can_have(app):
    with app.test_request_context():
        for typed in ("", "x", "0", "99999999999999999999"):
            form = SessionForm(MultiDict({"session": typed}), meta={"csrf": False})
            assert form.validate() is False
        assert SessionForm(MultiDict({"session": "7"}), meta={"csrf": False}).validate() is True
