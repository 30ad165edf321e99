from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length, Optional

from clinic.claims.rules import CHANGED, NONE_CHOSEN, Correction, Worth, why_not_days
from clinic.days import Range
from clinic.db import id_from
from clinic.forms import Day, Form, OneOf, Period, Several
from clinic.receipts.models import Settled

HOW: Final = {
    Settled.CORRECTED.value: "It has been corrected with the payer",
    Settled.LEFT.value: "It stays as it is",
}
NEEDS_DAY = "Say on which day it was corrected."
NEEDS_WORDS = "Say in a few words why it stays."


class DaysForm(Period):
    """The days that are to be exported together."""

    def _why_not(self, first: date, last: date) -> str | None:
        return super()._why_not(first, last) or why_not_days(Range(first, last))


class ExportForm(Form):
    """What was looked at is to be exported."""

    seen = HiddenField()


class CorrectionsForm(Form):
    """Claims that are to be exported anew, each as its day was looked at."""

    claims = Several(  # type: ignore[call-arg]  # newer than its stubs
        "Claims",
        coerce=str,
        validators=[InputRequired(NONE_CHOSEN)],
        invalid_choice_message=CHANGED,
    )

    def offer(self, corrections: Iterable[Correction]) -> None:
        self.claims.choices = [(token(one), "") for one in corrections if not one.day.waits]

    @property
    def chosen(self) -> dict[int, Worth]:
        """Receipt id to what its day was, once the form is valid."""
        return {id_from(first): worth for first, worth in map(_told, self.claims.data or ())}


def token(correction: Correction) -> str:
    """What a page carries along of a claim: its receipt, and what its day is now."""
    return f"{correction.claim.receipt_id}.{worth_token(correction.now)}"


def worth_token(worth: Worth) -> str:
    return ".".join(map(str, worth))


def _told(text: str) -> tuple[str, Worth]:
    first, _, rest = text.partition(".")
    worth = worth_from(rest)
    assert worth is not None  # one of those that were offered
    return first, worth


class _WithItsAnswer(Optional):
    """Nothing is fine by itself; the form asks for it with one of its answers, so that no page
    calls it optional."""

    def __init__(self) -> None:
        super().__init__()
        self.field_flags = {**self.field_flags, "with_answer": True}


class SettleForm(Form):
    """What was done about a claim that is not as its day is now."""

    seen = HiddenField()
    how = OneOf("What was done", [InputRequired("Choose what was done.")], coerce=str, choices=HOW)
    corrected_on = Day("Corrected on", validators=[_WithItsAnswer()])
    words = StringField(
        "Why it stays",
        validators=[_WithItsAnswer(), Length(max=200, message="At most 200 letters.")],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if self.how.data == Settled.CORRECTED.value and not self.corrected_on.data:
            self.corrected_on.errors = [NEEDS_DAY]
        elif self.how.data == Settled.LEFT.value and not self.words.data:
            self.words.errors = [NEEDS_WORDS]
        return not self.errors

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as the action takes it: each fact with the answer that it belongs to."""
        how = Settled(self.how.data)
        is_corrected = how is Settled.CORRECTED
        return {
            "how": how,
            "corrected_on": self.corrected_on.data if is_corrected else None,
            "words": None if is_corrected else self.words.data,
            "seen": worth_from(self.seen.data),
        }


def worth_from(text: Any) -> Worth | None:
    """Return the worth that a page carried along, or None where that is rubbish."""
    try:
        units, level, minutes = map(id_from, str(text).split("."))
    except ValueError:
        return None
    return Worth(units, level, minutes)
