from datetime import date
from typing import Any

from wtforms import DecimalField
from wtforms.validators import InputRequired, Optional, StopValidation, ValidationError

from clinic.enrollment import actions, rules
from clinic.forms import Choice, Day, Form

WEEK = 7 * 24  # hours


def _within_a_week(_form: Any, field: Any) -> None:
    if field.data is None:
        raise StopValidation  # it is no number, and says so already
    if not (field.data.is_finite() and 0 <= field.data <= WEEK):
        raise StopValidation("A week has 168 hours.")


class Hours(DecimalField):
    """Hours a week, quarters and halves too; `minutes` has them as whole minutes."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("This is not a number of hours. Write it like 9 or 10.5.") from None

    @property
    def minutes(self) -> int | None:
        return round(self.data * 60) if self.data is not None else None


def _require_both(other: Hours) -> None:
    if not any(text.strip() for text in other.raw_data or []):
        raise ValidationError("Enter both, the least and the most hours, or neither.")


class EnrollForm(Form):
    """A participant in a program, from a day on."""

    program = Choice("Program", validators=[InputRequired("Choose a program.")])
    from_on = Day("First day", validators=[InputRequired("Enter the first day.")])
    until_on = Day("Last day", validators=[Optional()])
    clinician = Choice("Primary clinician", validators=[Optional()])
    min_hours = Hours("Hours a week, at least", validators=[Optional(), _within_a_week])
    max_hours = Hours("Hours a week, at most", validators=[Optional(), _within_a_week])

    def validate_until_on(self, field: Any) -> None:
        if isinstance(self.from_on.data, date) and field.data:
            sentence = rules.why_not_range(self.from_on.data, field.data)
            if sentence:
                raise ValidationError(sentence)

    def validate_min_hours(self, _field: Any) -> None:
        _require_both(self.max_hours)

    def validate_max_hours(self, _field: Any) -> None:
        _require_both(self.min_hours)

    @property
    def target(self) -> actions.Hours | None:
        """The prescribed hours, if any of their own were typed."""
        least, most = self.min_hours.minutes, self.max_hours.minutes
        return None if least is None or most is None else actions.Hours(least, most)
