"""What a participant's particulars must be. Values in, answer out."""

import re
from datetime import date

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    format_number,
    is_valid_number,
    parse,
)

PIN = re.compile(r"[0-9]{4,10}")
REGION = "US"  # of a number without the code of its country
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
LANGUAGES = {  # those most often spoken at home in the United States
    "en": "English",
    "es": "Spanish",
    "ase": "American Sign Language",
    "am": "Amharic",
    "ar": "Arabic",
    "yue": "Cantonese",
    "fr": "French",
    "de": "German",
    "ht": "Haitian Creole",
    "hi": "Hindi",
    "ko": "Korean",
    "zh": "Mandarin",
    "nv": "Navajo",
    "ne": "Nepali",
    "fa": "Persian",
    "pl": "Polish",
    "pt": "Portuguese",
    "pa": "Punjabi",
    "ru": "Russian",
    "so": "Somali",
    "tl": "Tagalog",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
}
PIN_TAKEN = "Someone else has this PIN already. Choose another."
NO_NUMBER = (
    "This is no phone number. Write it like 202-555-0123, or with its country: +44 20 7946 0958."
)
MERGED = "This record has been merged into another one. Look for it there."


def why_not_pin(pin: str) -> str | None:
    """Why a PIN cannot be used."""
    if not PIN.fullmatch(pin):
        return "A PIN is 4 to 10 digits."
    if len(set(pin)) == 1:
        return "A PIN of one repeated digit is too easy to guess."
    return None


def why_not_birth(day: date, *, today: date) -> str | None:
    """Why a day cannot be somebody's birth date."""
    if day > today:
        return "This day is in the future."
    if day.year < today.year - 120:
        return "This day is more than 120 years ago."
    return None


def why_not_phone(text: str) -> str | None:
    """Why a text is no phone number that can be dialed."""
    number = _parsed(text)
    if number is None or not is_valid_number(number):
        return NO_NUMBER
    if number.extension:
        return "Leave out the extension: only the number is kept."
    return None


def phone_number(text: str) -> str:
    """A phone number that can be dialed, however it is written, as it is kept: `+12025550123`."""
    number = _parsed(text)
    assert number is not None
    return format_number(number, PhoneNumberFormat.E164)


def _parsed(text: str) -> PhoneNumber | None:
    try:
        return parse(text, REGION)
    except NumberParseException:
        return None


def why_not_language(code: str) -> str | None:
    """Why a text is no code of a language."""
    if not LANGUAGE.fullmatch(code):
        return "Write the language as its code of two or three letters: “sw” for Swahili."
    return None


def language_name(code: str | None) -> str:
    """What a language is called, its code where we have no name for it; empty for none."""
    return LANGUAGES.get(code, code) if code else ""
