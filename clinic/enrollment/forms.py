from datetime import date
from typing import Any

from wtforms import BooleanField, DecimalField, Field, HiddenField, RadioField, StringField
from wtforms.validators import (
    InputRequired,
    Length,
    NumberRange,
    Optional,
    StopValidation,
    ValidationError,
)

from clinic.days import DAY, why_not_range
from clinic.enrollment import actions, rules
from clinic.enrollment.models import EndReason, Outcome
from clinic.enrollment.rules import end_after
from clinic.forms import Choice, Day, Form, Number, OneOf, Several, day_from
from clinic.programs.models import DayPart, Program
from clinic.weekly import WeeklyTimes

WEEK = 7 * 24  # hours
FIRST_DAY = "Enter the first day."
LAST_DAY = "Enter the last day."


def _within_a_week(_form: Any, field: Any) -> None:
    if not (field.data.is_finite() and 0 <= field.data <= WEEK):
        raise StopValidation("Enter hours from 0 to 168: a week has no more.")


def _is_typed(field: Field) -> bool:
    return any(text.strip() for text in field.raw_data or [])


class Hours(DecimalField):
    """Hours a week, quarters and halves too; `minutes` has them as whole minutes.

    Of a form that is only shown, too: what no week has is nothing.
    """

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("This is not a number of hours. Write it like 9 or 10.5.") from None

    @property
    def minutes(self) -> int | None:
        typed = self.data
        if typed is None or not (typed.is_finite() and 0 <= typed <= WEEK):
            return None
        return round(typed * 60)


def _word(value: Any) -> str | None:
    return str(value) if value else None


DAY_PARTS = {"": "Any"} | {part.value: part.value.capitalize() for part in DayPart}


class _WishFields(Form):
    wished_part = Choice(
        "Preferred time of day", choices=DAY_PARTS, coerce=_word, validators=[Optional()]
    )
    unavailable = WeeklyTimes(
        "Times they cannot come",
        is_open=True,
        description="Work, school, children: what comes back every week. Without a start or an "
        "end, from or until midnight.",
    )

    @property
    def wish(self) -> DayPart | None:
        return DayPart(self.wished_part.data) if self.wished_part.data else None


