from collections.abc import Iterable

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from clinic.db import AnyRow
from clinic.forms import Choice, Form
from clinic.sessions.forms import LONGEST_REASON


class GuestForm(Form):
    """Somebody to be put on a session alone, and why there is a seat more where none is free."""

    enrollment = Choice("Who", validators=[InputRequired("Find somebody, and choose them.")])
    reason = StringField(
        "Reason for one more seat",
        validators=[Length(max=LONGEST_REASON, message="At most 200 letters.")],
    )

    def offer(self, rows: Iterable[AnyRow]) -> None:
        self.enrollment.choices = [(row.id, row.name) for row in rows]
