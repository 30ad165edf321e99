"""Base form and the fields that several forms share; what is typed gets its one form."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, time
from functools import partial
from typing import Any, cast

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    TimeField,
)
from wtforms import Form as Plain
from wtforms.fields.choices import SelectFieldBase
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm
from wtforms.validators import Optional, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from clinic import clock
from clinic.days import Range, why_not_range
from clinic.db import id_from, savepoint
from clinic.errors import Refused
from clinic.formats import day_numeric, phone, wall_time
from clinic.names import few_lines, one_line
from clinic.sent import only_shown
from clinic.tokens import fingerprint

NOT_LISTED = "Choose one from the list."
TWICE = "This was sent more than once."
CHANGED_SINCE = "Somebody has changed this since you opened it."
SEND_AGAIN = "What you typed is still here: check it, then save again."
TAKE_SEVERAL = (BooleanField, SelectMultipleField)  # values of one name


def _as_kept(value: Any) -> Any:
    return one_line(value) if isinstance(value, str) else value


def _lines_as_kept(value: Any) -> Any:
    return few_lines(value) if isinstance(value, str) else value


def _is_sound(_form: Any, field: Any) -> None:
    """The first check of every field: there is no other one after nonsense."""
    typed = [str(value) for value in field.raw_data or ()]
    if len(typed) > 1 and not isinstance(field, TAKE_SEVERAL):
        field.errors = []
        raise StopValidation(TWICE)
    flags = field.flags
    is_empty = not any(text.strip() if flags.optional else text for text in typed)
    if field.errors and not (is_empty and (flags.optional or flags.required)):
        raise StopValidation


def _noting(passed: list[str], name: str) -> Callable[[Any, Any], None]:
    return lambda _form, _field: passed.append(name)


class _Checked:
    """What is so of all forms: what is typed gets its one form; checks have an order."""

    _fields: dict[str, Any]

    class Meta:
        def bind_field(self, form: Any, unbound_field: "UnboundField[Any]", options: Any) -> Any:
            field_class = unbound_field.field_class
            is_typed = issubclass(field_class, StringField) and not issubclass(
                field_class, HiddenField
            )
            if is_typed and not getattr(field_class, "is_secret", False):
                kept = _lines_as_kept if issubclass(field_class, TextAreaField) else _as_kept
                options["filters"] = [*unbound_field.kwargs.get("filters", ()), kept]
            field = unbound_field.bind(form=form, **options)
            field.validators = (_is_sound, *field.validators)
            return field

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every field by itself; then, by `validate_<field>`, each that is right so far.

        Such a check may look at other fields as well, which have been checked by then.
        """
        passed: list[str] = []
        extra = {name: [*checks] for name, checks in (extra_validators or {}).items()}
        for name in self._fields:
            if hasattr(self, f"validate_{name}"):
                extra.setdefault(name, []).append(_noting(passed, name))
        is_valid = BaseForm.validate(cast(BaseForm, self), extra)
        for name in passed:
            if not self._fields[name].errors and not self._is_consistent(name):
                is_valid = False
        return bool(is_valid)

    def _is_consistent(self, name: str) -> bool:
        field = self._fields[name]
        try:
            getattr(self, f"validate_{name}")(field)
        except ValidationError as wrong:
            field.errors.append(str(wrong))
            return False
        return True


class Line(_Checked, Plain):
    """A form that stands in another one, as one of its lines."""


class Form(_Checked, FlaskForm):  # type: ignore[misc]  # untyped library
    class Meta(_Checked.Meta):
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Return what was typed, with files where one is asked for and nowhere else."""
            if formdata is None or hasattr(formdata, "getlist"):
                return formdata
            if not form.is_submitted():
                return None
            places = {field.name for field in form if isinstance(field, FileField)}
            sent = request.files.items(multi=True) if places else ()
            files = MultiDict((name, file) for name, file in sent if name in places)
            return CombinedMultiDict((files, request.form)) if files else request.form or None

    def validate(self, extra_validators: Any = None) -> bool:
        return not only_shown() and super().validate(extra_validators)

    def refuse(self, sentence: str, field: str | None = None) -> None:
        """Put a rule's no at its field, or above the form where it has none here."""
        if field in self:
            self[field].errors = [*self[field].errors, sentence]
        else:
            self.form_errors.append(sentence)

    done: Any = None  # what an attempt returned

    def attempt(self, act: Callable[[], object]) -> bool:
        """Do what the form asks for; whether it is done. A rule's no then stands on the form.

        What a refused act had begun is undone, so that the page reads what is true.
        """
        try:
            with savepoint():
                self.done = act()
        except Refused as refused:
            for each in (refused, *refused.more):
                self.refuse(each.sentence, each.field)
            return False
        return True


