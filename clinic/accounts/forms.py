from wtforms import BooleanField, EmailField, HiddenField, PasswordField
from wtforms.validators import (
    DataRequired,
    EqualTo,
    InputRequired,
)

from clinic.forms import Form
from clinic.passwords import SHORTEST


class Secret(PasswordField):
    """A password: taken as it is typed, spaces too, and never sent back."""

    is_secret = True


class SignInForm(Form):
    next = HiddenField()
    email = EmailField(
        "E-mail",
        [DataRequired("Enter your e-mail address.")],
        render_kw={"autocomplete": "username", "autocapitalize": "off", "spellcheck": "false"},
    )
    password = Secret(
        "Password",
        [InputRequired("Enter your password.")],
        render_kw={"autocomplete": "current-password"},
    )


def _new() -> Secret:
    return Secret(
        "New password",
        [InputRequired("Choose a password.")],
        description=f"At least {SHORTEST} characters. Four or five words in a row do well.",
        render_kw={"autocomplete": "new-password"},
    )


def _repeated() -> Secret:
    return Secret(
        "New password again",
        [
            InputRequired("Enter the new password a second time."),
            EqualTo("password", "This is not the same as above."),
        ],
        render_kw={"autocomplete": "new-password"},
    )


def _ends_links() -> BooleanField:
    return BooleanField("End my calendar links as well")


class NewPasswordForm(Form):
    """Setting the first password, or a new one in place of a forgotten one."""

    password = _new()
    repeated = _repeated()
    ends_links = _ends_links()


class PasswordForm(Form):
    """Another password, for somebody who knows theirs."""

    current = Secret(
        "Current password",
        [InputRequired("Enter the password you have now.")],
        render_kw={"autocomplete": "current-password"},
    )
    password = _new()
    repeated = _repeated()
    ends_links = _ends_links()
