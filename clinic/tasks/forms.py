from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional

from clinic.forms import Choice, Day, Form, OneOf

LONGEST = 300


class OutcomeForm(Form):
    """What came of a task."""

    outcome = OneOf(
        "Outcome",
        coerce=str,
        validators=[InputRequired("Choose what came of it.")],
    )
    words = StringField(
        "Note",
        validators=[
            Optional(),
            Length(max=LONGEST, message=f"The note is too long: {LONGEST} letters at most."),
        ],
    )


class GiveForm(Form):
    """Something to be done for a participant: what, by whom, by when."""

    what = StringField(
        "What is to be done",
        validators=[
            InputRequired("Say what is to be done."),
            Length(max=LONGEST, message=f"This is too long: {LONGEST} letters at most."),
        ],
    )
    owner = Choice("Whose", validators=[InputRequired("Choose whose task it is.")])
    due_on = Day("Due", validators=[InputRequired("Choose a day.")])
