import functools
from collections import defaultdict
from datetime import time
from typing import Any

from wtforms import BooleanField, EmailField, StringField, TextAreaField
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    Optional,
    ValidationError,
)

from clinic import clock
from clinic.accounts.rules import normal_email, why_not_email
from clinic.days import WEEKDAYS, minute_of, wall_at
from clinic.forms import Between, Choice, EditForm, Number, WallTime
from clinic.participants.forms import Phone
from clinic.programs.models import Organization, PhoneCheckIn
from clinic.programs.rules import PHONE_CHECK_INS

COLUMNS = (  # of the organization, and fields of its form
    "name",
    "week_starts",
    "doors_minutes",
    "notice_hours",
    "alert_in_a_row",
    "alert_misses",
    "alert_days",
    "alert_in_episode",
    "alert_after_run",
    "alert_fall",
    "clinicians_manage_rosters",
    "asks_identity",
    "closing_email",
    "amendment_minutes",
    "sends_digest",
    "hold_hours",
    "excused_use_units",
    "authorization_days",
    "authorization_percent",
)
A_FEW = [Optional(), Between(1, 365)]


class OrganizationForm(EditForm):
    """The clinic as a whole."""

    name = StringField(
        "Name of the clinic", validators=[DataRequired("Enter the name."), Length(max=120)]
    )
    week_starts = Choice(
        "Weeks begin on",
        choices={str(n): day for n, day in enumerate(WEEKDAYS)},
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
        "Hours of notice for an excused absence",
        validators=[
            InputRequired("Enter a number of hours."),
            Between(0, 336),
        ],
        default=24,
    )
    phone_check_in = Choice(
        "Check-in by phone",
        coerce=str,
        choices={each.value: words for each, words in PHONE_CHECK_INS.items()},
        default=PhoneCheckIn.CODE.value,
    )
    alert_in_a_row = Number("Misses in a row", validators=A_FEW)
    alert_misses = Number("Misses within a period", validators=A_FEW)
    alert_days = Number("Days of that period", validators=A_FEW)
    alert_in_episode = Number("Misses in an episode of care", validators=A_FEW)
    alert_after_run = Number("First miss after sessions attended in a row", validators=A_FEW)
    alert_fall = Number(
        "Share attended falls by percentage points", validators=[Optional(), Between(1, 100)]
    )
    clinicians_manage_rosters = BooleanField(
        "Clinicians manage rosters of their own groups and caseload", default=True
    )
    closing_email = EmailField("Mail closing values to", validators=[Optional(), Length(max=200)])
    amendment_minutes = Number(
        "Minutes that one person alone may amend",
        validators=[InputRequired("Enter a number of minutes."), Between(0, 1440)],
        default=60,
    )
    hold_hours = Number(
        "Hours that an offered seat is held",
        validators=[InputRequired("Enter a number of hours."), Between(1, 48)],
        default=4,
    )
    excused_use_units = BooleanField("Excused absences use units of an authorization")
    authorization_days = Number(
        "Days before an authorization or certification runs out",
        validators=[InputRequired("Enter a number of days."), Between(0, 90)],
        default=14,
    )
    authorization_percent = Number(
        "Percent of its units left",
        validators=[InputRequired("Enter a percentage."), Between(0, 100)],
        default=20,
    )
    asks_identity = BooleanField("Sheets ask how identity was confirmed")
    sends_digest = BooleanField(
        "Mail clinicians in the morning when somebody’s week is at risk", default=True
    )

    def validate_closing_email(self, field: Any) -> None:
        if why_not := why_not_email(field.data):
            raise ValidationError(why_not)

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
        return cls(
            data={name: getattr(organization, name) for name in COLUMNS}
            | {
                "phone_check_in": organization.phone_check_in,
                "afternoon_from": wall_at(organization.afternoon_from),
                "evening_from": wall_at(organization.evening_from),
            }
        )

    @property
    def settings(self) -> dict[str, Any]:
        """What was typed, as the action takes it."""
        assert self.afternoon_from.data is not None
        assert self.evening_from.data is not None
        return {name: self[name].data for name in COLUMNS} | {
            "phone_check_in": PhoneCheckIn(self.phone_check_in.data),
            "afternoon_from": minute_of(self.afternoon_from.data),
            "evening_from": minute_of(self.evening_from.data),
            "closing_email": normal_email(self.closing_email.data or "") or None,
        }


SEATS = Between(1, 1000)
OTHER = "Other"
AMERICAN = {  # the ones that most clinics here are looking for, from east to west
    "America/New_York": "Eastern (New York)",
    "America/Detroit": "Eastern (Detroit)",
    "America/Indiana/Indianapolis": "Eastern (Indianapolis)",
    "America/Chicago": "Central (Chicago)",
    "America/Denver": "Mountain (Denver)",
    "America/Boise": "Mountain (Boise)",
    "America/Phoenix": "Mountain without summer time (Phoenix)",
    "America/Los_Angeles": "Pacific (Los Angeles)",
    "America/Anchorage": "Alaska (Anchorage)",
    "America/Adak": "Aleutian Islands (Adak)",
    "Pacific/Honolulu": "Hawaii (Honolulu)",
    "America/Puerto_Rico": "Atlantic (Puerto Rico)",
}


@functools.cache
def time_zones() -> dict[str, dict[str, str]]:
    """Every time zone in groups: the United States first, the others by continent."""
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    words = {name: name.replace("_", " ") for name in clock.zone_names() - AMERICAN.keys()}
    for name in sorted(words, key=words.__getitem__):
        continent, _, place = words[name].partition("/")
        groups[continent if place else OTHER][name] = place or words[name]
    others = {name: groups[name] for name in sorted(groups, key=lambda name: (name == OTHER, name))}
    return {"United States": AMERICAN} | others


class SiteForm(EditForm):
    """A place where the clinic works."""

    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=120)])
    timezone = Choice("Time zone", coerce=str, validators=[InputRequired("Choose the time zone.")])
    address = StringField("Address", validators=[Optional(), Length(max=200)])
    phone = Phone("Phone", validators=[Optional()])
    way_in = TextAreaField("How to get in", validators=[Optional(), Length(max=500)])

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as the actions take it, once the form is valid."""
        return {
            "name": self.name.data or "",
            "timezone": self.timezone.data,
            "address": self.address.data or None,
            "phone": self.phone.kept,
            "way_in": self.way_in.data or None,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.timezone.choices = {"": "Choose…"} | time_zones()


class NewSiteForm(SiteForm):
    """A site with its first room."""

    room = StringField("First room", validators=[Optional(), Length(max=120)])
    seats = Number("Seats in it", validators=[Optional(), SEATS])

    def validate_seats(self, field: Any) -> None:
        if field.data is not None and not self.room.data:
            raise ValidationError("Name the room, too.")

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        is_valid = super().validate(*args, **kwargs)
        if is_valid and self.room.data and self.seats.data is None:
            self.seats.errors = ["Enter how many people it holds."]
            return False
        return bool(is_valid)


class RoomForm(EditForm):
    """A room and how many people it holds."""

    name = StringField("Room", validators=[DataRequired("Enter a name."), Length(max=120)])
    seats = Number("Seats", validators=[InputRequired("Enter how many people it holds."), SEATS])

    @property
    def facts(self) -> dict[str, Any]:
        return {"name": self.name.data or "", "seats": self.seats.data or 0}