def seen_of(facts: Mapping[str, Any]) -> str:
    """What a form is made with, a few letters a fact: it carries that along as its `seen`."""
    return " ".join(f"{name}-{fingerprint(_told(fact))[:16]}" for name, fact in facts.items())


def _told(fact: Any) -> str:
    return repr(sorted(fact) if isinstance(fact, frozenset) else fact)


def refuse_unseen(form: Form, facts: Mapping[str, Any]) -> None:
    """Raise `Refused`, with each of the facts that is another now than when the form was opened.

    Whoever has read that sends the form once more: it carries what is so now, also in the fields
    that they had left as they were.
    """
    seen, now = form["seen"].data, seen_of(facts)
    form["seen"].data = now
    known = set(seen.split()) if seen else set(now.split())
    changed = [name for name, mark in zip(facts, now.split(), strict=True) if mark not in known]
    if changed:
        for name in changed:
            _renew(form[name], facts[name], known)
        words = (_now_has(form[name], facts[name]) for name in changed)
        raise Refused(f"{CHANGED_SINCE} Now it has: {'; '.join(words)}. {SEND_AGAIN}")


def _renew(field: Any, value: Any, known: Collection[str]) -> None:
    """Have a field that was sent as it had been opened show what is there now."""
    sent = getattr(field, "kept", field.data)
    was = {seen_of({field.name: one}) for one in (sent, sent or None)}
    is_offered = not isinstance(field, SelectFieldBase) or in_words_of(field, value)
    if is_offered and not was.isdisjoint(known):
        field.data = value
        field.raw_data = None


def _now_has(field: Any, value: Any) -> str:
    if isinstance(value, list) and not isinstance(field, SelectFieldBase):
        return f"other {field.label.text.lower()}"
    words = phone(value) if isinstance(field, TelField) else in_words_of(field, value)
    return f"{field.label.text}, {words or 'none'}"


def in_words_of(field: Any, value: Any) -> str:
    """A value as the page of its field says it."""
    if isinstance(field, SelectFieldBase):
        chosen = value if isinstance(value, Collection) and not isinstance(value, str) else [value]
        choices: Any = field.iter_choices()  # newer than its stubs
        texts = {str(choice.value): str(choice.label) for choice in choices}
        found = [texts[str(one)] for one in chosen if one is not None and str(one) in texts]
        return ("; " if any("," in text for text in found) else ", ").join(found)
    if isinstance(value, time):
        return wall_time(value)
    if isinstance(value, date):
        return day_numeric(value)
    return "" if value is None else str(value)


class EditForm(Form):
    """A form of what is there: nothing that somebody else has changed meanwhile is overwritten."""

    seen = HiddenField()  # what it was made with when it was opened

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.seen.data:
            self.seen.data = seen_of(self._there())

    def attempt(self, act: Callable[[], object]) -> bool:
        def unless_changed() -> object:
            refuse_unseen(self, self._there())
            return act()

        return super().attempt(unless_changed)

    def _there(self) -> dict[str, Any]:
        fields = (each for each in self if not isinstance(each, HiddenField))
        return {field.name: field.object_data for field in fields}


