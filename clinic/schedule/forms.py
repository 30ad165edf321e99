"""What is typed to plan groups, and what a session has in common with them."""

from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from clinic.days import WEEKDAYS
from clinic.db import AnyRow
from clinic.forms import Choice, Day, Form, Number, Several, WallTime, to_choose
from clinic.programs.models import Kind
from clinic.programs.queries import get_program
from clinic.schedule.models import Mode, Series, SeriesPlan, Session
from clinic.schedule.queries.offers import find_room
from clinic.schedule.rules.words import KINDS, leader_words

ONE_OFF_MODES = {Mode.IN_PERSON.value: "In person", Mode.VIRTUAL.value: "Virtual"}
MODES = ONE_OFF_MODES | {Mode.HYBRID.value: "Hybrid"}
INTAKE = "intake"
FIRST = (Kind.INDIVIDUAL.value, Kind.FAMILY.value, INTAKE)  # the usual ones of a one-off session
PURPOSES = {  # what it is for: its kind and title
    purpose: purpose.capitalize()
    for purpose in (*FIRST, *sorted(kind.value for kind in Kind if kind.value not in FIRST))
}
LENGTHS = (30, 45, 50, 60, 90)  # minutes
USUAL_LENGTH = 50
MOST_SEATS = 500
LONGEST_TITLE = 80


def title_of(purpose: str) -> str:
    """The title of a one-off session as proposed."""
    return "Intake" if purpose == INTAKE else KINDS[Kind(purpose)]


def kind_of(purpose: str) -> Kind:
    return Kind.INDIVIDUAL if purpose == INTAKE else Kind(purpose)


def facts_of(planned: SeriesPlan | Session) -> dict[str, Any]:
    """What a group and a one-off session have in common, as their forms name it."""
    return {
        "kind": planned.kind,
        "mode": planned.mode,
        "room": planned.room_id,
        "seats": planned.seats,
        "lead": next(iter(planned.leader_ids), None),
        "co_leads": planned.leader_ids[1:],
    }


class HoldForm(Form):
    """What a group and a one-off session have in common."""

    title = StringField(
        "Title",
        validators=[
            InputRequired("Enter a title."),
            Length(max=LONGEST_TITLE, message="At most 80 letters."),
        ],
    )
    kind = Choice(
        "Kind",
        coerce=str,
        choices={kind.value: kind.value.capitalize() for kind in Kind},
        default=Kind.GROUP.value,
    )
    mode = Choice("Format", coerce=str, choices=MODES, default=Mode.IN_PERSON.value)
    starts = WallTime("Start", validators=[InputRequired("Enter the start.")])
    ends = WallTime("End", validators=[InputRequired("Enter the end.")])
    room = Choice("Room")
    lead = Choice("Leader", validators=[InputRequired("Choose who leads.")])
    co_leads = Several("Co-leaders", validators=[Optional()])
    seats = Number(
        "Seats",
        validators=[
            InputRequired("Enter the number of seats."),
            NumberRange(1, MOST_SEATS, message="Between 1 and 500 seats."),
        ],
    )

    def offer(
        self, *, rooms: Iterable[AnyRow], leaders: Iterable[AnyRow], no_room: str = "No room"
    ) -> None:
        """What can be chosen."""
        rows = list(rooms)
        has_sites = len({row.site_id for row in rows}) > 1
        self.room.choices = [("", no_room)] + [
            (
                row.id,
                f"{row.name}, {row.seats} seats" + (f", {row.site}" if has_sites else ""),
            )
            for row in rows
        ]
        staff = [(row.id, leader_words(row)) for row in leaders]
        self.lead.choices = to_choose(staff)
        self.co_leads.choices = staff

    def refuse(self, sentence: str, field: str | None = None) -> None:
        super().refuse(sentence, "co_leads" if field == "leader_ids" else field)

    @property
    def leader_ids(self) -> list[int]:
        """The lead first."""
        co_leads = self.co_leads.data or []
        return [self.lead.data, *co_leads] if self.lead.data else list(co_leads)

    def plan(self, **when: Any) -> SeriesPlan:
        """What is planned, with what the form does not hold of it; the form is valid."""
        room = find_room(self.room.data)
        return SeriesPlan(
            kind=Kind(self.kind.data),
            mode=Mode(self.mode.data),
            room=room,
            room_id=room.id if room else None,
            starts=self.starts.data,
            ends=self.ends.data,
            seats=self.seats.data,
            leader_ids=self.leader_ids,
            **when,
        )


class SeriesForm(HoldForm):
    """The plan of a group."""

    program = Choice("Program", validators=[InputRequired("Choose a program.")])
    weekdays = Several(
        "Days",
        choices={str(number): name for number, name in enumerate(WEEKDAYS)},
        validators=[InputRequired("Choose a day or more.")],
    )
    break_minutes = Number(
        "Break, in minutes",
        default=0,
        validators=[
            InputRequired("Enter the minutes of the break, 0 for none."),
            NumberRange(0, 24 * 60, message="A break cannot be negative."),
        ],
    )
    every_weeks = Number(
        "Every how many weeks",
        default=1,
        validators=[
            InputRequired("Enter 1 for every week, 2 for every other one."),
            NumberRange(1, 52, message="Between 1 and 52 weeks."),
        ],
    )
    from_on = Day("First day", validators=[InputRequired("Enter the first day.")])
    until_on = Day("Last day", validators=[Optional()])
    is_open_to_make_ups = BooleanField("Open to make-ups from other programs")
    seen = HiddenField()  # the facts of the group when the form was opened

    def series(self) -> Series:
        """The group as it is to be, not kept; the form is valid."""
        program = get_program(self.program.data)
        plan = self.plan(
            weekdays="".join(str(day) for day in sorted(self.weekdays.data or [])),
            break_minutes=self.break_minutes.data,
            every_weeks=self.every_weeks.data,
            from_on=self.from_on.day,
        )
        return Series(
            program=program,
            program_id=program.id,
            site_id=program.site_id,
            title=self.title.data,
            from_on=self.from_on.day,
            until_on=self.until_on.data,
            is_open_to_make_ups=self.is_open_to_make_ups.data,
            plans=[plan],
        )


class EndForm(Form):
    """The last day of a group."""

    until_on = Day("Last day", validators=[InputRequired("Enter the last day.")])


class SlotsForm(Form):
    """For what free times are looked for; it stands in the address."""

    kind = Choice("For", coerce=str, choices=PURPOSES, default="individual")
    minutes = Choice(
        "Length",
        choices={str(minutes): f"{minutes} minutes" for minutes in LENGTHS},
        default=USUAL_LENGTH,
    )
    lead = Choice("With")
    mode = Choice("Format", coerce=str, choices=ONE_OFF_MODES, default=Mode.IN_PERSON.value)
