"""Acts whose effects are shown before they are saved: written once, for all of them.

The form is sent three times at most: to see what the act leads to (it is done and undone), back
to the form with what was typed, and to save it, with a digest of the effects that were shown.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from clinic.db import savepoint, trial
from clinic.desk.queries import effects, people
from clinic.desk.rules.effects import Effects
from clinic.enrollment.forms import ActForm
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import get_enrollment
from clinic.errors import Refused
from clinic.web import looked_at, page, scope

SOMEBODY_WAS_FASTER = "Something has changed since this was shown. Please look at it again."


class Act(NamedTuple):
    """How an act is spoken of, and whom it is about."""

    participant_id: int
    name: str  # of the participant
    heading: str
    back: str  # where one gets to who leaves its page
    back_words: str
    then: str  # where one gets to when it is saved
    done: str  # what is said then
    hints: tuple[str, ...] = ()


def enrollment_in_scope(enrollment_id: int) -> Enrollment:
    """An enrollment that whoever asks may know of; raises `NotFound` for all others."""
    enrollment = get_enrollment(enrollment_id)
    people.get_in_scope(enrollment.participant_id, scope())
    return enrollment


class _Differs(Exception):
    """What would be saved is not what was shown."""


def carry_out(
    act: Act, form: ActForm, do: Callable[[], object], *, now: datetime, **context: Any
) -> ResponseReturnValue:
    """The pages of an act: its form, what it leads to, and, once saved, where it leads."""
    looked_at([act.participant_id])
    step = request.form.get("step") if form.is_submitted() else None
    wanted = form.is_submitted() and step != "back"
    if wanted and form.validate():
        found: Effects | None = None
        try:
            if step == "save":
                with savepoint():
                    found = _effects_of(act, do, now=now)
                    if effects.digest(found) != request.form.get("shown"):
                        raise _Differs  # noqa: TRY301 - it undoes the savepoint
                flash(act.done)
                return redirect(act.then)
            with trial():
                found = _effects_of(act, do, now=now)
        except _Differs:
            return _shown(act, found, status=409, sentence=SOMEBODY_WAS_FASTER)
        except Refused as refused:
            form.refuse(refused.sentence)
        else:
            return _shown(act, found)
    return page("desk/act.html", status=422 if wanted else 200, act=act, form=form, **context)


def _effects_of(act: Act, do: Callable[[], object], *, now: datetime) -> Effects:
    before = effects.picture_of(act.participant_id, now=now)
    do()
    after = effects.picture_of(act.participant_id, before=before, now=now)
    return effects.effects_between(before, after, now=now)


def _shown(
    act: Act, found: Effects | None, *, status: int = 200, sentence: str = ""
) -> ResponseReturnValue:
    assert found is not None
    typed = [
        (name, value)
        for name, values in request.form.lists()
        if name not in {"csrf_token", "step", "shown"}
        for value in values
    ]
    return page(
        "desk/preview.html",
        status=status,
        act=act,
        effects=found,
        digest=effects.digest(found),
        typed=typed,
        sentence=sentence,
    )