class Day(DateField):
    """A local day, as browsers send it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("This is not a date. Write it like 2026-03-09.") from None
        if self.data is not None and self.data.year not in clock.YEARS:
            self.data = None
            raise ValueError("This is too long ago, or too far ahead.")

    @property
    def day(self) -> date:
        """What was typed where a day is required, once the form is valid."""
        assert self.data is not None
        return self.data


class Period(Form):
    """From which day through which one an address asks; each may be left open, or is as usual.

    What makes no sense is not put right, for nobody would know which days they look at.
    """

    from_on = Day("From", name="from", validators=[Optional()])
    until_on = Day("Until", name="until", validators=[Optional()])

    def __init__(self, first: date | None = None, last: date | None = None) -> None:
        super().__init__(request.args, meta={"csrf": False})
        _usually(self.from_on, first)
        since = self.from_on.data
        _usually(self.until_on, max(last, since) if last and since else last)

    def validate(self, extra_validators: Any = None) -> bool:
        return _Checked.validate(self, extra_validators)  # whatever else is sent with it

    def validate_until_on(self, field: Any) -> None:
        if self.from_on.data and (why_not := self._why_not(self.from_on.data, field.data)):
            raise ValidationError(why_not)

    def _why_not(self, first: date, last: date) -> str | None:
        return why_not_range(first, last)

    @property
    def days(self) -> Range:
        """Where both are known, once the form is valid."""
        return Range(self.from_on.day, self.until_on.day)


def _usually(field: Any, value: object) -> None:
    """Have a field that nothing was typed in hold what it usually does."""
    if value is not None and not any(field.raw_data or ()):
        field.data, field.raw_data = value, None


# A time of the local day; a day and a site make it an instant.
WallTime = partial(  # type: ignore[call-arg]  # newer than its stubs
    TimeField, invalid_value_message="This is not a time. Write it like 09:05."
)
Number = partial(  # type: ignore[call-arg]  # newer than its stubs
    IntegerField, invalid_value_message="This is not a whole number."
)


class Between:
    """For a `Number`: from the least to the most."""

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most

    def __call__(self, _form: Any, field: Any) -> None:
        if not self.least <= field.data <= self.most:
            raise StopValidation(f"Enter a number from {self.least} to {self.most}.")


def to_choose(choices: Iterable[tuple[Any, str]]) -> list[tuple[Any, str]]:
    """Choices of which none stands there before somebody chooses, unless there is only one."""
    known = list(choices)
    return known if len(known) == 1 else [("", "Choose…"), *known]


def _id_or_none(value: Any) -> int | None:
    return None if value in (None, "", "None") else id_from(value)


class Choice(SelectField):
    """One of a list; ids come back as integers, nothing chosen as None.

    Where the list is known from the start, what is not on it does not become the value either.
    """

    def __init__(
        self,
        label: str | None = None,
        validators: Any = None,
        coerce: Callable[[Any], Any] = _id_or_none,
        **options: Any,
    ) -> None:
        messages = {"invalid_value_message": NOT_LISTED, "invalid_choice_message": NOT_LISTED}
        super().__init__(label, validators, coerce, **messages | options)

    def process_formdata(self, valuelist: list[str]) -> None:
        before = self.data
        super().process_formdata(valuelist)
        if valuelist and self.choices is not None and not self._is_listed():
            self.data = before
            raise ValueError(NOT_LISTED)

    def _is_listed(self) -> bool:
        choices: Any = self.iter_choices()  # newer than its stubs
        return any(choice.selected for choice in choices)


# One of a list, as radio buttons; ids come back as integers.
OneOf = partial(  # type: ignore[call-arg]  # newer than its stubs
    RadioField,
    coerce=_id_or_none,
    invalid_value_message=NOT_LISTED,
    invalid_choice_message=NOT_LISTED,
)
# Any number of a list, as checkboxes; ids come back as integers.
Several = partial(  # type: ignore[call-arg]  # newer than its stubs
    SelectMultipleField,
    coerce=id_from,
    widget=ListWidget(prefix_label=False),
    option_widget=CheckboxInput(),
    invalid_value_message="Choose from the list.",
    invalid_choice_message="Choose from the list.",
)


def day_from(value: Any) -> date:
    """Return the day that a choice is; raise `ValueError` for one that no clinic plans for."""
    day = value if isinstance(value, date) else date.fromisoformat(value)
    if day.year not in clock.YEARS and day.year - 1 not in clock.YEARS:  # a week reaches beyond
        raise ValueError(value)
    return day
