"""Acts that are shown before they are saved, written once for all of them.

The form is sent three times at most: to see what it leads to (the act is done and undone), back
to the form with what was typed, and to save it, with the digest of what was shown.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date, time
from typing import Any, NamedTuple, TypeVar

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField
from wtforms.fields.choices import SelectFieldBase

from clinic.consequences import Change, Consequences
from clinic.errors import Refused
from clinic.formats import day_numeric, wall_time
from clinic.forms import Form
from clinic.sent import typed
from clinic.tokens import fingerprint
from clinic.web import locked, page

CHANGED = "Something has changed since this was shown. Please look at it again."
CHANGED_SINCE = "Somebody has changed this since you opened it."
SEND_AGAIN = "What you typed is still here: look it over, and send it once more."

Picture = TypeVar("Picture")


class Shown(NamedTuple):
    """How a preview is headed, where one came from, and what its button says."""

    heading: str
    back: str
    back_words: str
    sub: str = ""
    save: str = "Save"
    kind: str = "primary"  # of the button


def compared(
    act: Callable[[], object],
    picture: Callable[[], Picture],
    compare: Callable[[Picture, Picture], Consequences],
) -> Callable[[], Consequences]:
    """Return an act that says what it changes between two pictures: the first is taken now."""
    before = picture()

    def carry_out() -> Consequences:
        act()
        return compare(before, picture())

    return carry_out


def saved(sentence: str, then: str) -> Callable[[Consequences | None], ResponseReturnValue]:
    """For `consider`: say that it is saved, and go on to a page."""

    def done(_found: Consequences | None) -> ResponseReturnValue:
        flash(sentence)
        return redirect(then)

    return done


def typed_changes(form: Form, *but: str) -> tuple[Change, ...]:
    """What was typed beside what the form was made with, by the labels of its fields."""
    changes = [
        Change(field.label.text, _in_words(field, field.object_data), _in_words(field, field.data))
        for field in form
        if field.name not in but and not isinstance(field, HiddenField)
    ]
    return tuple(change for change in changes if not change.is_same)


def seen_of(facts: Mapping[str, Any]) -> str:
    """What a form is made with, a few letters a fact: it carries that along as its `seen`."""
    return " ".join(f"{name}-{fingerprint(repr(fact))[:16]}" for name, fact in facts.items())


def refuse_unseen(form: Form, facts: Mapping[str, Any]) -> None:
    """Raise `Refused`, with each of the facts that is another now than when the form was opened.

    Whoever has read that sends the form once more: it carries what is so now.
    """
    seen, now = form["seen"].data, seen_of(facts)
    form["seen"].data = now
    known = set(seen.split()) if seen else set(now.split())
    changed = [name for name, mark in zip(facts, now.split(), strict=True) if mark not in known]
    if changed:
        words = (
            f"{form[name].label.text}, {_in_words(form[name], facts[name]) or 'none'}"
            for name in changed
        )
        raise Refused(f"{CHANGED_SINCE} Now it has: {'; '.join(words)}. {SEND_AGAIN}")


def _in_words(field: Any, value: Any) -> str:
    if isinstance(field, SelectFieldBase):
        chosen = value if isinstance(value, Collection) and not isinstance(value, str) else [value]
        choices: Any = field.iter_choices()  # newer than its stubs
        texts = {str(choice.value): str(choice.label) for choice in choices}
        return ", ".join(texts[str(one)] for one in chosen if one is not None and str(one) in texts)
    if isinstance(value, time):
        return wall_time(value)
    if isinstance(value, date):
        return day_numeric(value)
    return "" if value is None else str(value)


def is_asked(form: Form) -> bool:
    """Whether the form is sent to see or save what it asks for, and makes sense."""
    return form.is_submitted() and form.validate()


def consider(
    form: Form,
    act: Callable[[], Consequences | None],
    *,
    shown: Shown,
    ask: Callable[[], ResponseReturnValue],
    done: Callable[[Consequences | None], ResponseReturnValue],
) -> ResponseReturnValue:
    """Answer a form that is asked for: show what it leads to, or save what was shown.

    `act` does it, under the lock, and returns what it leads to; where that is nothing to look at,
    it is saved at once. `ask` is the page of the form, where a rule's no is shown.
    """

    def carry_out() -> ResponseReturnValue:
        found: list[Consequences | None] = []
        if not form.attempt(lambda: found.append(act())):
            return ask()
        consequences = found.pop()
        is_saving = request.form.get("step") == "save"
        if not consequences or (is_saving and request.form.get("shown") == consequences.digest):
            return done(consequences)
        return page(
            "preview.html",
            status=409 if is_saving else 200,
            shown=shown,
            sentence=CHANGED if is_saving else "",
            consequences=consequences,
            typed=[*typed()],  # for the form that carries it on
        )

    return locked(carry_out)
