from datetime import date

import pytest

from clinic.billing.forms import LeaveOutForm, seen_from


def test_a_day_is_sent_with_its_units_and_minutes():
    assert seen_from("2026-03-03 0 90") == (date(2026, 3, 3), 0, 90)


@pytest.mark.parametrize("text", ["", "2026-03-03", "2026-03-03 0 -1", "1026-03-03 0 1", "x 0 1"])
def test_anything_else_is_no_day(text):
    with pytest.raises(ValueError):
        seen_from(text)


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"days": "2026-03-03 0 90", "why": "under"}, {}),
        ({"why": "under"}, {"days": ["Choose the days that are not to be billed."]}),
        ({"days": "2026-03-03 0 90"}, {"why": ["Choose why."]}),
        ({"days": "rubbish", "why": "under"}, {"days": ["Choose from the list."]}),
    ],
)
def test_days_that_are_not_billed_are_chosen_with_why(app, typed, errors):
    with app.test_request_context(method="POST", data=typed):
        form = LeaveOutForm(meta={"csrf": False})
        assert form.validate_on_submit() == (not errors)
        assert form.errors == errors
