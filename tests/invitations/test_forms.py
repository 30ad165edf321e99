import pytest

from clinic.invitations.forms import InviteForm


@pytest.mark.parametrize(
    ("email", "errors"),
    [
        (" ana@example.org ", {}),
        ("", {"email": ["Enter their e-mail address: they sign in with it."]}),
        ("ana@", {"email": ["This is not an e-mail address. Write it like name@example.org."]}),
    ],
)
def test_whoever_is_invited_needs_an_address(app, email, errors):
    with app.test_request_context("/", method="POST", data={"email": email}):
        form = InviteForm(meta={"csrf": False})
        form.validate()
    assert form.errors == errors
