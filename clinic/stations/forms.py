"""What did a kiosk that staff use send?"""

import json
from typing import Any, NamedTuple

from clinic.db import LARGEST_ID
from clinic.errors import BadInput
from clinic.forms import Form

LONGEST_TEXT = 200


class PinForm(Form):
    """Two buttons, and nothing to type."""


class Asked(NamedTuple):
    """Texts that it sent, empty where there is none, and whom it is about."""

    pin: str
    unlock: str
    q: str
    change: str
    person: int
    room: int = 0


NOTHING = Asked("", "", "", "", 0)


def asked(body: bytes) -> Asked:
    """Return what was sent; raise `BadInput` where that is nothing of the kind."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise BadInput("The body must be a JSON object.")
    return Asked(
        pin=_text(sent, "pin"),
        unlock=_text(sent, "unlock"),
        q=_text(sent, "q"),
        change=_text(sent, "change"),
        person=_id(sent, "person"),
        room=_id(sent, "room"),
    )


def _id(sent: dict[str, Any], name: str) -> int:
    number = sent.get(name, 0)
    if type(number) is not int or not 0 <= number <= LARGEST_ID:
        raise BadInput(f"{name} must be a whole number.")
    return number


def _text(sent: dict[str, Any], name: str) -> str:
    text = sent.get(name, "")
    if not isinstance(text, str) or len(text) > LONGEST_TEXT or "\0" in text:
        raise BadInput(f"{name} must be a short text.")
    return text
