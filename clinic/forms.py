"""Base form and the fields that several forms share; what is typed is trimmed."""

from datetime import date, time
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, StringField, TimeField
from wtforms.fields.core import UnboundField
from wtforms.validators import ValidationError


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


class Form(FlaskForm):  # type: ignore[misc]  # untyped library
    class Meta:
        def bind_field(self, form: Any, unbound_field: "UnboundField[Any]", options: Any) -> Any:
            if issubclass(unbound_field.field_class, StringField) and not getattr(
                unbound_field.field_class, "is_secret", False
            ):
                options.setdefault("filters", []).append(_trimmed)
            return unbound_field.bind(form=form, **options)

    def refuse(self, sentence: str) -> None:
        """Put a rule's no above the form."""
        self.form_errors.append(sentence)


class Day(DateField):
    """A local day, as browsers send it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("This is not a day. Write it like 2026-03-09.") from None

    @property
    def day(self) -> date:
        """What was typed where a day is required, once the form is valid."""
        assert self.data is not None
        return self.data


class WallTime(TimeField):
    """A time of the local day; a day and a site make it an instant."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("This is not a time. Write it like 09:05.") from None


class Number(IntegerField):
    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("This is not a whole number.") from None


class Choice(SelectField):
    """One of a list; ids come back as integers, nothing chosen as None."""

    def __init__(self, label: str | None = None, **options: Any) -> None:
        options.setdefault("coerce", _id_or_none)
        super().__init__(label, **options)

    def pre_validate(self, form: Any) -> None:
        try:
            super().pre_validate(form)
        except ValidationError:
            raise ValidationError("Choose one from the list.") from None


def _id_or_none(value: Any) -> int | None:
    return int(value) if value not in (None, "", "None") else None


def minutes_of(value: time) -> int:
    """Minutes since midnight of a wall-clock time."""
    return value.hour * 60 + value.minute