class ActForm(Form):
    """An act on an enrollment. `rows` is how its fields stand on the page."""

    rows: tuple[tuple[str, ...], ...] = ()

    amends = StringField(
        "Why (this changes past weeks)",
        validators=[Optional(), Length(max=500, message="500 characters are enough.")],
    )

    @property
    def asks_why(self) -> bool:
        """Whether the reason for reaching back is asked for."""
        return bool(self.amends.raw_data or self.amends.errors)

    @property
    def why(self) -> str | None:
        return self.amends.data or None

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as the facts of an action, once the form is valid."""
        return {"amends": self.why}


class _TargetFields(ActForm):
    min_hours = Hours("Hours a week, at least", validators=[Optional(), _within_a_week])
    max_hours = Hours("Hours a week, at most", validators=[Optional(), _within_a_week])
    min_days = Number(
        "Days a week, at least",
        validators=[Optional(), NumberRange(0, 7, message="A week has 7 days.")],
    )

    def validate_min_hours(self, _field: Any) -> None:
        self._require_both(self.max_hours)

    def validate_max_hours(self, _field: Any) -> None:
        self._require_both(self.min_hours)

    def _require_both(self, other: Hours) -> None:
        if not _is_typed(other):
            raise ValidationError("Enter both, the least and the most hours, or neither.")

    @property
    def target(self) -> actions.Hours | None:
        """The prescribed hours, if any of their own were typed."""
        least, most = self.min_hours.minutes, self.max_hours.minutes
        if least is None or most is None:
            return None
        return actions.Hours(least, most, self.min_days.data)


class PlacementForm(_TargetFields):
    """Into a program from a day on, with groups, for which all that is in `rows` is asked first."""

    program = OneOf("Program", validators=[InputRequired("Choose the program.")])
    ends_for = HiddenField()  # the program by whose length the planned last day was worked out
    from_on = Day("First day", validators=[InputRequired(FIRST_DAY)])
    until_on = Day("Planned last day", validators=[Optional()])
    clinician = Choice("Primary clinician", validators=[Optional()])
    groups = Several("Groups", validators=[Optional()])

    def follow(self, program: Program | None) -> bool:
        """Have the planned last day follow from a program that was just chosen; whether it was."""
        if program is None or self.ends_for.data == str(program.id):
            return False
        first = self.from_on.data
        self.until_on.data = end_after(first, program.weeks) if first else None
        self.until_on.raw_data, self.until_on.process_errors = None, []
        self.ends_for.data = str(program.id)
        return True

    def validate_until_on(self, field: Any) -> None:
        if self.from_on.data and (sentence := why_not_range(self.from_on.data, field.data)):
            raise ValidationError(sentence)

    @property
    def facts(self) -> dict[str, Any]:
        return {"from_on": self.from_on.day, "until_on": self.until_on.data, "target": self.target}


class EnrollForm(PlacementForm, _WishFields):
    """A participant in a program, from a day on."""

    rows = (
        ("from_on", "until_on"),
        ("min_hours", "max_hours", "min_days"),
        ("wished_part", "clinician"),
        ("unavailable",),
    )

    @property
    def facts(self) -> dict[str, Any]:
        return super().facts | {"wished_part": self.wish, "unavailable": self.unavailable.data}


class StepDownForm(PlacementForm):
    """Out of one program and into the next, in the same episode of care."""

    rows = (
        ("from_on", "until_on"),
        ("min_hours", "max_hours", "min_days"),
        ("clinician",),
        ("outcome",),
        ("transition_weeks",),
    )

    outcome = RadioField(
        "How the program before ends",
        choices={
            Outcome.TRANSFERRED.value: "Transferred",
            Outcome.COMPLETED.value: "Completed",
        },
        default=Outcome.TRANSFERRED.value,
        coerce=str,
    )
    transition_weeks = Several(
        "Transition weeks",
        coerce=day_from,
        validators=[Optional()],
        description="Up to two weeks of stepping down, which never count as short.",
    )

    @property
    def facts(self) -> dict[str, Any]:
        return super().facts | {
            "outcome": Outcome(self.outcome.data),
            "transition_weeks": self.transition_weeks.data or (),
            "amends": self.why,
        }


class TargetForm(_TargetFields):
    """Other prescribed hours from a day on."""

    rows = (("from_on",), ("min_hours", "max_hours", "min_days"))

    from_on = Day("From", validators=[InputRequired("Enter the day from which this holds.")])
    min_hours = Hours(
        "Hours a week, at least", validators=[InputRequired("Enter the hours."), _within_a_week]
    )
    max_hours = Hours(
        "Hours a week, at most", validators=[InputRequired("Enter the hours."), _within_a_week]
    )

    @property
    def facts(self) -> dict[str, Any]:
        return {"from_on": self.from_on.day, "target": self.target, "amends": self.why}


class LeaveForm(ActForm):
    """Leave from a day to a day."""

    rows = (("from_on", "until_on"), ("reason",))

    from_on = Day("First day away", validators=[InputRequired(FIRST_DAY)])
    until_on = Day("Last day away", validators=[InputRequired(LAST_DAY)])
    reason = StringField("Reason", validators=[Optional(), Length(max=200)])

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "from_on": self.from_on.day,
            "until_on": self.until_on.day,
            "reason": self.reason.data or None,
            "amends": self.why,
        }


class LeaveEndForm(ActForm):
    """Another last day of a leave, or none at all."""

    rows = (("until_on",), ("is_called_off",))
    from_on: date  # of the leave

    until_on = Day("Last day away", name="last_on", validators=[Optional()])
    is_called_off = BooleanField("Cancel it: they stay")

    def validate_is_called_off(self, field: Any) -> None:
        if not field.data and not _is_typed(self.until_on):
            raise ValidationError("Enter the last day, or cancel the leave.")

    @property
    def facts(self) -> dict[str, Any]:
        last_on = self.from_on - DAY if self.is_called_off.data else self.until_on.day
        return {"from_on": self.from_on, "last_on": last_on, "amends": self.why}


class TransitionWeeksForm(ActForm):
    """The weeks of stepping down."""

    rows = (("weeks",),)

    weeks = Several("Weeks", coerce=day_from, validators=[Optional()])

    @property
    def facts(self) -> dict[str, Any]:
        return {"weeks": self.weeks.data or (), "amends": self.why}


class PlannedEndForm(ActForm):
    """Another planned last day, or none."""

    rows = (("until_on",),)

    until_on = Day(
        "Planned last day",
        validators=[Optional()],
        description="Leave it empty when the end is open.",
    )

    @property
    def facts(self) -> dict[str, Any]:
        return {"until_on": self.until_on.data, "amends": self.why}


def ending(outcome: Outcome | None, reason: EndReason | None) -> str | None:
    """How and why an enrollment ended, as one choice."""
    return f"{outcome.value}:{reason.value}" if outcome and reason else None


class EndForm(ActForm):
    """How, why and when an enrollment ended."""

    rows = (("until_on",), ("ending",))

    until_on = Day("Last day", name="last_on", validators=[InputRequired(LAST_DAY)])
    ending = RadioField(
        "How it ended",
        choices={str(ending(*each)): words for each, words in rules.ENDINGS.items()},
        validators=[InputRequired("Choose how it ended.")],
    )

    @property
    def facts(self) -> dict[str, Any]:
        outcome, _, reason = self.ending.data.partition(":")
        return {
            "until_on": self.until_on.day,
            "outcome": Outcome(outcome),
            "reason": EndReason(reason),
            "amends": self.why,
        }


class CircumstancesForm(ActForm, _WishFields):
    """Who cares for somebody first, and when they can come."""

    rows = (("clinician", "wished_part"), ("unavailable",))

    clinician = Choice("Primary clinician", validators=[Optional()])

    @property
    def facts(self) -> dict[str, Any]:
        return {"wished_part": self.wish, "unavailable": self.unavailable.data}
