from datetime import time
from typing import Any

from wtforms import StringField
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    Optional,
    ValidationError,
)

from clinic.days import WEEKDAYS, minute_of, wall_at
from clinic.forms import Between, Choice, Considered, Number, SelectChoice, WallTime
from clinic.programs.models import Organization

A_FEW = [Optional(), Between(1, 365)]


class OrganizationForm(Considered):
    """The clinic as a whole."""

    name = StringField(
        "Name of the clinic", validators=[DataRequired("Enter the name."), Length(max=120)]
    )
    week_starts = Choice(
        "Weeks begin on",
        choices=[SelectChoice(str(n), day) for n, day in enumerate(WEEKDAYS)],
        validators=[InputRequired("Choose a day.")],
    )
    afternoon_from = WallTime(
        "Afternoon from", validators=[InputRequired("Enter a time.")], default=time(12)
    )
    evening_from = WallTime(
        "Evening from", validators=[InputRequired("Enter a time.")], default=time(17)
    )
    doors_minutes = Number(
        "Check-in opens, minutes before the start",
        validators=[
            InputRequired("Enter a number of minutes."),
            Between(0, 240),
        ],
        default=15,
    )
    notice_hours = Number(
        "Notice that makes an absence excused, in hours",
        validators=[
            InputRequired("Enter a number of hours."),
            Between(0, 336),
        ],
        default=24,
    )
    alert_in_a_row = Number("Misses in a row", validators=A_FEW)
    alert_misses = Number("Misses within a period", validators=A_FEW)
    alert_days = Number("Days of that period", validators=A_FEW)
    alert_in_episode = Number("Misses in an episode of care", validators=A_FEW)

    def validate_evening_from(self, field: Any) -> None:
        if self.afternoon_from.data and field.data < self.afternoon_from.data:
            raise ValidationError("The evening cannot begin before the afternoon does.")

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        is_valid = super().validate(*args, **kwargs)
        if is_valid and (self.alert_misses.data is None) != (self.alert_days.data is None):
            lacking = self.alert_days if self.alert_days.data is None else self.alert_misses
            lacking.errors = ["Enter both, the misses and the days, or neither."]
            return False
        return bool(is_valid)

    @classmethod
    def of(cls, organization: Organization | None) -> "OrganizationForm":
        """The form, filled in as the clinic is now."""
        if organization is None:
            return cls(week_starts=0)
        names = (
            "name",
            "week_starts",
            "doors_minutes",
            "notice_hours",
            "alert_in_a_row",
            "alert_misses",
            "alert_days",
            "alert_in_episode",
        )
        return cls(
            data={name: getattr(organization, name) for name in names}
            | {
                "afternoon_from": wall_at(organization.afternoon_from),
                "evening_from": wall_at(organization.evening_from),
            }
        )

    @property
    def settings(self) -> dict[str, Any]:
        """What was typed, as the action takes it."""
        assert self.afternoon_from.data is not None
        assert self.evening_from.data is not None
        return {
            "name": self.name.data,
            "week_starts": self.week_starts.data,
            "afternoon_from": minute_of(self.afternoon_from.data),
            "evening_from": minute_of(self.evening_from.data),
            "doors_minutes": self.doors_minutes.data,
            "notice_hours": self.notice_hours.data,
            "alert_in_a_row": self.alert_in_a_row.data,
            "alert_misses": self.alert_misses.data,
            "alert_days": self.alert_days.data,
            "alert_in_episode": self.alert_in_episode.data,
        }
