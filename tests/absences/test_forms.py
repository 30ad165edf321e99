from datetime import date

from werkzeug.datastructures import MultiDict

from clinic.absences.forms import DaysForm, OneForm


def test_one_day_needs_no_last_day(app):
    with app.test_request_context():
        form = DaysForm(MultiDict({"from_on": "2026-03-05"}), meta={"csrf": False})
        assert (form.validate(), form.last_on) == (True, date(2026, 3, 5))
        sent = MultiDict({"from_on": "2026-03-05", "until_on": "2026-03-06"})
        form = DaysForm(sent, meta={"csrf": False})
        assert (form.validate(), form.last_on) == (True, date(2026, 3, 6))
        form = DaysForm(MultiDict({"until_on": "soon"}), meta={"csrf": False})
        assert form.validate() is False
        assert form.errors == {
            "from_on": ["Enter the first day."],
            "until_on": ["This is not a date. Write it like 2026-03-09."],
        }


def test_a_reason_is_short_and_may_be_missing(app):
    with app.test_request_context():
        form = OneForm(MultiDict({"reason": "x" * 201, "session": "0"}), meta={"csrf": False})
        assert form.validate() is False
        assert sorted(form.errors) == ["reason", "session"]
        assert OneForm(MultiDict({"session": "7"}), meta={"csrf": False}).validate() is True
