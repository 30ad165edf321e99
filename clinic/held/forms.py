from collections.abc import Iterable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import StringField
from wtforms.validators import Length, Optional, ValidationError

from clinic.days import instant_of, why_not_wall_time
from clinic.db import AnyRow
from clinic.forms import Choice, EditForm, Several, WallTime
from clinic.held import queries
from clinic.held.rules import Held, Led, led_anew
from clinic.schedule.models import Session

LONGEST_TOPIC = 200


class HeldForm(EditForm):
    """How a session took place, where that is not as planned."""

    topic = StringField(
        "Topic covered",
        validators=[Optional(), Length(max=LONGEST_TOPIC, message="At most 200 letters.")],
    )
    held_from = WallTime("Began at", validators=[Optional()])
    held_until = WallTime("Ended at", validators=[Optional()])
    led_by = Several("Who led", validators=[Optional()])
    stood_in = Choice("Somebody who stood in", validators=[Optional()])

    def __init__(
        self, session: Session, staff: Iterable[AnyRow], *, with_topics: bool, **options: Any
    ) -> None:
        self.session = session
        self.held = queries.held_of(session.id)
        super().__init__(data=self._facts(self.held), **options)
        if not with_topics:
            del self.topic
        self.led_by.choices = [(each.staff_id, _named(each)) for each in self.held.leaders]
        known = {each.staff_id for each in self.held.leaders}
        self.names = {row.id: row.name for row in staff if row.id not in known}
        self.stood_in.choices = [("", "Nobody"), *self.names.items()]

    def _facts(self, held: Held) -> dict[str, Any]:
        zone = self.session.site.zone
        return {
            "topic": held.topic,
            "held_from": _wall(held.held_from, zone),
            "held_until": _wall(held.held_until, zone),
            "led_by": held.led_by,
        }

    def _there(self) -> dict[str, Any]:
        """What is stored now: read anew under the lock of whoever saves."""
        facts = self._facts(queries.held_of(self.session.id))
        return {name: fact for name, fact in facts.items() if name in self}

    def validate_held_from(self, field: Any) -> None:
        self._instant(field.data)

    def validate_held_until(self, field: Any) -> None:
        self._instant(field.data)

    @property
    def typed(self) -> Held:
        """What was typed, once the form is valid; a topic that is not shown stays."""
        stood_in = self.stood_in.data
        new = Led(stood_in, self.names[stood_in], has_led=True, stood_in=True) if stood_in else None
        return Held(
            self._instant(self.held_from.data, self.held.held_from),
            self._instant(self.held_until.data, self.held.held_until),
            (self.topic.data or None) if "topic" in self else self.held.topic,
            led_anew(self.held.leaders, self.led_by.data or (), new),
        )

    def _instant(self, wall: time | None, known: datetime | None = None) -> datetime | None:
        """What a time typed here means. The one that it showed keeps its seconds."""
        zone, day = self.session.site.zone, self.session.day
        if wall is None or wall == _wall(known, zone):
            return known if wall else None
        if sentence := why_not_wall_time(day, wall, zone):
            raise ValidationError(sentence)
        return instant_of(day, wall, zone)


def _wall(at: datetime | None, zone: ZoneInfo) -> time | None:
    return at.astimezone(zone).time().replace(second=0, microsecond=0) if at else None


def _named(leader: Led) -> str:
    return f"{leader.name} (stood in)" if leader.stood_in else leader.name
