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


NOTHING = Asked("", "", "", "", 0)


def asked(body: bytes) -> Asked:
    """Return what was sent; raise `BadInput` where that is nothing of the kind."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise BadInput("The body must be a JSON object.")
    person = sent.get("person", 0)
    if type(person) is not int or not 0 <= person <= LARGEST_ID:
        raise BadInput("person must be a whole number.")
    return Asked(
        pin=_text(sent, "pin"),
        unlock=_text(sent, "unlock"),
        q=_text(sent, "q"),
        change=_text(sent, "change"),
        person=person,
    )


def _text(sent: dict[str, Any], name: str) -> str:
    text = sent.get(name, "")
    if not isinstance(text, str) or len(text) > LONGEST_TEXT or "\0" in text:
        raise BadInput(f"{name} must be a short text.")
    return text
