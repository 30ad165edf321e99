from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import HiddenField, RadioField
from wtforms.validators import InputRequired, ValidationError

from clinic.forms import Form
from clinic.participants.rules import LABELS


class _OneOfTwo(RadioField):
    """One of two records, by its id."""

    def __init__(self, label: str, **options: Any) -> None:
        required = InputRequired("Choose one of the two.")
        super().__init__(label, coerce=int, validators=[required], **options)
        self.type = "RadioField"  # it is shown as one

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Choose one of the two.") from None

    def pre_validate(self, form: Any) -> None:
        try:
            super().pre_validate(form)
        except ValidationError:
            raise ValidationError("Choose one of the two.") from None


class MergeForm(Form):
    """Which of two records stays, and which of them is right in what they say differently."""

    other = HiddenField()
    kept = _OneOfTwo("Which record stays")

    def offer(self, records: Sequence[tuple[int, str]], said: Mapping[str, Sequence[str]]) -> None:
        """Have it ask between two records, and in each field between what they say there."""
        ids = [record_id for record_id, _ in records]
        self.kept.choices = list(records)
        for field in LABELS:
            if field in said:
                self[field].choices = list(zip(ids, said[field], strict=True))
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
