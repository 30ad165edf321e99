from wtforms import StringField
from wtforms.validators import DataRequired, Length

from clinic.feeds.rules import NAME_AT_MOST
from clinic.forms import Form


class LinkForm(Form):
    name = StringField(
        "Name of the device",
        description="Like “iPhone” or “Work laptop”: each has its own link and can be ended alone.",
        validators=[DataRequired("Enter a name."), Length(max=NAME_AT_MOST)],
    )
