from datetime import date

from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional

from clinic.attendance.forms import LONGEST_REASON, TOO_LONG
from clinic.db import LARGEST_ID
from clinic.forms import Between, Day, Form, Number


class OneForm(Form):
    """That one does not come to one session, and why."""

    reason = StringField(
        "Reason", validators=[Optional(), Length(max=LONGEST_REASON, message=TOO_LONG)]
    )
    session = Number("Session", validators=[Optional(), Between(1, LARGEST_ID)])


class DaysForm(OneForm):
    """That one does not come from a day to a day."""

    from_on = Day("First day away", validators=[InputRequired("Enter the first day.")])
    until_on = Day("Last day away", validators=[Optional()])

    @property
    def last_on(self) -> date:
        return self.until_on.data or self.from_on.day
