import functools
from typing import Any

from wtforms import StringField
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    Optional,
    ValidationError,
)

from clinic import clock
from clinic.forms import Between, Choice, Considered, Form, Number, SelectChoice

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
def time_zones() -> list[SelectChoice]:
    """Every time zone in groups: the United States first, the others by continent."""
    american = [
        SelectChoice(name, words, optgroup="United States") for name, words in AMERICAN.items()
    ]
    others = [_choice(name) for name in sorted(clock.zone_names() - AMERICAN.keys())]
    return american + sorted(
        others, key=lambda each: (each.optgroup == OTHER, each.optgroup or "", each.label)
    )


def _choice(name: str) -> SelectChoice:
    continent, _, place = name.partition("/")
    words = (place or name).replace("_", " ")
    return SelectChoice(name, words, optgroup=continent if place else OTHER)


class SiteForm(Considered):
    """A place where the clinic works."""

    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=120)])
    timezone = Choice("Time zone", coerce=str, validators=[InputRequired("Choose the time zone.")])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.timezone.choices = [SelectChoice("", "Choose…"), *time_zones()]


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


class RoomForm(Form):
    """A room and how many people it holds."""

    name = StringField("Room", validators=[DataRequired("Enter a name."), Length(max=120)])
    seats = Number("Seats", validators=[InputRequired("Enter how many people it holds."), SEATS])
