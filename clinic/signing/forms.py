"""What is chosen on a sheet that is to be signed, and which sheets were looked at."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from wtforms import HiddenField
from wtforms.validators import InputRequired

from clinic.db import AnyRow, id_from
from clinic.forms import Form, OneOf, Several
from clinic.schedule.models import Status

CHOICES: Final = {
    Status.PRESENT.value: "Present",
    Status.NO_SHOW.value: "No-show",
    Status.EXCUSED.value: "Excused",
}
_LOOKED_AT: Final = re.compile(r"(\d{1,10})\.([0-9a-f]{24})", re.ASCII)


class SignForm(Form):
    """The signature on one sheet; `of` makes one with a field for each who is unmarked."""

    seen = HiddenField()
    next = HiddenField()
    fields_of: dict[int, str] = {}  # by booking

    @classmethod
    def of(cls, rows: Iterable[AnyRow], names: Mapping[int, str], **options: Any) -> "SignForm":
        unmarked = [row for row in rows if row.status is Status.EXPECTED and row.signed_at is None]
        fields: dict[str, Any] = {
            f"is-{row.id}": OneOf(
                names[row.participant_id],
                choices=CHOICES,
                coerce=str,
                validators=[InputRequired("Choose what is so.")],
            )
            for row in unmarked
        }
        whose = {row.id: f"is-{row.id}" for row in unmarked}
        made = type(cls.__name__, (cls,), {**fields, "fields_of": whose})
        return made(**options)  # type: ignore[no-any-return]

    @property
    def undecided(self) -> list[Any]:
        """The fields of those who are unmarked, in the order of the sheet."""
        return [self[name] for name in self.fields_of.values()]

    def choose_rest(self) -> None:
        """Have all be present of whom nothing is chosen yet."""
        for field in self.undecided:
            if field.data not in CHOICES:
                field.data = Status.PRESENT.value

    @property
    def decided(self) -> dict[int, Status]:
        return {each: Status(self[name].data) for each, name in self.fields_of.items()}


def _looked_at(value: Any) -> tuple[int, str]:
    found = _LOOKED_AT.fullmatch(str(value))
    if found is None:
        raise ValueError(value)
    return id_from(found[1]), found[2]


class SeveralForm(Form):
    """The signature on several sheets: each with what it was when it was looked at."""

    sheets = Several(
        "Sheets",
        coerce=_looked_at,
        validate_choice=False,
        validators=[InputRequired("Open the sheets that you want to sign, and tick each of them.")],
    )
