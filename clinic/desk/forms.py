from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional

from clinic.attendance.forms import LONGEST_REASON, TOO_LONG
from clinic.db import LARGEST_ID
from clinic.forms import Between, Day, Form, Number


class AbsenceForm(Form):
    """Not coming: the last day away, and why."""

    until_on = Day("Last day away", validators=[InputRequired("Enter the last day they are away.")])
    reason = StringField(
        "Reason", validators=[Optional(), Length(max=LONGEST_REASON, message=TOO_LONG)]
    )


class SessionForm(Form):
    """Which session a button is about."""

    session = Number(
        "Session",
        validators=[InputRequired("Press one of the buttons."), Between(1, LARGEST_ID)],
    )
