from datetime import date
from typing import Final

from wtforms.validators import Optional

from clinic.formats import counted
from clinic.forms import Between, Number, Period
from clinic.samples.rules import MOST, USUAL

MOST_DAYS: Final = 366  # a whole year


class DrawForm(Period):
    """Of which days a mock audit draws, and how many of them."""

    number = Number("Days to draw", default=USUAL, validators=[Optional(), Between(1, MOST)])

    def _why_not(self, first: date, last: date) -> str | None:
        number = (last - first).days + 1
        too_long = f"Draw from {MOST_DAYS} days at most: these are {counted(number, 'day')}."
        return super()._why_not(first, last) or (too_long if number > MOST_DAYS else None)
