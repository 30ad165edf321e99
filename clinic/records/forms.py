from collections.abc import Sequence

from wtforms.validators import InputRequired

from clinic.forms import Choice, Day, Form
from clinic.schedule.models import Series
from clinic.schedule.rules.words import meets


class PutOnForm(Form):
    """A group for an enrollment, from a day on."""

    series = Choice("Group", validators=[InputRequired("Choose a group.")])
    from_on = Day("From", validators=[InputRequired("Enter the first day.")])

    def offer(self, groups: Sequence[Series]) -> None:
        self.series.choices = [
            ("", "Choose…"),
            *((series.id, f"{series.title}, {meets(series.plan)}") for series in groups),
        ]


class TakeOffForm(Form):
    """The last day of an enrollment on a group."""

    until_on = Day("Last day on it", validators=[InputRequired("Enter the last day.")])

    def refuse(self, sentence: str, field: str | None = None) -> None:  # noqa: ARG002 - it has one
        """Put a rule's no at the one field."""
        super().refuse(sentence, "until_on")
