from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length

from clinic.feeds.rules import NAME_AT_MOST
from clinic.forms import Form


class NameForm(Form):
    """Another name for a link; its prefix is the id of the link."""

    name = StringField(
        "Another name", validators=[DataRequired("Enter a name."), Length(max=NAME_AT_MOST)]
    )


class LinkForm(Form):
    name = StringField(
        "Name of the device",
        description="Like “iPhone” or “Work laptop”: each device has its own link.",
        validators=[DataRequired("Enter a name."), Length(max=NAME_AT_MOST)],
    )
    is_full = BooleanField(
        "Show the place, too: address, how to get in and phone number",
        description="Anyone who sees that calendar then sees where you go, on a lock screen too.",
    )
