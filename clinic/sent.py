"""What was sent with a request: a form, what was typed in it, and what it was sent for."""

from collections.abc import Iterator
from typing import Final

from flask import request

FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
OURS: Final = frozenset(
    {"csrf_token", "step", "shown", "draft", "going_on"}
)  # no part of what was typed
MORE, DROP = "-more", "-drop"  # buttons of repeating rows: the form is shown with one more or less


def is_form() -> bool:
    return request.mimetype in FORMS


def typed() -> Iterator[tuple[str, str]]:
    """Names and values, but for those that the page itself has put there; and no files."""
    sent = request.form.items(multi=True) if is_form() else ()
    return ((name, text) for name, text in sent if name not in OURS)


def only_shown() -> bool:
    """Whether a form is sent to be shown with what was typed: nothing that it does is kept."""
    is_row = any(name.endswith((MORE, DROP)) for name in request.form)
    return is_form() and (is_row or request.form.get("step") == "back")
