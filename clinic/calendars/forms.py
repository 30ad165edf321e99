from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length

from clinic.feeds.rules import NAME_AT_MOST
from clinic.forms import Form


class LinkForm(Form):
    name = StringField(
        "Name of the device",
        description="Like “iPhone” or “Work laptop”: each has its own link and can be ended alone.",
        validators=[DataRequired("Enter a name."), Length(max=NAME_AT_MOST)],
    )
    is_full = BooleanField(
        "Say where, too: the address, how to get in and the phone number",
        description="Whoever sees that calendar then sees where you go, on a lock screen too.",
    )
