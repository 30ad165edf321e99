from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from wtforms import HiddenField
from wtforms.validators import InputRequired

from clinic import clock
from clinic.billing.rules import NOT_BILLED, NOTHING_CHOSEN, Seen
from clinic.db import id_from
from clinic.forms import Choice, Form, Several, day_from


def seen_from(text: str) -> tuple[Seen, ...]:
    """Read `7 2026-03-03 0 90,7 2026-03-05 0 60`; raise `ValueError` for anything else."""
    return tuple(map(_one_from, text.split(",")))


def _one_from(text: str) -> Seen:
    enrollment_id, day, units, minutes = text.split(" ")
    return Seen(id_from(enrollment_id), day_from(day), id_from(units), id_from(minutes))


def seen_text(days: Iterable[Any]) -> str:
    """What a page carries along of days that are looked at on it."""
    return ",".join(
        f"{each.enrollment_id} {each.day} {each.billable.units} {each.billable.minutes}"
        for each in days
    )


class UndoForm(Form):
    """When days were left out that are not to be any more."""

    said_at = HiddenField()

    @property
    def instant(self) -> datetime | None:
        """The same, or None where it is rubbish."""
        return clock.instant_from(self.said_at.data or "")


class LeaveOutForm(Form):
    """Days that are not to be billed; a value may have several."""

    days = Several(
        "Days",
        coerce=seen_from,
        validate_choice=False,
        validators=[InputRequired(NOTHING_CHOSEN)],
    )

    @property
    def chosen(self) -> set[Seen]:
        return {each for several in self.days.data or () for each in several}

    def has(self, days: Collection[Any]) -> bool:
        """Whether all of these are chosen, as they are now."""
        seen = seen_from(seen_text(days))
        return self.chosen.issuperset(seen)

    why = Choice(
        "Why it is not billed",
        coerce=str,
        choices={"": "Choose…"} | {each.value: words for each, words in NOT_BILLED.items()},
        validators=[InputRequired("Choose why.")],
    )
