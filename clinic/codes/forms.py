from typing import Any

from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from clinic.codes.rules import LONGEST_LINK, why_not_link
from clinic.forms import Form, OneOf

ALONE, ALL = 1, 2


class JoinForm(Form):
    """How people join by video: one meeting, or all of its group's."""

    link = StringField(
        "Link of the meeting",
        validators=[
            Optional(),
            Length(max=LONGEST_LINK, message=f"At most {LONGEST_LINK} letters."),
        ],
    )
    reach = OneOf(
        "It is for",
        choices={str(ALL): "All meetings of this group", str(ALONE): "This meeting alone"},
        validators=[InputRequired("Choose one.")],
    )

    def __init__(self, *, has_group: bool, **options: Any) -> None:
        super().__init__(**options)
        if not has_group:
            del self.reach

    def validate_link(self, field: StringField) -> None:
        if field.data and (sentence := why_not_link(field.data)):
            raise ValidationError(sentence)

    @property
    def is_for_all(self) -> bool:
        return "reach" in self and self.reach.data == ALL
