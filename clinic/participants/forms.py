from typing import Any

from wtforms import EmailField, StringField
from wtforms.validators import DataRequired, Email, Length, Optional, ValidationError

from clinic.accounts.rules import EMAIL_TAKEN
from clinic.forms import Day, Form
from clinic.participants.rules import PIN_TAKEN, why_not_pin


class ParticipantForm(Form):
    """Who somebody is. An empty PIN keeps the one they have."""

    name = StringField(
        "Name", validators=[DataRequired("Enter the person's name."), Length(max=120)]
    )
    preferred_name = StringField("Preferred name", validators=[Optional(), Length(max=60)])
    birth_on = Day("Birth date", validators=[Optional()])
    email = EmailField(
        "E-mail",
        validators=[Optional(), Email("This is not an e-mail address."), Length(max=254)],
    )
    pin = StringField("PIN for check-in", validators=[Optional()])

    def validate_pin(self, field: Any) -> None:
        if sentence := why_not_pin(field.data):
            raise ValidationError(sentence)

    def refuse(self, sentence: str) -> None:
        """Put a rule's no at the field that it is about, else above the form."""
        fields = {PIN_TAKEN: self.pin, EMAIL_TAKEN: self.email}
        if sentence in fields:
            fields[sentence].errors = [sentence]
        else:
            super().refuse(sentence)

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as the actions take it: nothing rather than empty text."""
        return {
            "name": self.name.data,
            "preferred_name": self.preferred_name.data or None,
            "birth_on": self.birth_on.data,
            "email": self.email.data or None,
            "pin": self.pin.data or None,
        }
