from werkzeug.datastructures import MultiDict

from clinic.forgotten.forms import ForgottenForm


def test_no_address_gets_its_sentence(app):
    with app.test_request_context(method="POST"):
        form = ForgottenForm(MultiDict({"email": " "}), meta={"csrf": False})
        assert not form.validate()
    assert form.errors == {"email": ["Enter your e-mail address."]}
