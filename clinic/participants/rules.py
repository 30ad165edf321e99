"""What a participant's particulars must be. Values in, answer out."""

import re
from datetime import date

PIN = re.compile(r"[0-9]{4,10}")


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


PIN_TAKEN = "Someone else has this PIN already. Choose another."
