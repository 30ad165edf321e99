"""What was typed on a sheet: one form for all its rows, of which one has its button pressed."""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict
from wtforms import StringField
from wtforms.validators import Length, ValidationError

from clinic.attendance.rules import NOT_LATE_YET, Press, is_asked_when
from clinic.days import instant_of, why_not_wall_time
from clinic.formats import field_time
from clinic.forms import Form
from clinic.schedule.models import ABSENT, Identity, Mode, Status
from clinic.schedule.rules.words import MINUTE, is_late, reason_shown

LONGEST_REASON = 200
NOT_A_TIME = "This is not a time. Write it like 09:05."
TOO_LONG = f"The reason is too long: {LONGEST_REASON} letters at most."
NO_STATUS = "Press one of the buttons of the row."

NOTES: dict[str, dict[str, Any]] = {  # words of buttons that mark nobody anew
    "room": {"took_part": Mode.IN_PERSON},
    "video": {"took_part": Mode.VIRTUAL},
    **{
        f"id-{each.value}": {"identified_by": each} for each in Identity if each is not Identity.PIN
    },
}
_STATUSES = {status.value: status for status in Status}
_CHANGE = re.compile(r"[0-9a-f]{32}")
LATE, SAVE = "late", "save"
_PRESSED = re.compile(r"(\d{1,9})\.(\d{1,9})\.([a-z-]+\d{0,2})", re.ASCII)
_LATE = re.compile(r"late(?:-(now|\d{1,2}))?", re.ASCII)
_AGO = re.compile(r"\d{1,4}", re.ASCII)
_ID = re.compile(r"\d{1,9}", re.ASCII)
_PRESS = re.compile(r"([0-9a-f]{16})\.(\d{1,9})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)


def pressed(form: Mapping[str, str]) -> tuple[int, int, str]:
    """What a button of a row says: `12.3.present` is booking 12 in version 3, and its word.

    No booking has the id 0.
    """
    found = _PRESSED.fullmatch(form.get("mark", ""))
    return (int(found[1]), int(found[2]), found[3]) if found else (0, 0, "")


def pressed_at(form: Mapping[str, str], now: datetime) -> datetime:
    """When the button was pressed, of what found no answer at first and was sent again."""
    text = form.get("ago", "")
    return now - timedelta(seconds=int(text)) if _AGO.fullmatch(text) else now


def press(form: Mapping[str, str]) -> Press | None:
    """Which press of its page it is, where a script says so: `0123456789abcdef.3`."""
    found = _PRESS.fullmatch(form.get("press", ""))
    return Press(found[1], int(found[2])) if found else None


class MarkForm(Form):
    """One row of a sheet; the names of its fields begin with the id of its booking.

    A button's word is a status, or `late` for now, `late-10` for minutes after the start, `save`
    for what is typed in the row.
    """

    arrived = StringField("Arrived")
    left = StringField("Left")
    reason = StringField(
        "Reason",
        filters=[lambda text: text or ""],
        validators=[Length(max=LONGEST_REASON, message=TOO_LONG)],
    )

    def __init__(
        self, booking: Any, word: str = "", *, at: datetime | None = None, **options: Any
    ) -> None:
        """`booking` may be a row of the sheet where no button was pressed; `at` is when one was."""
        super().__init__(prefix=str(booking.id), **options)
        self.booking = booking
        self.word = word
        self.at = at
        self.late = _LATE.fullmatch(word)
        self.noted = NOTES.get(word, {})
        self.status = self._status()
        self.arrived_at: datetime | None = None
        self.left_at: datetime | None = None

    def _status(self) -> Status | None:
        if self.late:
            return Status.PRESENT
        if self.noted:
            return Status.PRESENT if self.booking.status is Status.PRESENT else None
        if self.word != SAVE:
            return _STATUSES.get(self.word)
        if self.booking.status is not Status.EXPECTED:
            return self.booking.status  # type: ignore[no-any-return]
        return Status.PRESENT if self.arrived.data or self.left.data else None

    @property
    def asks(self) -> bool:
        """Whether Late was pressed, and when they came must be said first."""
        assert self.at is not None
        return self.word == LATE and is_asked_when(self.booking, self.booking.session, now=self.at)

    @property
    def problem(self) -> str:
        """What is wrong with the row."""
        return next((str(errors[0]) for errors in self.errors.values() if errors), NO_STATUS)

    @property
    def given_reason(self) -> str | None:
        """The reason for the status that was pressed; empty takes it away, None leaves it be.

        What the row showed already goes on to another kind of absence, but to nothing else.
        """
        before, typed = self.booking.status, self.reason.data
        is_taken_back = self.status is Status.EXPECTED and before is not Status.EXPECTED
        if is_taken_back or not self.reason.raw_data:
            return None
        if typed == (reason_shown(self.booking) or ""):
            return typed if typed and {before, self.status} <= ABSENT else None
        return typed if typed or self.status is before else None

    def validate(self, extra_validators: Any = None) -> bool:
        return super().validate(extra_validators) and self.status is not None

    def differs(self, zone: ZoneInfo) -> bool:
        """Whether something was typed in the row that the sheet did not show."""
        shown = (self.booking.arrived_at, self.booking.left_at)
        typed = (self.arrived.data, self.left.data)
        reasons = {self.reason.data, reason_shown(self.booking) or ""}
        return bool(self.reason.raw_data and len(reasons) > 1) or any(
            text is not None and text != field_time(known, zone)
            for text, known in zip(typed, shown, strict=True)
        )

    def validate_arrived(self, field: StringField) -> None:
        known = self.booking.arrived_at
        if self.late:
            self.arrived_at = self._late(self.late[1])
        elif not self._is_on_time_now():
            self.arrived_at = self._instant(field, known=known)

    def validate_left(self, field: StringField) -> None:
        self.left_at = self._instant(field, known=self.booking.left_at)

    def _late(self, minutes: str | None) -> datetime:
        """When somebody came who is late: now, or so many minutes after the start."""
        assert self.at is not None
        starts_at = self.booking.session.starts_at
        is_now = minutes in {None, "now"}
        arrived = self.at if is_now else starts_at + int(minutes or 0) * MINUTE
        if arrived <= starts_at:
            raise ValidationError(NOT_LATE_YET)
        return arrived

    def _is_on_time_now(self) -> bool:
        """Whether somebody who was late is marked present, and nothing else is typed."""
        session = self.booking.session
        return (
            self.word == Status.PRESENT.value
            and is_late(self.booking, session)
            and not self.differs(session.site.zone)
        )

    def _instant(self, field: StringField, *, known: datetime | None) -> datetime | None:
        """What a time typed on the sheet means. The one it showed keeps its seconds."""
        text = field.data or ""
        if self.status is not Status.PRESENT:
            return None  # only whoever was present came and went
        if not text:
            return known if self.noted and not field.raw_data else None
        day, zone = self.booking.session.day, self.booking.session.site.zone
        if text == field_time(known, zone):
            return known
        found = _TIME.fullmatch(text)
        hour, minute = map(int, found.groups()) if found else (24, 0)
        if hour > 23 or minute > 59:  # noqa: PLR2004 - the clock's own
            raise ValidationError(NOT_A_TIME)
        wall = time(hour, minute)
        if sentence := why_not_wall_time(day, wall, zone):
            raise ValidationError(sentence)
        return instant_of(day, wall, zone)


def at_work(form: MultiDict[str, str]) -> tuple[set[int], set[int]]:
    """The rows that are left alone when the rest are marked: those that are open, and those of
    which a mark is on its way."""
    opened, busy = (
        {int(text) for text in form.getlist(name) if _ID.fullmatch(text)}
        for name in ("open", "busy")
    )
    return opened, busy


def change(form: Mapping[str, str]) -> str:
    """The name of what is to be undone; empty for what cannot be one."""
    text = form.get("change", "")
    return text if _CHANGE.fullmatch(text) else ""
