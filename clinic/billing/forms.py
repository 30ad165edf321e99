from wtforms.validators import InputRequired

from clinic.billing.rules import NOT_BILLED, NOTHING_CHOSEN, Seen
from clinic.db import id_from
from clinic.forms import Choice, Form, Several, day_from


def seen_from(text: str) -> Seen:
    """Read `2026-03-03 0 90`; raise `ValueError` for anything else."""
    day, units, minutes = text.split(" ")
    return day_from(day), id_from(units), id_from(minutes)


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
