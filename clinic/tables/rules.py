"""Lists of people as tables: their sheets, what columns mean, and the fact that a cell gives.

Values in, answer out; what cannot be read raises `Refused` with the reason.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from clinic.accounts.rules import normal_email, why_not_email
from clinic.errors import Refused, refuse_if
from clinic.names import folded, one_line
from clinic.participants import rules
from clinic.participants.rules import (
    LANGUAGES,
    phone_number,
    why_not_birth,
    why_not_language,
    why_not_phone,
    why_not_pin,
)

MOST_ROWS = 10_000  # besides the one with the names
MOST_COLUMNS = 100
MOST_LETTERS = 2_000  # in a cell

Marks = Mapping[tuple[int, int | None], str]  # by row and column; None: about the row

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Sheet(NamedTuple):
    """One table of a file. Empty rows are kept, so that rows count as a spreadsheet counts them."""

    name: str
    rows: list[list[str]]
    notices: list[str]
    marks: Marks


def tidy(
    name: str, rows: list[list[str]], *, notices: list[str], marks: Marks | None = None
) -> Sheet:
    """Return rows of one length, without empty ones at the end."""
    rows = [_without_end(row) for row in rows]
    while rows and not rows[-1]:
        rows.pop()
    width = max(map(len, rows), default=0)
    found = {place: mark for place, mark in (marks or {}).items() if place[0] < len(rows)}
    return Sheet(name, [row + [""] * (width - len(row)) for row in rows], notices, found)


def why_not_keep(sheets: Sequence[Sheet]) -> str | None:
    """Why what was read is not a list that we take."""
    if not sheets:
        return "This file is empty."
    if sum(len(sheet.rows) for sheet in sheets) > 2 * MOST_ROWS:
        return f"This workbook has more than {2 * MOST_ROWS:,} rows. Import it in parts."
    if any(len(cell) > MOST_LETTERS for sheet in sheets for row in sheet.rows for cell in row):
        return f"A cell of this list has more than {MOST_LETTERS:,} letters."
    return None


def cell_of(text: str) -> str:
    """What can be kept of what stood in a cell, or was typed in its place."""
    return one_line(_UNSTORABLE.sub("\ufffd", text))


def _without_end(row: list[str]) -> list[str]:
    row = [cell_of(cell) for cell in row]
    while row and not row[-1]:
        row.pop()
    return row


LAST_MONTH = 12
FEW = 10  # rows among which the names of the columns are looked for


# What a column can hold, a name in parts and whatever a record says, by what it is called.
LABELS: Mapping[str, str] = (
    {"name": "Name", "first_name": "First name", "last_name": "Last name"}
    | rules.LABELS
    | {"language": "Language", "pin": "PIN", "key": "Number here"}
)

_WORDINGS: Mapping[str, str] = {
    "name": "name|full name|fullname|participant|participant name|patient|patient name|client"
    "|client name|person|member|member name|legal name|nombre completo",
    "first_name": "first|first name|firstname|fname|given name|forename|given|legal first name"
    "|nombre",
    "last_name": "last|last name|lastname|lname|surname|family name|legal last name|apellido"
    "|apellidos",
    "preferred_name": "preferred|preferred name|nickname|nick name|goes by|called|known as"
    "|chosen name|preferred first name",
    "birth_on": "birth date|birthdate|date of birth|dob|d o b|birthday|born|born on|birth on"
    "|birth|fecha de nacimiento|nacimiento",
    "email": "email|e mail|email address|e mail address|mail|correo|correo electronico",
    "phone": "phone|phone number|telephone|telephone number|tel|mobile|mobile phone|cell"
    "|cell phone|cellphone|cell number|mobile number|primary phone|home phone|telefono",
    "pronouns": "pronouns|pronoun|pronombres",
    "language": "language|primary language|preferred language|spoken language|home language"
    "|language spoken at home|idioma|lengua",
    "pin": "pin|pin code|check in pin|kiosk pin|check in code",
    "key": "key|number here|participant key|participant id|participant number|id"
    "|client id|patient id|member id|mrn|chart number",
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


def meaning_of(heading: str) -> str | None:
    """What a column of this name probably holds."""
    return _MEANS.get(_heading(heading))


def _heading(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", folded(text)))


_MEANS = {_heading(label): column for column, label in LABELS.items()} | {
    wording: column for column, wordings in _WORDINGS.items() for wording in wordings.split("|")
}


def guess_columns(header: Iterable[str]) -> list[str | None]:
    """A meaning for each column, none given twice; whole names go before their parts."""
    found: list[str | None] = []
    for heading in header:
        meaning = meaning_of(heading)
        found.append(None if meaning in found else meaning)
    if "name" in found and "first_name" in found and "last_name" in found:
        found[found.index("name")] = None
    elif "name" in found and "last_name" in found:
        found[found.index("name")] = "first_name"  # "Name, Surname"
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


_LISTED = "participants?|patients?|clients?|people|records?|rows?|names"
_COUNT = re.compile(  # "Total: 1", "Number of clients: 12", "12 records found"
    rf"(grand )?totals?( (of )?({_LISTED}))?\s*([:=].*|\d+)?"
    rf"|(count|(number of )?({_LISTED}))\s*[:=]?\s*\d+|\d+ ({_LISTED})( .*)?"
    r"|page \d+( (of|/) \d+)?|end of (report|list|file|data)|[-–—=*_. ]+",
    re.IGNORECASE,
)
_PRINTED = re.compile(
    r"(printed|generated|exported|created|prepared|downloaded) (by|on|at|from)\b.*", re.IGNORECASE
)


def is_footer(row: Sequence[str]) -> bool:
    """Whether a row is about nobody: how many they are, who printed it, which page it is."""
    first, *others = [cell for cell in row if cell] or [""]
    if _PRINTED.fullmatch(first):
        return True
    return bool(_COUNT.fullmatch(first)) and not any(map(_has_letters, others))


def _has_letters(cell: str) -> bool:
    return any(letter.isalpha() for letter in cell)


def guess_style(values: Iterable[str]) -> tuple[Style, bool]:
    """How days are written in a column, and whether its values leave no doubt.

    Dots go with the day first.
    """
    found = [match for value in values if (match := YEAR_LAST.fullmatch(value))]
    open_ones = [(int(match[1]), int(match[3])) for match in found if match[2] != "."]
    if not open_ones:
        return Style.DAY_FIRST if found else Style.YEAR_FIRST, True
    month_first = sum(first <= LAST_MONTH for first, _ in open_ones)
    day_first = sum(second <= LAST_MONTH for _, second in open_ones)
    if day_first > month_first:
        return Style.DAY_FIRST, day_first == len(open_ones)
    return Style.MONTH_FIRST, day_first < month_first == len(open_ones)


def why_not_columns(columns: Sequence[str | None]) -> str | None:
    """Why a list cannot be read with these meanings."""
    chosen = [column for column in columns if column]
    twice = next((column for column in chosen if chosen.count(column) > 1), None)
    if twice:
        return f"Two columns are chosen as “{LABELS[twice]}”. Leave one of them out."
    has_part = "first_name" in chosen or "last_name" in chosen
    if "name" in chosen and has_part:
        return "Choose either the whole name, or the first and the last name."
    if not ("name" in chosen or has_part or "key" in chosen or "email" in chosen):
        return "Say which column holds the name."
    return None


LONGEST: Mapping[str, int] = rules.LONGEST | {
    "first_name": rules.LONGEST["name"],
    "last_name": rules.LONGEST["name"],
    "language": 40,
    "key": 60,
}
NAMES = ("name", "first_name", "last_name", "preferred_name")

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MIDNIGHT = re.compile(r"[T ](0?0:00(:00(\.0+)?)?|12:00(:00)? ?AM)$")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[. -]+([a-z]{3,9})[., -]+(\d{4})")
_MONTH_DAY = re.compile(r"([a-z]{3,9})[. -]+(\d{1,2})(?:st|nd|rd|th)?[, -]+(\d{4})")
_WHOLE = re.compile(r"(\d+)\.0+")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SUFFIXES = frozenset(["jr", "sr", "ii", "iii", "iv", "v", "md", "phd", "esq", "dds", "rn"])
_FORMULA = ("=", "+", "-", "@")

_CODES = {name.casefold(): code for code, name in LANGUAGES.items()} | {
    "español": "es",
    "espanol": "es",
    "castellano": "es",
    "chinese": "zh",
    "asl": "ase",
    "farsi": "fa",
    "tagalog (filipino)": "tl",
    "filipino": "tl",
    "creole": "ht",
}


def fact_of(column: str, text: str, *, style: Style, today: date) -> Any:
    """Return what a cell of this column says, None for an empty one; raise `Refused`."""
    text = cell_of(text)
    if not text:
        return None
    if len(text) > LONGEST.get(column, 254):
        raise Refused(f"This is too long: at most {LONGEST.get(column, 254)} characters.")
    if column == "birth_on":
        return _birth(text, style, today)
    return _READERS.get(column, _words)(text)


def _name(text: str) -> str:
    if text.startswith(_FORMULA):
        raise Refused(f"No name begins with {text[0]}. Spreadsheets take this for a formula.")
    if not _has_letters(text):
        raise Refused("This is not a name.")
    last, comma, first = (part.strip() for part in text.partition(","))
    is_turned = comma and first and "," not in first and _bare(first) not in _SUFFIXES
    return f"{first} {last}" if is_turned and last else text


def _bare(text: str) -> str:
    return text.replace(".", "").casefold()


def _whole(text: str) -> str:
    """A number without the `.0` that spreadsheets give it."""
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


def _words(text: str) -> str:
    if text.startswith(_FORMULA):
        raise Refused(f"This begins with {text[0]}. Spreadsheets take it for a formula.")
    return text


def _email(text: str) -> str:
    refuse_if(why_not_email(text))
    return normal_email(text)


def _phone(text: str) -> str:
    text = _whole(text)
    refuse_if(why_not_phone(text))
    return phone_number(text)


def _pin(text: str) -> str:
    text = _whole(text)
    sentence = why_not_pin(text)
    if sentence and text.isdigit() and len(text) < 4:  # noqa: PLR2004 - digits of the shortest PIN
        sentence += " Spreadsheets drop zeros at the beginning: if there were some, type them here."
    refuse_if(sentence)
    return text


def _key(text: str) -> str:
    text = _whole(text)
    if not _KEY.fullmatch(text):
        raise Refused("A number here is made of letters, digits, dots and dashes.")
    return text


def _language(text: str) -> str:
    code = _CODES.get(text.casefold(), text.lower())
    if why_not_language(code):
        raise Refused(
            "This language is not known here. Write its name in English, or its code: “es”."
        )
    return code


_READERS: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys(NAMES, _name),
    "email": _email,
    "phone": _phone,
    "language": _language,
    "pin": _pin,
    "key": _key,
}


def _birth(text: str, style: Style, today: date) -> date:
    day = day_of(text, style=style, today=today)
    refuse_if(why_not_birth(day, today=today))
    return day


def day_of(text: str, *, style: Style, today: date) -> date:
    """The day that is written there. A year of two digits is the latest that is not to come."""
    text = _MIDNIGHT.sub("", text)
    if text.isdigit():
        raise Refused("This is a number, not a date. Write it like 1990-03-09.")
    if found := YEAR_FIRST.fullmatch(text):
        return _day(found[1], found[2], found[3], today)
    if found := YEAR_LAST.fullmatch(text):
        return _year_last(found, style, today)
    words = text.casefold()
    if found := _DAY_MONTH.fullmatch(words):
        return _day(found[3], _month(found[2]), found[1], today)
    if found := _MONTH_DAY.fullmatch(words):
        return _day(found[3], _month(found[1]), found[2], today)
    raise Refused("This is not a date. Write it like 1990-03-09.")


def _year_last(found: re.Match[str], style: Style, today: date) -> date:
    first, separator, second, year = found.groups()
    if style is Style.YEAR_FIRST:
        raise Refused("This is not written year first. Write it like 1990-03-09.")
    if style is Style.DAY_FIRST:
        return _day(year, second, first, today)
    if separator == ".":
        raise Refused(
            "With dots the day mostly comes first, elsewhere in this column the month does."
            " Write it like 1990-03-09."
        )
    return _day(year, first, second, today)


def _month(word: str) -> str:
    return str(MONTHS.index(word[:3]) + 1) if word[:3] in MONTHS else "0"


def _day(year: str, month: str, day: str, today: date) -> date:
    number = int(year)
    if len(year) == 2:  # noqa: PLR2004 - digits
        number += today.year // 100 * 100
        is_to_come = (number, int(month), int(day)) > (today.year, today.month, today.day)
        number -= 100 * is_to_come
    try:
        return date(number, int(month), int(day))
    except ValueError:
        raise Refused("This date does not exist. Write it like 1990-03-09.") from None
