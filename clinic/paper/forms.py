"""What was written on a paper sheet, typed in afterwards: a line for each person."""

from collections.abc import Iterable, Mapping

from wtforms import IntegerField

from clinic.attendance.forms import SAVE, MarkForm
from clinic.forms import Choice
from clinic.paper.rules import NO_STATUS
from clinic.schedule.models import Booking, Status
from clinic.schedule.rules.words import MARKS

REST = "rest"  # whoever is not named was there
_CHOICES = {
    status.value: MARKS[status].capitalize() for status in Status if status is not Status.EXPECTED
}


class PaperLine(MarkForm):
    """One line of it. Times without more say that somebody was there."""

    state = Choice("Attendance", choices={"": "Choose…"} | _CHOICES, coerce=str)
    version = IntegerField()  # of the booking, when the page was opened

    def __init__(self, booking: Booking, typed: Mapping[str, str]) -> None:
        word = typed.get(f"{booking.id}-state")
        is_rest = REST in typed and booking.status is Status.EXPECTED and not word
        super().__init__(booking, word or SAVE)
        if booking.status is not Status.EXPECTED:
            self.state.choices = _CHOICES
            self.state.data = self.state.data or booking.status.value
        if is_rest and not self.is_typed:
            self.status = Status.PRESENT

    @property
    def is_typed(self) -> bool:
        return self.differs(self.booking.session.site.zone)

    @property
    def is_new(self) -> bool:
        """Whether it says what is not on the sheet already."""
        return self.is_typed or self.status not in {None, self.booking.status}

    @property
    def problem(self) -> str:
        found = (str(errors[0]) for errors in self.errors.values() if errors)
        return next(found, NO_STATUS)


def lines_of(bookings: Iterable[Booking], typed: Mapping[str, str]) -> dict[int, PaperLine]:
    """Booking id to the line of its person, of those that can still be changed."""
    return {each.id: PaperLine(each, typed) for each in bookings if each.signed_at is None}
