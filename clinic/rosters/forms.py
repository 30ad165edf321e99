from collections.abc import Iterable

from wtforms import StringField
from wtforms.validators import InputRequired, Optional

from clinic.forms import Day, Form, OneOf, Several
from clinic.rosters.rules import Choosable

FIRST_DAY = "Enter the first day."


class RosterForm(Form):
    """An act on a roster. `list` is the field to choose from, `whys` what cannot be chosen."""

    list = ""
    day = ""
    nothing = ""  # to say where there is nothing to choose
    finds = False  # whether more than what is listed is found by name
    whys: dict[int, str]

    @property
    def is_search(self) -> bool:
        """Whether a name is looked for, as nobody is chosen and only that was typed."""
        return self.finds and bool(self.find.data) and not self.people.data

    def offer(self, found: Iterable[Choosable]) -> None:
        offered = [*found]
        self[self.list].choices = [(each.id, each.words) for each in offered]
        self.whys = {each.id: each.why_not for each in offered if each.why_not is not None}


class PutOnForm(RosterForm):
    """Groups for an enrollment, from a day on."""

    day = "from_on"

    series = Several("Groups", validators=[InputRequired("Choose a group.")])
    from_on = Day("From", validators=[InputRequired(FIRST_DAY)])


class MoveForm(RosterForm):
    """Another group for an enrollment, from a day on."""

    day = "from_on"

    series = OneOf("To which group", validators=[InputRequired("Choose a group.")])
    from_on = Day("From", validators=[InputRequired(FIRST_DAY)])


class AddForm(RosterForm):
    """People for a group, from a day on."""

    list, day = "people", "from_on"
    finds = True
    nothing = "All who are enrolled in its program then are on it. Others are found by name."
    is_nobody = False  # whether the name that is looked for is nobody's

    people = Several("Who", validators=[InputRequired("Choose whom to add.")])
    find = StringField("Find somebody by name", validators=[Optional()])
    from_on = Day("From", validators=[InputRequired(FIRST_DAY)])


class TakeOffForm(RosterForm):
    """The last day of an enrollment on a group."""

    day = "until_on"

    until_on = Day("Last day on it", validators=[InputRequired("Enter the last day.")])

    def refuse(self, sentence: str, field: str | None = None) -> None:  # noqa: ARG002 - it has one
        """Put a rule's no at the one field."""
        super().refuse(sentence, "until_on")
