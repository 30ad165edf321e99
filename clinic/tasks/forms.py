from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional

from clinic.forms import Form, OneOf
from clinic.tasks.rules import OUTCOMES

LONGEST = 300


class OutcomeForm(Form):
    """What came of a task."""

    outcome = OneOf(
        "Outcome",
        coerce=str,
        choices={each.value: words for each, words in OUTCOMES.items()},
        validators=[InputRequired("Choose what came of it.")],
    )
    words = StringField(
        "Note",
        validators=[
            Optional(),
            Length(max=LONGEST, message=f"The note is too long: {LONGEST} letters at most."),
        ],
    )
