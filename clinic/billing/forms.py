from datetime import date

from wtforms.validators import InputRequired

from clinic.billing.rules import NOT_BILLED, NOTHING_CHOSEN, Seen
from clinic.db import id_from
from clinic.forms import Choice, Form, Several, day_from


def seen_from(text: str) -> Seen:
    """Read `2026-03-03 0 90`; raise `ValueError` for anything else."""
    day, units, minutes = text.split(" ")
    return day_from(day), id_from(units), id_from(minutes)


def days_from(text: str) -> tuple[date, ...]:
    """Read `2026-03-03 2026-03-05`; raise `ValueError` for anything else."""
    return tuple(map(day_from, text.split(" ")))


class BillForm(Form):
    """Days of somebody that are to be billed after all, in one field."""

    days = Several("Days", coerce=days_from, validate_choice=False)

    @property
    def chosen(self) -> set[date]:
        return {day for several in self.days.data or () for day in several}


class LeaveOutForm(Form):
    """Days of somebody that are not to be billed."""

    days = Several(
        "Days",
        coerce=seen_from,
        validate_choice=False,
        validators=[InputRequired(NOTHING_CHOSEN)],
    )
    why = Choice(
        "Why it is not billed",
        coerce=str,
        choices={"": "Choose…"} | {each.value: words for each, words in NOT_BILLED.items()},
        validators=[InputRequired("Choose why.")],
    )
