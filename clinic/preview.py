"""Acts that are shown before they are saved, written once for all of them.

The form is sent three times at most: to see what it leads to (the act is done and undone), back
to the form with what was typed, and to save it, with the digest of what was shown.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from clinic.consequences import Change, Consequences
from clinic.forms import Form, in_words_of
from clinic.sent import typed
from clinic.web import flash_undo, locked, page

NO_REASON = "Choose why you go on."
CHANGED = "Something has changed since this was shown. Please look at it again."

Picture = TypeVar("Picture")


class Shown(NamedTuple):
    """How a preview is headed, where one came from, and what its buttons say."""

    heading: str
    back: str
    back_words: str
    sub: str = ""
    save: str = "Save"
    kind: str = "primary"  # of the button
    leave: str = "Cancel"  # the way back without saving


class Reason(NamedTuple):
    """What is chosen from before an act is saved that goes beyond something, and how it is kept."""

    label: str
    choices: Mapping[str, str]
    keep: Callable[[Consequences, str], object]


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


def saved(
    sentence: str, then: str, *, undo: tuple[str, str | None] = ("", None)
) -> Callable[[Consequences | None], ResponseReturnValue]:
    """For `consider`: say that it is saved, and go on to a page.

    `undo` is where it is undone, and by what name, where it can be.
    """

    def done(_found: Consequences | None) -> ResponseReturnValue:
        where, change = undo
        if change:
            flash_undo(sentence, where, fields={"change": change})
        else:
            flash(sentence)
        return redirect(then)

    return done


def typed_changes(form: Form, *but: str) -> tuple[Change, ...]:
    """What was typed beside what the form was made with, by the labels of its fields."""
    changes = [
        Change(
            field.label.text, in_words_of(field, field.object_data), in_words_of(field, field.data)
        )
        for field in form
        if field.name not in but and not isinstance(field, HiddenField)
    ]
    return tuple(change for change in changes if not change.is_same)


def is_asked(form: Form) -> bool:
    """Whether the form is sent to see or save what it asks for, and makes sense."""
    return form.is_submitted() and form.validate()


def is_saving() -> bool:
    """Whether what was shown is to be saved now."""
    return request.form.get("step") == "save"


def consider(
    form: Form,
    act: Callable[[], Consequences | None],
    *,
    shown: Shown,
    ask: Callable[[], ResponseReturnValue],
    done: Callable[[Consequences | None], ResponseReturnValue],
    beside: Callable[..., Any] | None = None,
    reason: Reason | None = None,
) -> ResponseReturnValue:
    """Answer a form that is asked for: show what it leads to, or save what was shown.

    `act` does it, under the lock, and returns what it leads to; where that is nothing to look at,
    it is saved at once. `ask` is the page of the form, where a rule's no is shown. `beside` is
    the week of whom an act is on, read before it and, beside that, after it. `reason` is asked for
    where it goes beyond something.
    """
    before = beside(()) if beside else None

    def carry_out() -> ResponseReturnValue:
        found: list[Consequences | None] = []
        if not form.attempt(lambda: found.append(act())):
            return ask()
        consequences = found.pop()
        if not consequences:
            return done(consequences)
        asked = reason if consequences.beyond else None
        is_as_shown = is_saving() and request.form.get("shown") == consequences.digest
        why = request.form.get("going_on", "")
        if is_as_shown and asked and why in asked.choices:
            asked.keep(consequences, why)
        elif is_as_shown and asked:
            is_as_shown = False
            sentence, status = NO_REASON, 422
        else:
            sentence, status = (CHANGED, 409) if is_saving() else ("", 200)
        if is_as_shown:
            return done(consequences)
        return page(
            "preview.html",
            status=status,
            shown=shown,
            sentence=sentence,
            reason=asked,
            consequences=consequences,
            beside=beside(before.rows) if beside and before else None,
            typed=[*typed()],  # for the form that carries it on
        )

    return locked(carry_out)
