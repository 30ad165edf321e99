from types import SimpleNamespace

import pytest

from clinic.guests.forms import GuestForm

SAM = SimpleNamespace(id=5, name="Sam Lee")


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"enrollment": "5", "reason": " Came a day early "}, {}),
        ({}, {"enrollment": ["Find somebody, and choose them."]}),
        ({"enrollment": "6"}, {"enrollment": ["Choose one from the list."]}),
        ({"enrollment": "5", "reason": "x" * 201}, {"reason": ["At most 200 letters."]}),
    ],
)
def test_somebody_who_was_found_is_chosen_and_a_reason_is_short(app, typed, errors):
    with app.test_request_context(method="POST", data=typed):
        form = GuestForm(meta={"csrf": False})
        form.offer([SAM])
        form.validate()
        assert form.errors == errors
