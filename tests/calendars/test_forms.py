import pytest

from clinic.calendars.forms import LinkForm


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("Jo’s iPhone", []),
        ("x" * 40, []),
        ("  ", ["Enter a name."]),
        ("x" * 41, ["Field cannot be longer than 40 characters."]),
    ],
)
def test_a_device_has_a_name_of_at_most_forty_letters(app, name, wrong):
    with app.test_request_context(method="POST", data={"name": name}):
        form = LinkForm(meta={"csrf": False})
        form.validate()
        assert list(form.name.errors) == wrong
