from typing import Any

from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional

from clinic.forms import Choice, Form, OneOf, to_choose
from clinic.shortweeks.rules import GOES_ON, OFFERED, SHORT_BY
from clinic.told.models import GoesOn, Offered, ShortBy

LONGEST = 300


class CloseForm(Form):
    """Why a week fell short, what was offered, and how it goes on."""

    short_by = Choice(
        "What made it short",
        coerce=str,
        validators=[InputRequired("Choose what made the week short.")],
    )
    offered = OneOf(
        "What was offered",
        coerce=str,
        validators=[InputRequired("Choose what was offered to make up for it.")],
    )
    goes_on = OneOf(
        "Decision",
        coerce=str,
        validators=[InputRequired("Choose how it goes on.")],
    )
    note = StringField(
        "Note",
        validators=[
            Optional(),
            Length(max=LONGEST, message=f"The note is too long: {LONGEST} letters at most."),
        ],
    )

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.short_by.choices = to_choose((each.value, SHORT_BY[each]) for each in ShortBy)
        self.offered.choices = [(each.value, OFFERED[each]) for each in Offered]
        self.goes_on.choices = [(each.value, GOES_ON[each]) for each in GoesOn]
