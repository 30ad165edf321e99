import json
from collections.abc import Sequence

from wtforms import RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from clinic.errors import BadInput
from clinic.forms import Choice, Form, to_choose
from clinic.kiosk.models import Station
from clinic.pairing.rules import KINDS
from clinic.programs.models import Site

NAME_AT_MOST = 40
CODE_AT_MOST = 40  # letters, dashes and slips
NOT_OF_THE_FORM = 'The body must be JSON of the form {"code": "…"}.'


class CodeForm(Form):
    """Where a kiosk will stand, and what staff call it."""

    site = Choice("Site", validators=[InputRequired("Choose a site.")])
    kind = RadioField(
        "What it is for",
        choices={kind.value: words for kind, words in KINDS.items()},
        default=Station.KEYPAD.value,
        validators=[Optional()],
    )
    name = StringField("Name", validators=[Optional(), Length(max=NAME_AT_MOST)])

    @property
    def station(self) -> Station:
        return Station(self.kind.data or Station.KEYPAD)

    def offer(self, sites: Sequence[Site]) -> None:
        self.site.choices = to_choose((site.id, site.name) for site in sites)


class NameForm(Form):
    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=NAME_AT_MOST)])


def code_of(body: bytes) -> str:
    """The code that a tablet sends; raises `BadInput` when it sends something else."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput(NOT_OF_THE_FORM) from None
    code = sent.get("code") if isinstance(sent, dict) else None
    if not isinstance(code, str) or len(code) > CODE_AT_MOST:
        raise BadInput(NOT_OF_THE_FORM)
    return code
