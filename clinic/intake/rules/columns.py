"""What the columns of a list mean: guessed from their names and values, and checked."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

LAST_MONTH = 12
FEW = 10  # rows among which the names of the columns are looked for


class Column(StrEnum):
    """What a column can hold."""

    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    PREFERRED_NAME = "preferred_name"
    BIRTH = "birth_on"
    EMAIL = "email"
    PHONE = "phone"
    PRONOUNS = "pronouns"
    LANGUAGE = "language"
    PIN = "pin"
    KEY = "key"


LABELS: Mapping[Column, str] = {
    Column.NAME: "Name",
    Column.FIRST_NAME: "First name",
    Column.LAST_NAME: "Last name",
    Column.PREFERRED_NAME: "Preferred name",
    Column.BIRTH: "Birth date",
    Column.EMAIL: "E-mail",
    Column.PHONE: "Phone",
    Column.PRONOUNS: "Pronouns",
    Column.LANGUAGE: "Language",
    Column.PIN: "PIN",
    Column.KEY: "Number here",
}

_WORDINGS: Mapping[Column, str] = {
    Column.NAME: "name|full name|fullname|participant|participant name|patient|patient name|client"
    "|client name|person|member|member name|legal name|nombre completo",
    Column.FIRST_NAME: "first|first name|firstname|fname|given name|forename|given|legal first name"
    "|nombre",
    Column.LAST_NAME: "last|last name|lastname|lname|surname|family name|legal last name|apellido"
    "|apellidos",
    Column.PREFERRED_NAME: "preferred|preferred name|nickname|nick name|goes by|called|known as"
    "|chosen name|preferred first name",
    Column.BIRTH: "birth date|birthdate|date of birth|dob|d o b|birthday|born|born on|birth on"
    "|birth|fecha de nacimiento|nacimiento",
    Column.EMAIL: "email|e mail|email address|e mail address|mail|correo|correo electronico",
    Column.PHONE: "phone|phone number|telephone|telephone number|tel|mobile|mobile phone|cell"
    "|cell phone|cellphone|cell number|mobile number|primary phone|home phone|telefono",
    Column.PRONOUNS: "pronouns|pronoun|pronombres",
    Column.LANGUAGE: "language|primary language|preferred language|spoken language|home language"
    "|language spoken at home|idioma|lengua",
    Column.PIN: "pin|pin code|check in pin|kiosk pin|check in code",
    Column.KEY: "key|number here|participant key|participant id|participant number|id"
    "|client id|patient id|member id|mrn|chart number",
}
_MEANS = {
    wording: column for column, wordings in _WORDINGS.items() for wording in wordings.split("|")
}


class Style(StrEnum):
    """How the days of a column are written."""

    YEAR_FIRST = "ymd"
    MONTH_FIRST = "mdy"
    DAY_FIRST = "dmy"


STYLES: Mapping[Style, str] = {
    Style.YEAR_FIRST: "2026-03-09: year, month, day",
    Style.MONTH_FIRST: "3/9/2026: month, day, year",
    Style.DAY_FIRST: "9.3.2026 or 9/3/2026: day, month, year",
}

YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")


class StyleGuess(NamedTuple):
    style: Style
    is_sure: bool


def meaning_of(heading: str) -> Column | None:
    """What a column of this name probably holds."""
    plain = unicodedata.normalize("NFKD", heading)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
    return _MEANS.get(" ".join(re.findall(r"[^\W_]+", plain)))


def guess_columns(header: Iterable[str]) -> list[Column | None]:
    """A meaning for each column, none given twice; whole names go before their parts."""
    found: list[Column | None] = []
    for heading in header:
        meaning = meaning_of(heading)
        found.append(None if meaning in found else meaning)
    if Column.NAME in found and Column.FIRST_NAME in found and Column.LAST_NAME in found:
        found[found.index(Column.NAME)] = None
    elif Column.NAME in found and Column.LAST_NAME in found:
        found[found.index(Column.NAME)] = Column.FIRST_NAME  # "Name, Surname"
    return found


def guess_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Which of the first rows names the columns; None where the list begins at once."""
    named = [(sum(meaning_of(cell) is not None for cell in row), row) for row in rows[:FEW]]
    most = max((count for count, _ in named), default=0)
    if most:
        return next(index for index, (count, _) in enumerate(named) if count == most)
    first = next((index for index, row in enumerate(rows) if any(row)), None)
    if first is None or any(_looks_like_a_fact(cell) for cell in rows[first]):
        return None
    follows = any(_looks_like_a_fact(cell) for row in rows[first + 1 :] for cell in row)
    return first if follows else None


def _looks_like_a_fact(cell: str) -> bool:
    return "@" in cell or any(letter.isdigit() for letter in cell)


def guess_style(values: Iterable[str]) -> StyleGuess:
    """How days are written in a column, from all of its values. Dots go with the day first."""
    found = [match for value in values if (match := YEAR_LAST.fullmatch(value))]
    open_ones = [(int(match[1]), int(match[3])) for match in found if match[2] != "."]
    if not open_ones:
        return StyleGuess(Style.DAY_FIRST if found else Style.YEAR_FIRST, is_sure=True)
    month_first = sum(first <= LAST_MONTH for first, _ in open_ones)
    day_first = sum(second <= LAST_MONTH for _, second in open_ones)
    if day_first > month_first:
        return StyleGuess(Style.DAY_FIRST, is_sure=day_first == len(open_ones))
    is_sure = day_first < month_first == len(open_ones)
    return StyleGuess(Style.MONTH_FIRST, is_sure=is_sure)


def why_not_columns(columns: Sequence[Column | None]) -> str | None:
    """Why a list cannot be read with these meanings."""
    chosen = [column for column in columns if column]
    twice = next((column for column in chosen if chosen.count(column) > 1), None)
    if twice:
        return f"Two columns are chosen as “{LABELS[twice]}”. Leave one of them out."
    has_part = Column.FIRST_NAME in chosen or Column.LAST_NAME in chosen
    if Column.NAME in chosen and has_part:
        return "Choose either the whole name, or the first and the last name."
    if not (Column.NAME in chosen or has_part or Column.KEY in chosen or Column.EMAIL in chosen):
        return "Say which column holds the name."
    return None
