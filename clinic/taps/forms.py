from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from wtforms import ValidationError
from wtforms.validators import InputRequired

from clinic.days import instant_of, why_not_wall_time
from clinic.forms import Choice, Day, Form, WallTime, to_choose
from clinic.kiosk.models import KioskDevice
from clinic.taps.rules import BACKWARDS

MINUTE: Final = timedelta(minutes=1)


class TapsForm(Form):
    """Of which kiosk check-ins are undone, and those of which minutes of a day."""

    device = Choice("Kiosk", validators=[InputRequired("Choose a kiosk.")])
    day = Day("Day", validators=[InputRequired("Enter a day.")])
    starts = WallTime("From", validators=[InputRequired("Enter a time.")])
    ends = WallTime("Through", validators=[InputRequired("Enter a time.")])

    def offer(self, devices: Iterable[KioskDevice]) -> None:
        self.zones: dict[int, ZoneInfo] = {}
        choices = []
        for one in devices:
            self.zones[one.id] = one.site.zone
            revoked = " (revoked)" if one.revoked_at else ""
            choices.append((one.id, f"{one.name}, {one.site.name}{revoked}"))
        self.device.choices = to_choose(choices)

    def validate_starts(self, field: Any) -> None:
        self._check(field)

    def validate_ends(self, field: Any) -> None:
        self._check(field)
        if self.starts.data and field.data < self.starts.data:
            raise ValidationError(BACKWARDS)

    def _check(self, field: Any) -> None:
        zone = self.zones.get(self.device.data or 0)
        if (
            zone
            and self.day.data
            and (why_not := why_not_wall_time(self.day.data, field.data, zone))
        ):
            raise ValidationError(why_not)

    @property
    def window(self) -> tuple[datetime, datetime]:
        """From a moment until before another: the last minute counts whole."""
        zone = self.zones[self.device.data]
        assert self.starts.data is not None
        assert self.ends.data is not None
        starts = instant_of(self.day.day, self.starts.data, zone)
        return starts, instant_of(self.day.day, self.ends.data, zone) + MINUTE
