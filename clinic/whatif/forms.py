from wtforms.validators import InputRequired, Optional

from clinic.days import WEEKDAYS
from clinic.forms import Choice, Day, Form, OneOf, Several
from clinic.weekly import WeeklyTimes
from clinic.whatif.rules import Tried, away_on

FIRST_DAY = "Enter the first day."


class SeatForm(Form):
    """Who would have one more seat in a group."""

    enrollment = OneOf("Who", validators=[InputRequired("Choose somebody.")])
    from_on = Day("From", validators=[InputRequired(FIRST_DAY)])

    def tried(self, series_id: int) -> Tried:
        return Tried(self.from_on.day, series_id, adds_seat=True)


class TryForm(Form):
    """What is tried on somebody."""

    series = Choice("One more group", validators=[Optional()])
    days_off = Several(
        "Days off",
        choices={str(number): name for number, name in enumerate(WEEKDAYS)},
        validators=[Optional()],
    )
    unavailable = WeeklyTimes(
        "Cannot come",
        is_open=True,
        description="A new job, school, children: each week at these times. Without a start or "
        "an end, from or until midnight.",
    )
    from_on = Day("From", validators=[InputRequired(FIRST_DAY)])

    @property
    def tried(self) -> Tried:
        away = away_on(self.days_off.data or (), self.unavailable.data)
        return Tried(self.from_on.day, self.series.data, away)
