from typing import Any

from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length, Optional

from clinic.authorizations import rules
from clinic.coverage.models import Unit
from clinic.forms import Choice, Day, EditForm, Form, Number

LONGEST = 100


def _words(label: str, asked: str) -> StringField:
    too_long = Length(max=LONGEST, message=f"This is too long: {LONGEST} letters at most.")
    return StringField(label, validators=[InputRequired(asked), too_long])


class AuthorizationForm(EditForm):
    """What a payer authorized."""

    payer = _words("Payer", "Enter who authorized it.")
    number = _words("Authorization number", "Enter the number that the payer gave.")
    code = _words("Code", "Enter what is billed, like H0015.")
    units = Number("Units", validators=[InputRequired(rules.NO_UNITS)])
    unit = Choice(
        "Counted",
        choices={"": "Choose…"} | {each.value: words for each, words in rules.UNITS.items()},
        coerce=lambda value: str(value or ""),
        validators=[InputRequired("Choose what the payer counts.")],
    )
    from_on = Day("First day", validators=[InputRequired("Enter the first day.")])
    until_on = Day("Last day", validators=[InputRequired("Enter the last day.")])
    review_on = Day("Next review by the payer", validators=[Optional()])

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as the facts of an action, once the form is valid."""
        return {
            "payer": self.payer.data,
            "number": self.number.data,
            "code": self.code.data,
            "unit": Unit(self.unit.data),
            "units": self.units.data,
            "from_on": self.from_on.day,
            "until_on": self.until_on.day,
            "review_on": self.review_on.data,
        }


class CertificationForm(EditForm):
    """A physician's statement that somebody needs the program."""

    certified_on = Day("Certified on", validators=[InputRequired("Enter the day.")])
    name = _words("By whom", "Enter the name of who certified it.")
    license = StringField(
        "License",
        validators=[
            Optional(),
            Length(max=LONGEST, message=f"This is too long: {LONGEST} letters at most."),
        ],
    )
    review_on = Day("Next review of the plan of care", validators=[Optional()])

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as the facts of an action, once the form is valid."""
        return {
            "certified_on": self.certified_on.day,
            "name": self.name.data,
            "license_text": self.license.data or None,
            "review_on": self.review_on.data,
        }


class UndoForm(Form):
    """By what name an act is undone."""

    change = HiddenField(validators=[InputRequired()])
