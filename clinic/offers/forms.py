from wtforms import BooleanField
from wtforms.validators import InputRequired, Optional

from clinic.db import LARGEST_ID
from clinic.forms import Between, Form, Number


class PlaceForm(Form):
    """On which session somebody is to be, and which one they missed."""

    session = Number(
        "Session", validators=[InputRequired("Choose a session."), Between(1, LARGEST_ID)]
    )
    missed = Number("In place of", validators=[Optional(), Between(1, LARGEST_ID)])
    goes_on = BooleanField("If they do not take it, offer it to the next person it would help")
