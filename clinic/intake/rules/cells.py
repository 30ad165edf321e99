"""What stands in one cell: the fact that it gives, or why it gives none."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from clinic.accounts.rules import normal_email, why_not_email
from clinic.intake.rules.columns import YEAR_FIRST, YEAR_LAST, Column, Style
from clinic.participants.rules import (
    LANGUAGES,
    phone_number,
    why_not_birth,
    why_not_language,
    why_not_phone,
    why_not_pin,
)

LONGEST: Mapping[Column, int] = {
    Column.NAME: 120,
    Column.FIRST_NAME: 120,
    Column.LAST_NAME: 120,
    Column.PREFERRED_NAME: 60,
    Column.PRONOUNS: 40,
    Column.LANGUAGE: 40,
    Column.EMAIL: 254,
    Column.KEY: 60,
}
NAMES = (Column.NAME, Column.FIRST_NAME, Column.LAST_NAME, Column.PREFERRED_NAME)

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MIDNIGHT = re.compile(r"[T ](0?0:00(:00(\.0+)?)?|12:00(:00)? ?AM)$")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[. -]+([a-z]{3,9})[., -]+(\d{4})")
_MONTH_DAY = re.compile(r"([a-z]{3,9})[. -]+(\d{1,2})(?:st|nd|rd|th)?[, -]+(\d{4})")
_WHOLE = re.compile(r"(\d+)\.0+")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SUFFIXES = frozenset(["jr", "sr", "ii", "iii", "iv", "v", "md", "phd", "esq", "dds", "rn"])
_FORMULA = ("=", "+", "-", "@")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # of the direction

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


class Unreadable(Exception):
    """A cell gives no fact; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def fact_of(column: Column, text: str, *, style: Style, today: date) -> Any:
    """What a cell of this column says; None for an empty one. Raises `Unreadable`."""
    text = _plain(text)
    if not text:
        return None
    if len(text) > LONGEST.get(column, 254):
        raise Unreadable(f"This is too long: at most {LONGEST.get(column, 254)} characters.")
    if column is Column.BIRTH:
        return _birth(text, style, today)
    return _READERS.get(column, str)(text)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    if any(unicodedata.category(letter) in {"Cc", "Cs"} or letter in _TURNING for letter in text):
        raise Unreadable("This holds a character that cannot be seen. Type it again.")
    return text


def _name(text: str) -> str:
    if text.startswith(_FORMULA):
        raise Unreadable(f"No name begins with {text[0]}. Spreadsheets take this for a formula.")
    if not any(letter.isalpha() for letter in text):
        raise Unreadable("This is not a name.")
    last, comma, first = (part.strip() for part in text.partition(","))
    is_turned = comma and first and "," not in first and _bare(first) not in _SUFFIXES
    return f"{first} {last}" if is_turned and last else text


def _bare(text: str) -> str:
    return text.replace(".", "").casefold()


def _words(text: str) -> str:
    if text.startswith(_FORMULA):
        raise Unreadable(f"This begins with {text[0]}. Spreadsheets take it for a formula.")
    return text


def _email(text: str) -> str:
    if sentence := why_not_email(text):
        raise Unreadable(sentence)
    return normal_email(text)


def _phone(text: str) -> str:
    if whole := _WHOLE.fullmatch(text):
        text = whole[1]
    if sentence := why_not_phone(text):
        raise Unreadable(sentence)
    return phone_number(text)


def _pin(text: str) -> str:
    if whole := _WHOLE.fullmatch(text):
        text = whole[1]
    sentence = why_not_pin(text)
    if sentence and text.isdigit() and len(text) < 4:  # noqa: PLR2004 - digits of the shortest PIN
        sentence += " Spreadsheets drop zeros at the beginning: if there were some, type them here."
    if sentence:
        raise Unreadable(sentence)
    return text


def _key(text: str) -> str:
    if whole := _WHOLE.fullmatch(text):
        text = whole[1]
    if not _KEY.fullmatch(text):
        raise Unreadable("A number here is made of letters, digits, dots and dashes.")
    return text


def _language(text: str) -> str:
    code = _CODES.get(text.casefold(), text.lower())
    if why_not_language(code):
        raise Unreadable(
            "We do not know this language. Write its name in English, or its code: “es”."
        )
    return code


_READERS: Mapping[Column, Callable[[str], str]] = {
    **dict.fromkeys(NAMES, _name),
    Column.EMAIL: _email,
    Column.PHONE: _phone,
    Column.PRONOUNS: _words,
    Column.LANGUAGE: _language,
    Column.PIN: _pin,
    Column.KEY: _key,
}


def _birth(text: str, style: Style, today: date) -> date:
    day = day_of(text, style=style, today=today)
    if sentence := why_not_birth(day, today=today):
        raise Unreadable(sentence)
    return day


def day_of(text: str, *, style: Style, today: date) -> date:
    """The day that is written there. A year of two digits is the latest that is not to come."""
    text = _MIDNIGHT.sub("", text)
    if text.isdigit():
        raise Unreadable("This is a number, not a day. Write it like 1990-03-09.")
    if found := YEAR_FIRST.fullmatch(text):
        return _day(found[1], found[2], found[3], today)
    if found := YEAR_LAST.fullmatch(text):
        return _year_last(found, style, today)
    words = text.casefold()
    if found := _DAY_MONTH.fullmatch(words):
        return _day(found[3], _month(found[2]), found[1], today)
    if found := _MONTH_DAY.fullmatch(words):
        return _day(found[3], _month(found[1]), found[2], today)
    raise Unreadable("This is not a day. Write it like 1990-03-09.")


def _year_last(found: re.Match[str], style: Style, today: date) -> date:
    first, separator, second, year = found.groups()
    if style is Style.YEAR_FIRST:
        raise Unreadable("This is not written year first. Write it like 1990-03-09.")
    if style is Style.DAY_FIRST:
        return _day(year, second, first, today)
    if separator == ".":
        raise Unreadable(
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
        raise Unreadable("There is no such day. Write it like 1990-03-09.") from None
