from typing import Any

from wtforms import StringField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from clinic.days import why_not_range
from clinic.forms import Choice, Day, EditForm


class ClosureForm(EditForm):
    """Days on which a site is closed."""

    name = StringField(
        "Reason",
        validators=[DataRequired("Enter a reason, like Memorial Day."), Length(max=120)],
    )
    from_on = Day("First day", validators=[InputRequired("Enter the first day.")])
    until_on = Day("Last day", validators=[InputRequired("Enter the last day.")])

    def validate_until_on(self, field: Any) -> None:
        if self.from_on.data and (sentence := why_not_range(self.from_on.data, field.data)):
            raise ValidationError(sentence)

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as the facts of an action, once the form is valid."""
        return {
            "from_on": self.from_on.day,
            "until_on": self.until_on.day,
            "name": self.name.data or "",
        }


class NewClosureForm(ClosureForm):
    site = Choice("Site", validators=[InputRequired("Choose a site.")])
