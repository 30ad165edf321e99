from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional

from clinic.attendance.forms import LONGEST_REASON, TOO_LONG
from clinic.days import DAY
from clinic.db import LARGEST_ID
from clinic.forms import Between, Day, Form, Number


class AbsenceForm(Form):
    """Not coming: from now or a first day to the last one away, or until they are back, and why."""

    from_on = Day("First day away", validators=[Optional()])
    back_on = Day("Back on", validators=[Optional()])
    until_on = Day("Last day away", validators=[InputRequired("Enter the last day they are away.")])
    reason = StringField(
        "Reason", validators=[Optional(), Length(max=LONGEST_REASON, message=TOO_LONG)]
    )

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Take the day before they are back for the last day away, whatever else is sent."""
        super().process(*args, **kwargs)
        if self.back_on.data is not None:
            self.until_on.process(MultiDict({"until_on": f"{self.back_on.data - DAY}"}))


class SessionForm(Form):
    """Which session a button is about."""

    session = Number(
        "Session",
        validators=[InputRequired("Press one of the buttons."), Between(1, LARGEST_ID)],
    )
