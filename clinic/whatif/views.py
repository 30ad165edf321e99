"""What if: an act is tried on somebody, and their week is seen to turn. Nothing is ever saved."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.days import DAY, WEEK, Range
from clinic.db import AnyRow
from clinic.effects.queries import picture_of
from clinic.effects.rules import Picture, over_warnings
from clinic.forms import Form
from clinic.permissions import Permission
from clinic.preview import is_asked
from clinic.programs.views import own_home
from clinic.schedule.models import Series
from clinic.schedule.queries.people import get_enrollment_in_scope
from clinic.schedule.queries.series import get_group
from clinic.schedule.queries.sessions import leaders_of
from clinic.schedule.rules.words import (
    group_name,
    meets,
    session_name,
    session_words,
    sessions_words,
)
from clinic.web import form_page, locked, looked_at, reads_first, requires, roster_scope, scope
from clinic.whatif import actions, queries, rules
from clinic.whatif.forms import SeatForm, TryForm
from clinic.whatif.rules import Tried

bp = Blueprint("whatif", __name__)

WEEKS = 2 * WEEK  # this one and the next


@bp.route("/enrollments/<int:enrollment_id>/what-if", methods=["GET", "POST"])
@requires(Permission.MANAGE_ROSTERS)
@reads_first
def person(enrollment_id: int) -> ResponseReturnValue:
    """Another group, a day off, a new job: how this week and the next of somebody would turn."""
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    someone, program = enrollment.participant, enrollment.program
    looked_at([someone.id])
    today = program.site.today(now)
    form = TryForm(from_on=max(today, enrollment.from_on))
    groups = queries.groups_to_try(enrollment, scope=roster_scope(), today=today, now=now)
    form.series.choices = [("", "None"), *((one.id, _group(one)) for one in groups)]
    context: dict[str, Any] = {
        "enrollment_id": enrollment_id,
        "participant_id": someone.id,
        "name": someone.name,
        "program": program.name,
    }
    show = partial(form_page, "whatif/person.html", form, **context)
    before = _picture(someone.id, now)
    if not is_asked(form):
        return show(found=_as_it_is(before, now))
    return locked(partial(_attempt, form, enrollment_id, lambda: form.tried, show, before, now))


@bp.route("/groups/<int:series_id>/what-if", methods=["GET", "POST"])
@requires(Permission.MANAGE_ROSTERS)
@reads_first
def group(series_id: int) -> ResponseReturnValue:
    """One more seat in a group: whose week would turn by it."""
    now = clock.now()
    series = get_group(series_id, roster_scope())
    today = series.site.today(now)
    form = SeatForm(from_on=max(today, series.from_on))
    weeks = queries.short_of(series, this=own_home(now).week, scope=scope(), now=now)
    looked_at(each.participant_id for each in weeks)
    form.enrollment.choices = [(each.enrollment_id, rules.short_words(each)) for each in weeks]
    people = {each.enrollment_id: each.participant_id for each in weeks}
    chosen = form.enrollment.data if is_asked(form) else None
    context = {"series_id": series_id, "title": group_name(series), "facts": _group(series)}
    show = partial(form_page, "whatif/group.html", form, **context)
    if chosen is None:
        return show(found=None)
    before = _picture(people[chosen], now)
    tried = partial(form.tried, series_id)
    return locked(partial(_attempt, form, chosen, tried, show, before, now))


def _attempt(
    form: Form,
    enrollment_id: int,
    tried: Callable[[], Tried],
    show: Callable[..., ResponseReturnValue],
    before: Picture,
    now: datetime,
) -> ResponseReturnValue:
    """Do what is tried, and answer with the page of how the weeks turn, which undoes it."""
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    off: list[AnyRow] = []
    this, by = own_home(now).week, current_user.actor
    last_on = this + WEEKS - DAY

    def act() -> None:
        off.extend(actions.try_out(enrollment, tried(), last_on=last_on, by=by, now=now))

    if not form.attempt(act):
        return show(found=_as_it_is(before, now))
    after = _picture(enrollment.participant_id, now)
    weeks = rules.turned(before, after, this=this)
    return show(
        found=rules.Found(
            weeks,
            rules.verdict(weeks),
            sessions_words(rules.added(before, after)),
            _words_of(off),
            [*over_warnings(before, after, week=this)],
        )
    )


def _picture(participant_id: int, now: datetime) -> Picture:
    this = own_home(now).week
    return picture_of(participant_id, Range(this, this + WEEKS - DAY), week=this, now=now)


def _as_it_is(picture: Picture, now: datetime) -> rules.Found:
    return rules.Found(rules.turned(picture, picture, this=own_home(now).week))


def _group(series: Series) -> str:
    return f"{group_name(series)}, {meets(series.plan)}"


def _words_of(rows: Sequence[AnyRow]) -> list[str]:
    """The sessions that they would stay away from, each by its name."""
    leaders = leaders_of({row.session_id for row in rows})
    topics = Permission.SEE_TOPICS in current_user.permissions
    return [
        session_words(
            row,
            called=session_name(
                row, [each.name for each in leaders[row.session_id]], with_topics=topics
            ),
        )
        for row in rows
    ]
