"""What a participant's particulars must be, who may be the same person, what may be told of whom.

Values in, answer out.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypedDict

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    format_number,
    is_valid_number,
    parse,
)
from rapidfuzz.distance import OSA

from clinic.formats import day_numeric
from clinic.names import sort_key, words_of
from clinic.participants.models import Consent, Contact, Participant, Scope

# What a participant's record says: asked for by the form, and in a merge where two records differ.
LABELS = {
    "name": "Name",
    "preferred_name": "Preferred name",
    "pronouns": "Pronouns",
    "language": "Language spoken at home",
    "phone": "Phone",
    "birth_on": "Birth date",
    "email": "E-mail",
    "pin": "PIN for check-in",
}
RECOGNIZED_BY = ("name", "preferred_name", "birth_on", "phone", "email")
LONGEST = {"name": 120, "preferred_name": 60, "pronouns": 40, "email": 254}  # in letters
PIN = re.compile(r"[0-9]{4,10}")
PIN_DIGITS = 6  # of those that we make
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
PIN_TAKEN = "This PIN is someone else’s, or was. Choose another."
PIN_JUST_MADE = (
    "A new PIN was made since you opened this page. If it was not handed over, make another."
)
NO_NUMBER = (
    "This is no phone number. Write it like 202-555-0123, or with its country: +44 20 7946 0958."
)
MERGED = "This record has been merged into another one. Look for it there."
CLOSE = 2  # letters in which two names of one person may differ
SOON = timedelta(days=30)  # before a consent runs out
SCOPES = {  # what is told, in the order in which it is offered
    Scope.ENROLLMENT: "That they are enrolled here, since when and in what",
    Scope.SCHEDULE: "When they are expected",
    Scope.ATTENDANCE: "Whether they came",
    Scope.HOURS: "Their weekly hours",
}
SHORT = {
    Scope.ENROLLMENT: "enrollment",
    Scope.SCHEDULE: "schedule",
    Scope.ATTENDANCE: "attendance",
    Scope.HOURS: "weekly hours",
}


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


class Facts(TypedDict, total=False):
    """What a record may say besides a name and a PIN. What is not given stays as it is."""

    preferred_name: str | None
    pronouns: str | None
    language: str | None
    phone: str | None
    birth_on: date | None
    email: str | None


def column_of(field: str) -> str:
    """Return the column that keeps what a record says; the e-mail address is the account's."""
    return "pin_digest" if field == "pin" else field


def value_of(participant: Participant, field: str) -> object:
    """What somebody's record says in a field; they come with their account."""
    owner = participant.account if field == "email" else participant
    return getattr(owner, column_of(field))


def facts_of(participant: Participant) -> dict[str, Any]:
    """Return all that somebody's record says; they come with their account."""
    return {field: value_of(participant, field) for field in LABELS}


def alike(person: Mapping[str, Any], rows: Iterable[Any]) -> list[tuple[Any, str]]:
    """Return those of the list who may be this person, the likeliest first, each with the reason.

    Both have what somebody is recognized by, rows also an id.
    """
    found = [
        (weight, sort_key(row.name), row.id, (row, reason))
        for row in rows
        for weight, reason in [_why_alike(person, row)]
        if reason
    ]
    return [likeness for *_, likeness in sorted(found, key=lambda each: each[:3])]


def _why_alike(person: Mapping[str, Any], row: Any) -> tuple[int, str]:
    """How far down the list somebody stands, and why at all; no reason for a stranger."""
    name, preferred_name, birth_on, phone, email = (person[each] for each in RECOGNIZED_BY)
    same_birth = birth_on is not None and birth_on == row.birth_on
    names = _names(name, preferred_name)
    others = _names(row.name, row.preferred_name)
    reasons = []
    if names[0] == others[0]:
        reasons.append("the same name")
    elif same_birth and any(_are_close(one, other) for one in names for other in others):
        reasons.append("a similar name")
    if same_birth and reasons:
        reasons.append("the same birth date")
    if phone is not None and phone == row.phone:
        reasons.append("the same phone number")
    if email is not None and email.lower() == row.email:
        reasons.append("the same e-mail address")
    return -len(reasons), " and ".join(
        [", ".join(reasons[:-1]), reasons[-1]] if len(reasons) > 1 else reasons
    )


def _names(name: str, preferred_name: str | None) -> list[str]:
    """What somebody may be written down as: in full, and by the name they go by."""
    words = words_of(name)
    names = [sorted(words)]
    if preferred_name and words:
        names.append(sorted([*words_of(preferred_name), words[-1]]))
    return [" ".join(each) for each in names]


def _are_close(one: str, other: str) -> bool:
    return OSA.distance(one, other, score_cutoff=CLOSE) <= CLOSE


def why_not_give_consent(
    *, scope: Collection[Scope], given_on: date, expires_on: date | None, today: date
) -> str | None:
    """Why a consent cannot be written down."""
    if not scope:
        return "Choose what may be told."
    if given_on > today:
        return "A consent cannot be given on a future date."
    if expires_on is not None and expires_on < given_on:
        return "The last day is before the day it was given."
    return None


def why_not_revoke_consent(*, given_on: date, revoked_on: date, today: date) -> str | None:
    """Why a consent cannot be taken back on a day."""
    if revoked_on < given_on:
        return f"It was given on {day_numeric(given_on)}, after this day."
    if revoked_on > today:
        return "A consent cannot be revoked on a future date."
    return None


def is_in_force(consent: Consent, day: date) -> bool:
    """Whether a consent allows anything on a day; from the day it is taken back it does not."""
    return (
        consent.given_on <= day
        and (consent.expires_on is None or day <= consent.expires_on)
        and (consent.revoked_on is None or day < consent.revoked_on)
    )


class ConsentState(StrEnum):
    """Where a consent stands on a day."""

    IN_FORCE = "in force"
    EXPIRES_SOON = "expires soon"
    EXPIRED = "expired"
    REVOKED = "revoked"

    @property
    def is_over(self) -> bool:
        return self in {ConsentState.EXPIRED, ConsentState.REVOKED}


def consent_state(consent: Consent, day: date) -> ConsentState:
    if consent.revoked_on is not None:
        return ConsentState.REVOKED
    if consent.expires_on is None or day + SOON < consent.expires_on:
        return ConsentState.IN_FORCE
    return ConsentState.EXPIRES_SOON if day <= consent.expires_on else ConsentState.EXPIRED


def is_for(consent: Consent, to: Contact | str) -> bool:
    """Whether a consent names this contact, or a person or organization written the same way."""
    if isinstance(to, Contact):
        return consent.contact_id == to.id
    return _plain(consent.recipient) == _plain(to)


def may_be_told(consents: Iterable[Consent], to: Contact | str, day: date) -> list[str]:
    """All that may be told to somebody on a day, in words."""
    allowed = {
        scope
        for consent in consents
        if is_for(consent, to) and is_in_force(consent, day)
        for scope in consent.scope
    }
    return scope_words(allowed)


def scope_words(scope: Collection[Scope]) -> list[str]:
    return [SHORT[each] for each in SCOPES if each in scope]


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
