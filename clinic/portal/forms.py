"""What a participant typed on their own page."""

from typing import Any

from wtforms import StringField
from wtforms.validators import Optional, Regexp

from clinic.codes.rules import DIGITS
from clinic.forms import Form


def _digits(text: Any) -> Any:
    """The code as it was shown, however it was typed: `123 456`."""
    return "".join(text.split()) if isinstance(text, str) else text


class CodeForm(Form):
    """The code that the screen in the room shows, where one is asked for."""

    code = StringField(
        "Code on the screen in the room",
        filters=[_digits],
        validators=[
            Optional(),
            Regexp(rf"[0-9]{{{DIGITS}}}\Z", message=f"Enter the {DIGITS} digits on the screen."),
        ],
    )
