from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms import DecimalField, FieldList, FormField, StringField
from wtforms import Form as Plain
from wtforms.validators import (
    DataRequired,
    Length,
    Optional,
    ValidationError,
)

from clinic.forms import Between, Choice, Day, Form, Number, SelectChoice
from clinic.programs.actions import Wanted
from clinic.programs.models import Kind, Measure, Population, RuleSet
from clinic.programs.rules import MEASURES, why_not_figure

MORE = 3  # empty lines for further figures
HOUR = 60
NEARLY = Decimal("0.02")  # of a minute: hours are shown with four decimals


class _Value(DecimalField):
    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("This is not a number.") from None


class FigureForm(Plain):
    """One line: what is measured, whom it is about, and the figure. Without one it is gone."""

    measure = Choice(
        "Measure",
        coerce=str,
        choices=[
            SelectChoice("", "No figure"),
            *(
                SelectChoice(each.value, f"{about.words} ({about.unit})")
                for each, about in MEASURES.items()
            ),
        ],
    )
    population = Choice(
        "For",
        coerce=str,
        choices=[
            SelectChoice("", "Everyone"),
            SelectChoice(Population.ADULT.value, "Adults"),
            SelectChoice(Population.ADOLESCENT.value, "Under 18"),
        ],
    )
    kind = Choice(
        "Kind of session",
        coerce=str,
        choices=[
            SelectChoice("", "Any"),
            *(SelectChoice(kind.value, kind.value.capitalize()) for kind in Kind),
        ],
    )
    leaders = Number(
        "Leaders from",
        validators=[Optional(), Between(1, 20)],
    )
    value = _Value("Figure", places=None, validators=[Optional()])

    def validate_value(self, field: Any) -> None:
        if not self.measure.data:
            raise ValidationError("Choose what the figure measures.")
        if field.data is None or self.measure.data not in list(Measure):
            return  # one of the two says so already
        if not field.data.is_finite() or not 0 <= field.data <= 100_000:  # noqa: PLR2004 - sane
            raise ValidationError("Enter a number from 0 on.")
        scaled = self._scaled(field.data)
        if abs(scaled - round(scaled)) > NEARLY:
            raise ValidationError("Enter a whole number, of minutes where it is about hours.")

    def validate_kind(self, field: Any) -> None:
        if self.measure.data in list(Measure):
            leaders = self.leaders.data
            kind = Kind(field.data) if field.data in list(Kind) else None
            if sentence := why_not_figure(Measure(self.measure.data), kind=kind, leaders=leaders):
                raise ValidationError(sentence)

    def _scaled(self, value: Decimal) -> Decimal:
        is_hours = MEASURES[Measure(self.measure.data)].unit == "hours"
        return value * HOUR if is_hours else value

    @property
    def is_empty(self) -> bool:
        return self.value.data is None

    @property
    def wanted(self) -> Wanted:
        assert self.value.data is not None
        return Wanted(
            measure=Measure(self.measure.data),
            value=round(self._scaled(self.value.data)),
            population=Population(self.population.data) if self.population.data else None,
            kind=Kind(self.kind.data) if self.kind.data else None,
            leaders=self.leaders.data,
        )


class RuleSetForm(Form):
    """A rule set of the clinic's own."""

    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=120)])
    jurisdiction = StringField(
        "Where it holds", validators=[DataRequired("Enter where it holds."), Length(max=120)]
    )
    citation = StringField(
        "Citation", validators=[DataRequired("Enter where it is written."), Length(max=300)]
    )
    valid_from = Day("Valid from", validators=[Optional()])
    figures: Any = FieldList(FormField(FigureForm), max_entries=60)

    @classmethod
    def of(cls, rule_set: RuleSet) -> "RuleSetForm":
        """The form, filled in as the rule set is now, with room for more."""
        lines: Sequence[dict[str, Any]] = [
            {
                "measure": rule.measure.value,
                "population": rule.population.value if rule.population else "",
                "kind": rule.kind.value if rule.kind else "",
                "leaders": rule.leaders,
                "value": _shown(rule.measure, rule.value),
            }
            for rule in rule_set.rules
        ]
        return cls(obj=rule_set, figures=[*lines, *({} for _ in range(MORE))])

    @property
    def lines(self) -> list[Any]:
        """The lines of figures as forms."""
        return [entry.form for entry in self.figures]

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        is_valid = super().validate(*args, **kwargs)
        seen = set()
        for line in self.lines:
            if not is_valid or line.is_empty:
                continue
            wanted = line.wanted._replace(value=0)
            if wanted in seen:
                line.measure.errors = ["This figure is there twice."]
                is_valid = False
            seen.add(wanted)
        return bool(is_valid)

    @property
    def wanted(self) -> list[Wanted]:
        return [line.wanted for line in self.lines if not line.is_empty]


def _shown(measure: Measure, value: int) -> Decimal:
    if MEASURES[measure].unit != "hours":
        return Decimal(value)
    return Decimal(f"{round(Decimal(value) / HOUR, 4).normalize():f}")
