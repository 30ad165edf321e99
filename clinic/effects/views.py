"""Acts on people that are shown before they are saved and undone for a day: written once."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.authorizations.views import why_beyond
from clinic.beside.queries import week_beside
from clinic.beside.rules import Beside
from clinic.consequences import Consequences
from clinic.days import Range
from clinic.db import AnyRow
from clinic.effects import queries
from clinic.effects.rules import NOBODY, Picture
from clinic.forms import Form
from clinic.permissions import Permission
from clinic.preview import Shown, compared, consider, is_saving, saved
from clinic.programs.views import own_home
from clinic.schedule.actions import acts
from clinic.schedule.queries.people import get_in_scope
from clinic.schedule.rules.acts import ENROLLMENT
from clinic.web import requires, scope

bp = Blueprint("effects", __name__)

Found = list[tuple[str, Consequences]]  # what an act leads to for each, by name


class Undo(NamedTuple):
    """How an act is kept, and where it is undone, which is asked once it is done."""

    about: str
    where: Callable[[], str]
    what: str = ""  # the act, if it is not called as its view is


def of_enrollment(people: Mapping[int, str], what: str = "") -> Undo:
    """For an act on the enrollments of one person."""

    def where() -> str:
        (participant_id,) = people
        return url_for("effects.undo", participant_id=participant_id)

    return Undo(ENROLLMENT, where, what)


def of_one(found: Found) -> Consequences:
    ((_, consequences),) = found
    return consequences


def beside(
    people: Collection[int],
    day: date | None,
    before: Collection[AnyRow] | None = None,
    *,
    now: datetime,
) -> Beside | None:
    """The week of whom an act is on that begins on a day; none where they are several."""
    if len(people) != 1:
        return None
    (only,) = people
    return week_beside(only, day, before, home=own_home(now), now=now)


def carry_out(
    form: Form,
    act: Callable[[], object],
    *,
    people: Mapping[int, str],
    begin: Callable[[], object] = lambda: None,
    first: date | None = None,
    last: date | None = None,
    joined: Callable[[Found], Consequences] = of_one,
    shown: Shown,
    ask: Callable[[], ResponseReturnValue],
    done: Callable[[], str],
    then: Callable[[], str],
    undo: Undo,
    now: datetime,
) -> ResponseReturnValue:
    """Show what an act leads to for these people, from the first day on that it can change, or do
    it and keep it so that it can be undone; `then` is where to go on to.

    Of one alone who is on the list it is shown beside their week. What it has to `begin` with stays
    when it is undone; people may come by that.
    """
    this = own_home(now).week
    days, kept = Range(first or this, last), list[str | None]()
    by = current_user.actor

    def keep() -> None:
        begin()
        if not is_saving():  # to be shown it need not be kept
            act()
            return
        what = undo.what or str(request.endpoint).rpartition(".")[2]
        kept.append(
            acts.keep(act, what=what, about=undo.about, participant_ids=people, by=by, now=now)
        )

    def pictures() -> Mapping[int, Picture]:
        return queries.pictures_of(list(people), days, week=this, now=now)

    def compare(before: Mapping[int, Picture], after: Mapping[int, Picture]) -> Consequences:
        return joined(
            [
                (name, queries.consequences_of(before.get(each, NOBODY), after[each], week=this))
                for each, name in people.items()
            ]
        )

    def finish(found: Consequences | None) -> ResponseReturnValue:
        return saved(done(), then(), undo=(undo.where(), kept[-1]))(found)

    its = partial(beside, people, first, now=now) if people and joined is of_one else None
    do = compared(keep, pictures, compare)
    reason = why_beyond(now)
    return consider(form, do, shown=shown, ask=ask, done=finish, beside=its, reason=reason)


@bp.post("/participants/<int:participant_id>/undo")
@requires(Permission.MANAGE_PARTICIPANTS)
def undo(participant_id: int) -> ResponseReturnValue:
    """Undo what was done to somebody's enrollments."""
    get_in_scope(participant_id, scope())
    by, change = current_user.actor, request.form.get("change", "")
    people = [participant_id]
    flash(acts.undo(change, about=ENROLLMENT, participant_ids=people, by=by, now=clock.now()))
    return redirect(url_for("records.participant", participant_id=participant_id))
