from datetime import date

from wtforms.validators import Optional

from clinic.forms import Between, Number, Period
from clinic.samples.rules import MOST, USUAL, why_not_days


class DrawForm(Period):
    """Of which days a mock audit draws, and how many of them."""

    number = Number("Days to draw", default=USUAL, validators=[Optional(), Between(1, MOST)])

    def _why_not(self, first: date, last: date) -> str | None:
        return super()._why_not(first, last) or why_not_days(first, last)
