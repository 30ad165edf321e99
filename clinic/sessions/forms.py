"""What is typed to plan one session, to change it by hand and to cancel it."""

from collections.abc import Iterable, Sequence
from typing import Any, Self
from zoneinfo import ZoneInfo

from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Length, Optional

from clinic.days import Span, times_of
from clinic.db import AnyRow
from clinic.formats import day_short, wall_range
from clinic.forms import Day, Form, Several
from clinic.programs.models import Kind
from clinic.schedule.forms import HoldForm, facts_of, title_of
from clinic.schedule.models import Mode, SeriesPlan, Session
from clinic.schedule.queries.free_times import free_rooms
from clinic.schedule.queries.offers import find_room
from clinic.schedule.rules.sessions import why_not_times

LONGEST_REASON = 200
USUAL_SEATS = 8
TELL = "Tell the people affected by e-mail"
OF_ITS_GROUP = ("title", "kind", "people", "find")  # what a meeting has from its group
FIXED = ("day", "starts", "ends", "mode", *OF_ITS_GROUP)  # what stays once it has begun


def number_of(text: Any) -> int | None:
    """A number that a hidden field carries; None for what is none."""
    return int(text) if str(text or "").isdecimal() else None


class CancelForm(Form):
    """Why a session is cancelled."""

    reason = StringField(
        "Reason",
        id="cancel-reason",  # another form of its page has one, too
        validators=[Optional(), Length(max=LONGEST_REASON, message="At most 200 letters.")],
    )
    seen = HiddenField()  # the calendar's number of the session when the page was made

    tell = BooleanField(TELL, id="cancel-tell")

    @property
    def seen_number(self) -> int | None:
        return number_of(self.seen.data)


class ReinstateForm(Form):
    """That a session takes place after all."""

    tell = BooleanField(TELL)


class SessionForm(HoldForm):
    """A session, and who is on it where no group says so."""

    day = Day("Day", validators=[InputRequired("Enter the day.")])
    people = Several("Who", validators=[InputRequired("Choose who it is for.")])
    find = StringField("Find by name", validators=[Optional()])
    reason = StringField(
        "Reason",
        validators=[Optional(), Length(max=LONGEST_REASON, message="At most 200 letters.")],
    )
    tell = BooleanField(TELL)
    seen = HiddenField()

    zone: ZoneInfo | None = None  # of the place, once it is known
    found: int | None = None  # how many more people a search by name has found

    @classmethod
    def of(cls, session: Session, on_it: list[int], *, is_fixed: bool, **options: Any) -> Self:
        """The form of a session as it would be typed, without what stays as it is."""
        zone = session.site.zone
        facts = facts_of(session) | {
            "title": session.title,
            "day": session.day,
            "starts": session.starts_at.astimezone(zone).time(),
            "ends": session.ends_at.astimezone(zone).time(),
            "people": on_it,
            "seen": session.sequence,
        }
        form = cls(data=facts, **options)
        for name in FIXED if is_fixed else OF_ITS_GROUP if session.series_id else ():
            del form[name]
        form.zone = zone
        return form

    def propose(self, people: Sequence[AnyRow], *, leader_ids: Sequence[int | None]) -> None:
        """Fill in what nobody has chosen yet: what it is called, who leads, and the seats.

        Those of `leader_ids` come to mind first.
        """
        number = max(1, len(people))
        self.title.data = self.title.data or title_of(self.kind.data)
        own = self.kind.data in {Kind.INDIVIDUAL, Kind.FAMILY}
        self.seats.data = max(self.seats.data or (1 if own else USUAL_SEATS), number)
        offered = [each[0] for each in self.lead.choices or [] if each[0]]
        if self.lead.data not in offered:
            self.lead.data = next((one for one in leader_ids if one in offered), None)

    def choose_room(self, people: Sequence[AnyRow]) -> None:
        """Choose the smallest free room that fits, where none is chosen and one is needed."""
        day, starts, ends = self.day.data, self.starts.data, self.ends.data
        is_chosen = self.room.data or self.mode.data == Mode.VIRTUAL
        if is_chosen or not (people and day and starts and ends) or why_not_times(starts, ends):
            return
        assert self.zone is not None
        wanted, seats = Span(*times_of(day, starts, ends, self.zone)), self.seats.data or 1
        free = (
            room_id
            for room_id, taken in free_rooms(people[0].site_id, day, day, seats=seats)
            if not any(wanted.overlaps(each) for each in taken)
        )
        self.room.data = next(free, None)

    @property
    def when(self) -> str:
        assert self.starts.data is not None
        assert self.ends.data is not None
        return f"{day_short(self.day.day)}, {wall_range(self.starts.data, self.ends.data)}"

    def offer_people(self, rows: Iterable[AnyRow]) -> None:
        self.people.choices = [(row.id, f"{row.name}, {row.program}") for row in rows]

    @property
    def seen_number(self) -> int | None:
        return number_of(self.seen.data)

    def wanted(self, session: Session) -> dict[str, Any]:
        """What is wanted of a session: as typed, and as it is where nothing can be typed."""
        zone = session.site.zone
        room = find_room(self.room.data)
        plan = SeriesPlan(
            kind=Kind(self._or("kind", session.kind)),
            mode=Mode(self._or("mode", session.mode)),
            room=room,
            room_id=room.id if room else None,
            starts=self._or("starts", session.starts_at.astimezone(zone).time()),
            ends=self._or("ends", session.ends_at.astimezone(zone).time()),
            break_minutes=session.break_minutes,
            seats=self.seats.data,
            leader_ids=self.leader_ids,
        )
        return {
            "plan": plan,
            "title": self._or("title", session.title),
            "day": self._or("day", session.day),
            "people": self._or("people", None),
            "reason": self.reason.data or None,
            "tell": bool(self._or("tell", otherwise=False)),
        }

    def _or(self, name: str, otherwise: Any) -> Any:
        return self[name].data if name in self else otherwise
