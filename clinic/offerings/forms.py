from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import request
from wtforms import BooleanField, DecimalField, FieldList, FormField, StringField
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    Optional,
    StopValidation,
    ValidationError,
)

from clinic.enrollment.forms import Hours
from clinic.formats import hours
from clinic.forms import Between, Choice, Day, EditForm, Line, Number
from clinic.programs.models import (
    COUNTED,
    Kind,
    Level,
    Measure,
    PhoneCheckIn,
    Population,
    Program,
    RuleSet,
)
from clinic.programs.rules import MEASURES, PHONE_CHECK_INS, Figure, why_not_figure
from clinic.sent import DROP, MORE, only_shown

LEVELS = {
    Level.OUTPATIENT: "Level 1, outpatient",
    Level.INTENSIVE_OUTPATIENT: "Level 2.1, intensive outpatient (IOP)",
    Level.PARTIAL_HOSPITALIZATION: "Level 2.5, partial hospitalization (PHP)",
    Level.AFTERCARE: "Aftercare",
}
POPULATIONS = {Population.ADULT: "Adults", Population.ADOLESCENT: "Under 18"}
AGES = {population.value: words for population, words in POPULATIONS.items()}

COLUMNS = (  # of a program, and fields of its form
    "name",
    "min_service_days",
    "max_service_days",
    "weeks",
    "breaks_count",
    "grace_minutes",
    "is_part2",
    "needs_authorization",
)
WEEK = 7 * 24  # hours
DAYS = [Optional(), Between(1, 7)]


def _within_a_week(_form: Any, field: Any) -> None:
    if not (field.data.is_finite() and 0 <= field.data <= WEEK):
        field.data = None  # nothing is compared with it
        raise StopValidation("Enter hours from 0 to 168: a week has no more.")


class ProgramForm(EditForm):
    """What the clinic offers at a level of care."""

    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=120)])
    site = Choice("Site", validators=[InputRequired("Choose a site.")])
    level = Choice(
        "Level of care",
        coerce=str,
        choices={level.value: words for level, words in LEVELS.items()},
        default=Level.INTENSIVE_OUTPATIENT.value,
    )
    population = Choice("For", coerce=str, choices=AGES, default=Population.ADULT.value)
    min_hours = Hours(
        "Hours a week, at least",
        places=None,
        validators=[InputRequired("Enter the hours."), _within_a_week],
    )
    max_hours = Hours(
        "Hours a week, at most",
        places=None,
        validators=[InputRequired("Enter the hours."), _within_a_week],
    )
    min_service_days = Number("Days a week, at least", validators=DAYS)
    max_service_days = Number("Days a week, at most", validators=DAYS)
    weeks = Number(
        "Planned length in weeks",
        validators=[Optional(), Between(1, 260)],
    )
    breaks_count = BooleanField("Breaks count as treatment time")
    grace_minutes = Number(
        "Minutes late that still count as on time",
        validators=[
            InputRequired("Enter a number of minutes, 0 for none."),
            Between(0, 60),
        ],
        default=0,
    )
    rule_set = Choice("Rule set", validators=[Optional()])
    is_part2 = BooleanField("Protected by 42 CFR Part 2", default=True)
    needs_authorization = BooleanField("Billed only with an authorization")

    phone_check_in = Choice(
        "Check-in by phone",
        coerce=str,
        choices={"": "As the clinic"}
        | {each.value: words for each, words in PHONE_CHECK_INS.items()},
        validators=[Optional()],
    )

    def validate_max_hours(self, field: Any) -> None:
        least = self.min_hours.data
        if least is not None and field.data < least:
            raise ValidationError("This is less than the least hours.")

    def validate_max_service_days(self, field: Any) -> None:
        least = self.min_service_days.data
        if least is not None and field.data < least:
            raise ValidationError("This is less than the least days.")

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        is_valid = super().validate(*args, **kwargs)
        for _, sessions, minutes in self.mix_fields:
            if is_valid and minutes.data and not sessions.data:
                sessions.errors = ["Enter how many sessions a week."]
                is_valid = False
        return bool(is_valid)

    @property
    def counts_fields(self) -> list[Any]:
        return [self[f"counts_{kind.value}"] for kind in Kind]

    @property
    def mix_fields(self) -> list[tuple[str, Any, Any]]:
        """Kind, sessions a week, minutes of each."""
        return [
            (
                kind.value.capitalize(),
                self[f"mix_{kind.value}_sessions"],
                self[f"mix_{kind.value}_minutes"],
            )
            for kind in Kind
        ]

    @classmethod
    def of(cls, program: Program | None, **options: Any) -> "ProgramForm":
        """The form, filled in as the program, loaded with its mix, is now."""
        if program is None:
            return cls()
        mix: dict[str, int] = {}
        for item in program.mix:
            mix[f"mix_{item.kind.value}_sessions"] = item.sessions
            mix[f"mix_{item.kind.value}_minutes"] = item.minutes
        return cls(
            data={name: getattr(program, name) for name in COLUMNS}
            | mix
            | {f"counts_{kind.value}": kind in program.counted_kinds for kind in Kind}
            | {
                "site": program.site_id,
                "level": program.level.value,
                "population": program.population.value,
                "min_hours": _in_hours(program.min_minutes),
                "max_hours": _in_hours(program.max_minutes),
                "rule_set": program.rule_set_id,
                "phone_check_in": program.phone_check_in,
            },
            **options,
        )

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as columns of a program."""
        facts = {name: self[name].data for name in COLUMNS}
        counted = zip(Kind, self.counts_fields, strict=True)
        return facts | {
            "counted_kinds": frozenset(kind for kind, field in counted if field.data),
            "site_id": self.site.data,
            "level": Level(self.level.data),
            "population": Population(self.population.data),
            "min_minutes": self.min_hours.minutes,
            "max_minutes": self.max_hours.minutes,
            "rule_set_id": self.rule_set.data,
            "phone_check_in": PhoneCheckIn(chosen)
            if (chosen := self.phone_check_in.data)
            else None,
        }

    @property
    def mix(self) -> list[tuple[Kind, int, int]]:
        """Kind, sessions a week and minutes of each, where any were typed."""
        return [
            (kind, sessions.data, minutes.data or 0)
            for kind, (_, sessions, minutes) in zip(Kind, self.mix_fields, strict=True)
            if sessions.data
        ]


def _in_hours(minutes: int) -> Decimal:
    return Decimal(hours(minutes))


for _kind in Kind:
    setattr(
        ProgramForm,
        f"counts_{_kind.value}",
        BooleanField(_kind.value.capitalize(), default=_kind in COUNTED),
    )
    setattr(
        ProgramForm,
        f"mix_{_kind.value}_sessions",
        Number(
            f"{_kind.value.capitalize()} sessions a week",
            validators=[Optional(), Between(0, 50)],
        ),
    )
    setattr(
        ProgramForm,
        f"mix_{_kind.value}_minutes",
        Number(
            f"Minutes of each {_kind.value} session, at least",
            validators=[Optional(), Between(0, 720)],
        ),
    )


MOST_FIGURES = 60
HOUR = 60
NEARLY = Decimal("0.02")  # of a minute: hours are shown with four decimals


class FigureForm(Line):
    """One line: what is measured, whom it is about, and the figure. Without one it is gone."""

    measure = Choice(
        "Measure",
        coerce=str,
        choices={"": "No figure"}
        | {each.value: f"{about.words} ({about.unit})" for each, about in MEASURES.items()},
    )
    population = Choice("For", coerce=str, choices={"": "Everyone"} | AGES)
    kind = Choice(
        "Kind of session",
        coerce=str,
        choices={"": "Any"} | {kind.value: kind.value.capitalize() for kind in Kind},
    )
    leaders = Number(
        "Leaders from",
        validators=[Optional(), Between(1, 20)],
    )
    value = DecimalField(  # type: ignore[call-overload]  # newer than its stubs
        "Figure",
        places=None,
        validators=[Optional()],
        invalid_value_message="This is not a number.",
    )

    def validate_value(self, field: Any) -> None:
        if self.measure.errors:
            return
        if not self.measure.data:
            raise ValidationError("Choose what the figure measures.")
        if not field.data.is_finite() or not 0 <= field.data <= 100_000:  # noqa: PLR2004 - sane
            raise ValidationError("Enter a number from 0 on.")
        scaled = self._scaled(field.data)
        if abs(scaled - round(scaled)) > NEARLY:
            raise ValidationError("Enter a whole number, of minutes where it is about hours.")

    def validate_kind(self, field: Any) -> None:
        if self.measure.data:
            leaders = self.leaders.data
            kind = Kind(field.data) if field.data else None
            if sentence := why_not_figure(Measure(self.measure.data), kind=kind, leaders=leaders):
                raise ValidationError(sentence)

    def _scaled(self, value: Decimal) -> Decimal:
        is_hours = MEASURES[Measure(self.measure.data)].unit == "hours"
        return value * HOUR if is_hours else value

    @property
    def is_empty(self) -> bool:
        return self.value.data is None

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was typed in it, nor chosen."""
        return not any(text for field in self for text in field.raw_data or ())

    @property
    def figure(self) -> Figure:
        assert self.value.data is not None
        return Figure(
            measure=Measure(self.measure.data),
            value=round(self._scaled(self.value.data)),
            population=Population(self.population.data) if self.population.data else None,
            kind=Kind(self.kind.data) if self.kind.data else None,
            leaders=self.leaders.data,
        )


