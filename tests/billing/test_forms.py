from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from clinic.billing.forms import LeaveOutForm, UndoForm, seen_from, seen_text
from clinic.billing.rules import Seen

ONE, TWO = Seen(7, date(2026, 3, 3), 0, 90), Seen(8, date(2026, 3, 4), 1, 180)


def shown(seen):
    worth = SimpleNamespace(units=seen.units, minutes=seen.minutes)
    return SimpleNamespace(enrollment_id=seen.enrollment_id, day=seen.day, billable=worth)


def test_days_are_sent_as_they_were_looked_at():
    text = "7 2026-03-03 0 90,8 2026-03-04 1 180"
    assert seen_text(map(shown, [ONE, TWO])) == text
    assert seen_from(text) == (ONE, TWO)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7 2026-03-03",
        "2026-03-03 0 90",
        "7 2026-03-03 0 -1",
        "7 1026-03-03 0 1",
        "7 x 0 1",
        "7 2026-03-03 0 90,",
    ],
)
def test_anything_else_is_no_day(text):
    with pytest.raises(ValueError):
        seen_from(text)


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"days": "7 2026-03-03 0 90", "why": "under"}, {}),
        ({"why": "under"}, {"days": ["Choose the days that are not to be billed."]}),
        ({"days": "7 2026-03-03 0 90"}, {"why": ["Choose why."]}),
        ({"days": "rubbish", "why": "under"}, {"days": ["Choose from the list."]}),
    ],
)
def test_days_that_are_not_billed_are_chosen_with_why(app, typed, errors):
    with app.test_request_context(method="POST", data=typed):
        form = LeaveOutForm(meta={"csrf": False})
        assert form.validate_on_submit() == (not errors)
        assert form.errors == errors


def test_several_may_be_chosen_by_one_value_and_all_of_some_are_known_again(app):
    data = {"days": ["7 2026-03-03 0 90,8 2026-03-04 1 180", "7 2026-03-03 0 90"], "why": "other"}
    with app.test_request_context(method="POST", data=data):
        form = LeaveOutForm(meta={"csrf": False})
        assert form.chosen == {ONE, TWO}
        assert form.has([shown(TWO)])
        assert not form.has([shown(ONE), shown(TWO._replace(minutes=170))])


@pytest.mark.parametrize(
    "text", ["", "rubbish", "2026-03-05", "2026-03-05T10:00:00", "0001-01-01T00:00:00+14:00"]
)
def test_an_undo_says_when_days_were_left_out(app, text):
    with app.test_request_context(method="POST", data={"said_at": text}):
        assert UndoForm(meta={"csrf": False}).instant is None
    said_at = datetime(2026, 3, 5, 10, 0, 0, 12, tzinfo=UTC)
    with app.test_request_context(method="POST", data={"said_at": said_at.isoformat()}):
        assert UndoForm(meta={"csrf": False}).instant == said_at
