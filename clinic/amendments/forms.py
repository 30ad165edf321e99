from collections.abc import Iterable
from datetime import datetime, time
from typing import Any, Final

from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from clinic.amendments.rules import NEEDS_WORDS, WHYS, Stand
from clinic.days import instant_of, why_not_wall_time
from clinic.db import AnyRow, id_from
from clinic.forms import Choice, Form, OneOf, WallTime
from clinic.schedule.models import Session, Status, Why
from clinic.schedule.rules.words import MARKS

MOST_LETTERS: Final = Length(max=200, message="At most 200 letters.")
OFF: Final = "off"  # the sheet
STATUSES: Final = {
    status.value: word.capitalize()
    for status, word in MARKS.items()
    if status is not Status.EXPECTED
}
REASONS: Final = {"": "Choose…"} | {why.value: words for why, words in WHYS.items()}


def _wall(instant: datetime | None, session: Session) -> time | None:
    if instant is None:
        return None
    return instant.astimezone(session.site.zone).time().replace(second=0, microsecond=0)


class StandForm(Form):
    """What was so of somebody at a session, and why that is said only now."""

    attendance = OneOf(
        "Attendance", [InputRequired("Choose what was so.")], coerce=str, choices=STATUSES
    )
    arrived = WallTime("Arrived", validators=[Optional()])
    left = WallTime("Left", validators=[Optional()])
    why = Choice(
        "Reason",
        coerce=str,
        choices=REASONS,
        validators=[InputRequired("Choose a reason.")],
    )
    words = StringField("In your words", validators=[Optional(), MOST_LETTERS])

    def __init__(self, session: Session, known: Stand | None = None, **options: Any) -> None:
        facts: dict[str, Any] = {}
        if known is not None:
            facts["attendance"] = known.status.value
            facts["arrived"] = _wall(known.arrived_at, session)
            facts["left"] = _wall(known.left_at, session)
        super().__init__(data=facts, **options)
        self.session, self.known = session, known

    def validate_arrived(self, field: Any) -> None:
        self._check(field)

    def validate_left(self, field: Any) -> None:
        self._check(field)

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        if is_valid and self.why.data == Why.OTHER.value and not self.words.data:
            self.words.errors = [NEEDS_WORDS]
            return False
        return is_valid

    def _check(self, field: Any) -> None:
        if field.data is None or self.attendance.data != Status.PRESENT.value:
            return
        if sentence := why_not_wall_time(self.session.day, field.data, self.session.site.zone):
            raise ValidationError(sentence)

    @property
    def stand(self) -> Stand | None:
        """What is to stand, once the form is valid; times are for whoever was present."""
        if self.attendance.data == OFF:
            return None
        status = Status(self.attendance.data)
        if status is not Status.PRESENT:
            return Stand(status)
        known = self.known or Stand(Status.EXPECTED)
        return Stand(
            status,
            self._instant(self.arrived.data, known.arrived_at),
            self._instant(self.left.data, known.left_at),
        )

    def _instant(self, typed: time | None, known: datetime | None) -> datetime | None:
        """What was typed on that day; the time that was shown keeps its seconds."""
        if typed is None:
            return None
        shown = _wall(known, self.session)
        if known and shown == typed:
            return known
        return instant_of(self.session.day, typed, self.session.site.zone)

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as the actions take it."""
        return {"why": Why(self.why.data), "words": self.words.data or None}


class AddForm(StandForm):
    """Somebody who was there and is not on the sheet."""

    enrollment = Choice("Who", validators=[InputRequired("Find somebody, and choose them.")])

    def offer(self, rows: Iterable[AnyRow]) -> None:
        self.enrollment.choices = [(row.id, row.name) for row in rows]


class AmendForm(StandForm):
    """What was so instead of what stands, or that somebody was not to be on the sheet."""

    version = HiddenField()  # of the booking that was looked at

    def __init__(self, session: Session, known: Stand, **options: Any) -> None:
        super().__init__(session, known, **options)
        self.attendance.choices = STATUSES | {OFF: "Should not have been on this sheet: remove"}

    @property
    def seen(self) -> int | None:
        try:
            return id_from(self.version.data)
        except (TypeError, ValueError):
            return None


class DeclineForm(Form):
    words = StringField("Why not", validators=[InputRequired(NEEDS_WORDS), MOST_LETTERS])
