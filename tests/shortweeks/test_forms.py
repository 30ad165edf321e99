import pytest

from clinic.shortweeks.forms import CloseForm


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({}, {"short_by", "offered", "goes_on"}),
        ({"short_by": "work", "offered": "nothing", "goes_on": "as before"}, set()),
        ({"short_by": "laziness", "offered": "x", "goes_on": "y", "note": "x" * 301}, None),
    ],
)
def test_all_three_are_asked_for_and_nothing_is_chosen_before(app, typed, wrong):
    with app.test_request_context(method="POST", data=typed):
        form = CloseForm(meta={"csrf": False})
        assert form.validate() is (wrong == set())
        assert form.errors.keys() == ({*form.data} if wrong is None else wrong)
