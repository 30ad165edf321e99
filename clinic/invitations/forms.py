from typing import Any

from wtforms import BooleanField, EmailField, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from clinic.accounts.rules import why_not_email
from clinic.forms import Form


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


class CodeForm(Form):
    """The code that somebody was given on paper."""

    code = StringField("Code", [DataRequired("Enter the code from your sheet.")])