class RuleSetForm(EditForm):
    """A rule set of the clinic's own."""

    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=120)])
    jurisdiction = StringField(
        "Where it holds", validators=[DataRequired("Enter where it holds."), Length(max=120)]
    )
    citation = StringField(
        "Citation", validators=[DataRequired("Enter where it is written."), Length(max=300)]
    )
    valid_from = Day("Valid from", validators=[Optional()])
    figures: Any = FieldList(FormField(FigureForm), max_entries=MOST_FIGURES)
    begun: Any = None  # the line that was asked for, to be filled in next

    @classmethod
    def of(cls, rule_set: RuleSet) -> "RuleSetForm":
        """The form, filled in as the rule set is now or as it was sent, with room for one more."""
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
        form = cls(obj=rule_set, figures=[*lines, {}])
        if only_shown():
            form._lay_out_lines()
        return form

    def _lay_out_lines(self) -> None:
        """Without those that were dropped, and with an empty one, or two where one is asked for."""
        figures, sent = self.figures, request.form
        kept = [each for n, each in enumerate(figures.entries) if f"line-{n}{DROP}" not in sent]
        while kept and kept[-1].form.is_untouched:
            kept.pop()
        figures.entries = kept
        is_more = f"{figures.name}{MORE}" in sent
        room = range(min(1 + is_more, MOST_FIGURES - len(kept)))
        new = [figures.append_entry() for _ in room]
        self.begun = new[0] if new and is_more else None

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
            figure = line.figure._replace(value=0)
            if figure in seen:
                line.measure.errors = ["This figure is listed twice."]
                is_valid = False
            seen.add(figure)
        return bool(is_valid)

    @property
    def written(self) -> list[Figure]:
        return [line.figure for line in self.lines if not line.is_empty]


def _shown(measure: Measure, value: int) -> Decimal:
    if MEASURES[measure].unit != "hours":
        return Decimal(value)
    return Decimal(f"{round(Decimal(value) / HOUR, 4).normalize():f}")
