import pytest

from clinic.portal.forms import CodeForm


@pytest.mark.parametrize(
    ("typed", "code", "errors"),
    [
        ("123456", "123456", []),
        (" 123 456 ", "123456", []),
        ("", "", []),
        (None, None, []),
        ("12345", "12345", ["Enter the 6 digits on the screen."]),
        ("1234567", "1234567", ["Enter the 6 digits on the screen."]),
        ("１２３４５６", "１２３４５６", ["Enter the 6 digits on the screen."]),
    ],
)
def test_a_code_is_six_digits_however_they_are_spaced(app, typed, code, errors):
    data = {} if typed is None else {"code": typed}
    with app.test_request_context(method="POST", data=data):
        form = CodeForm()
        form.validate_on_submit()
        assert (form.code.data or None, list(form.code.errors)) == (code or None, errors)
