"""What a field of a file may hold: texts, days, times, numbers; and the problem where it is not."""

import contextlib
import re
from datetime import date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from clinic import clock, days
from clinic.codes.rules import LONGEST_LINK, why_not_link
from clinic.names import one_line
from clinic.participants.rules import (
    phone_number,
    why_not_language,
    why_not_phone,
    why_not_pin,
)
from clinic.schedule.models import Status

WEEKDAYS = tuple(name.lower() for name in days.WEEKDAYS)
SHORT_WEEKDAYS = tuple(name[:3] for name in WEEKDAYS)
TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
MIDNIGHT = "24:00"  # at the end of a day
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def no(sentence: str) -> PydanticCustomError:
    """The error that says just this."""
    return PydanticCustomError("clinic", "{sentence}", {"sentence": sentence})


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        raise no("must be text; put it in quotes")
    if _CONTROL.search(value.strip()):
        raise no("must be one line without control characters")
    if not (text := one_line(value)):
        raise no("must not be empty")
    return text


def _lines(value: Any) -> Any:
    if not isinstance(value, str):
        return _text(value)
    return "\n".join(_text(line) for line in value.splitlines() if line.strip()) or _text("")


def _key(value: Any) -> Any:
    text = _text(value)
    if ";" in text or any(each.isspace() for each in text):
        raise no("must not hold spaces or semicolons")
    return text


def _wall(value: Any) -> Any:
    if isinstance(value, int):
        raise no(
            f'must be a quoted time like "18:00"; unquoted, YAML read it as the number {value}'
        )
    if not isinstance(value, str):
        raise no('must be a quoted time like "18:00"')
    if not TIME.fullmatch(value):
        raise no('must be a time like "18:00"')
    return time.fromisoformat(value)


def _minute(value: Any) -> Any:
    if value == MIDNIGHT:
        return days.MIDNIGHT
    return days.minute_of(_wall(value))


def _day(value: Any) -> Any:
    if isinstance(value, str) and DAY.fullmatch(value):
        with contextlib.suppress(ValueError):
            value = date.fromisoformat(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise no("must be a day like 2026-03-09")
    if value.year not in clock.YEARS:
        raise no(f"{value} lies outside the years {clock.YEARS[0]} to {clock.YEARS[-1]}")
    return value


def _zone(value: str) -> str:
    try:
        clock.zone(value)
    except ValueError:
        raise no(f"{value} is no time zone; write one like America/New_York") from None
    return value


def _email(value: str) -> str:
    if not EMAIL.fullmatch(value):
        raise no(f"{value} is no e-mail address")
    return value.lower()


def _link(value: str) -> str:
    sentence = why_not_link(value)
    if sentence or len(value) > LONGEST_LINK:
        raise no("must be a whole link: https://…" if sentence else "is too long")
    return value


def _phone(value: str) -> str:
    sentence = why_not_phone(value)
    if sentence:
        raise no(sentence)
    return phone_number(value)


def _language(value: str) -> str:
    sentence = why_not_language(value)
    if sentence:
        raise no(sentence)
    return value


def _pin(value: Any) -> Any:
    if isinstance(value, int):
        raise no("must be quoted: unquoted, a PIN loses its leading zeros")
    sentence = why_not_pin(_text(value))
    if sentence:
        raise no(sentence)
    return value


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) else value


def known_status(value: Any) -> Any:
    known = {status.value: status for status in Status if status is not Status.EXPECTED}
    if value not in known:
        raise no(f"must be one of {', '.join(known)}")
    return known[value]


def empty_as_none(value: Any) -> Any:
    return value or None


def _version(value: Any) -> Any:
    if value is True or isinstance(value, float):  # equal to 1, but no version
        raise no("must be one of 1")
    return value


def _once_each(value: list[str]) -> list[str]:
    if len(set(value)) != len(value):
        raise no("names a day twice")
    return value


Text = Annotated[str, BeforeValidator(_text)]
Lines = Annotated[str, BeforeValidator(_lines)]
Key = Annotated[str, BeforeValidator(_key)]
Wall = Annotated[time, BeforeValidator(_wall)]
MinuteOfDay = Annotated[int, BeforeValidator(_minute)]  # "24:00" too
Day = Annotated[date, BeforeValidator(_day)]
Zone = Annotated[str, BeforeValidator(_text), AfterValidator(_zone)]
Email = Annotated[str, BeforeValidator(_text), AfterValidator(_email)]
Link = Annotated[str, BeforeValidator(_text), AfterValidator(_link)]
Phone = Annotated[str, BeforeValidator(_text), AfterValidator(_phone)]
Language = Annotated[str, BeforeValidator(_text), AfterValidator(_language)]
Pin = Annotated[str, BeforeValidator(_pin)]
Weekdays = Annotated[
    list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]],
    Field(min_length=1),
    AfterValidator(_once_each),
]
Version = Annotated[Literal[1], BeforeValidator(_version)]
NumberAsText = BeforeValidator(_number_as_text)
Minutes = Annotated[int, Field(ge=0, le=24 * 60)]
Seats = Annotated[int, Field(ge=1, le=1000)]
StaffRole = Literal["admin", "coordinator", "clinician", "front_desk", "billing", "auditor"]


def names(entries: str, **options: Any) -> Any:
    """A field that holds a key, or keys, of a list of the file."""
    return Field(json_schema_extra={"names": entries, "once": []}, **options)


def once(*parts: str, **options: Any) -> Any:
    """A list no two entries of which say the same, in these parts or as a whole."""
    return Field(json_schema_extra={"once": list(parts)}, **options)


class Shape(BaseModel):
    """Nothing but what is named, and nothing taken for something else."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def facts(self, *names: str) -> dict[str, Any]:
        """The fields of these names, or all: they are named as columns are."""
        return {name: getattr(self, name) for name in names or type(self).model_fields}

    def why_not(self) -> str | None:
        """Why its parts, each of which may be so, do not go together."""
        return None


class Lenient(Shape):
    """Enum members are written by their value."""

    model_config = ConfigDict(extra="forbid", strict=False, frozen=True)
