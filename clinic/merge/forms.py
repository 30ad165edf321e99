from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from wtforms import HiddenField, RadioField
from wtforms.validators import InputRequired

from clinic.forms import Form
from clinic.participants.rules import LABELS

# One of two records, by its id.
_OneOfTwo = partial(  # type: ignore[call-arg]  # newer than its stubs
    RadioField,
    coerce=int,
    validators=[InputRequired("Choose one of the two.")],
    invalid_value_message="Choose one of the two.",
    invalid_choice_message="Choose one of the two.",
)


class MergeForm(Form):
    """Which of two records stays, and which of them is right in what they say differently."""

    other = HiddenField()
    kept = _OneOfTwo("Which record stays")

    def offer(
        self, records: Sequence[tuple[int, str]], values: Mapping[str, Sequence[str]]
    ) -> None:
        """Have it ask between two records, and in each field between what they say there."""
        ids = [record_id for record_id, _ in records]
        self.kept.choices = list(records)
        for field in LABELS:
            if field in values:
                self[field].choices = list(zip(ids, values[field], strict=True))
            else:
                del self[field]

    @property
    def asked(self) -> list[Any]:
        """The fields in which the records differ."""
        return [self[field] for field in LABELS if field in self]

    @property
    def taken(self) -> frozenset[str]:
        """The fields in which the record that goes is right."""
        return frozenset(each.name for each in self.asked if each.data != self.kept.data)


for _field, _label in LABELS.items():
    setattr(MergeForm, _field, _OneOfTwo(_label))
