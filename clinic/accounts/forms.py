from typing import Any

from wtforms import BooleanField, EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import (
    DataRequired,
    EqualTo,
    InputRequired,
    Length,
    ValidationError,
)

from clinic.accounts.rules import why_not_email
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


class InvitationForm(Form):
    """Setting the first password, or a new one in place of a forgotten one."""

    password = _new()
    repeated = _repeated()
    ends_links = _ends_links()


class InviteForm(Form):
    """The address that somebody signs in with, before they are invited."""

    email = EmailField(
        "E-mail",
        [DataRequired("Enter their e-mail address: they sign in with it."), Length(max=254)],
    )
    ends_all = BooleanField("Somebody else may have their phone or know their password")

    def validate_email(self, field: Any) -> None:
        if sentence := why_not_email(field.data):
            raise ValidationError(sentence)


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


class CodeForm(Form):
    """The code that somebody was given on paper."""

    code = StringField("Code", [DataRequired("Enter the code from your sheet.")])
