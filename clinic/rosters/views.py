"""Who is on which group: put on, taken off and moved, each act shown before it is saved."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.days import DAY, Range
from clinic.db import AnyRow
from clinic.effects.views import Undo, beside, carry_out, of_one
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import get_enrollment
from clinic.enrollment.rules import target_on
from clinic.errors import NotFound
from clinic.formats import day_short, listed
from clinic.groups.views import beside_group
from clinic.permissions import Permission
from clinic.placing.queries import (
    NOTHING,
    Leaving,
    goal_in,
    groups_for,
    week_to_choose,
    with_theirs,
)
from clinic.placing.rules import Week
from clinic.preview import Shown, is_asked
from clinic.rosters import queries
from clinic.rosters.forms import AddForm, MoveForm, PutOnForm, RosterForm, TakeOffForm
from clinic.rosters.rules import by_person
from clinic.schedule.actions import acts, rosters
from clinic.schedule.models import RosterEntry, Series
from clinic.schedule.queries.acts import managed, parts_of
from clinic.schedule.queries.people import get_enrollment_in_scope, get_in_scope
from clinic.schedule.queries.rosters import get_roster_entry
from clinic.schedule.queries.series import get_group, get_series
from clinic.schedule.rules.acts import ADDED, ROSTER
from clinic.schedule.rules.words import group_name, meets, period
from clinic.web import form_page, looked_at, reads_first, requires, roster_scope, scope

bp = Blueprint("rosters", __name__)


@bp.route("/enrollments/<int:enrollment_id>/groups", methods=["GET", "POST"])
@requires(Permission.MANAGE_ROSTERS)
@reads_first
def put_on(enrollment_id: int) -> ResponseReturnValue:
    """One person onto groups of the week."""
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    person, program = enrollment.participant, enrollment.program
    today = program.site.today(now)
    form = PutOnForm(from_on=max(today, enrollment.from_on))
    groups = groups_for(enrollment, scope=roster_scope(), running_on=today)
    form.series.choices = [(one.id, one.title) for one in groups]

    def act() -> None:
        found = get_enrollment_in_scope(enrollment_id, scope())
        places = [(found, get_series(each), form.from_on.day) for each in form.series.data or ()]
        rosters.put_all_on(places, **_by(now))

    def week() -> Week:
        chosen, since = form.series.data or (), _day_of(form, today)
        return _week(enrollment, groups, days=Range(since, None), chosen=chosen, now=now)

    back = url_for("records.participant", participant_id=person.id)
    return _carry_out(
        form,
        act,
        week=week,
        people={person.id: person.name},
        shown=Shown("Add to groups", back, person.name, person.name),
        hint=f"{person.name} · {program.name}, {period(enrollment.from_on, enrollment.until_on)}",
        done=lambda: (
            f"{person.name} is on {_titles(form.series.data or ())}"
            f" from {day_short(form.from_on.day)} on."
        ),
        now=now,
    )


@bp.route("/rosters/<int:entry_id>/end", methods=["GET", "POST"])
@requires(Permission.MANAGE_ROSTERS)
@reads_first
def take_off(entry_id: int) -> ResponseReturnValue:
    now = clock.now()
    entry = get_roster_entry(entry_id, roster_scope())
    person, title = entry.enrollment.participant, _title_of(entry)
    form = TakeOffForm(until_on=entry.series.site.today(now))

    def act() -> None:
        current = get_roster_entry(entry_id, roster_scope())
        rosters.take_off(current, last_on=form.until_on.day, **_by(now))

    return _carry_out(
        form,
        act,
        people={person.id: person.name},
        shown=Shown(f"Remove from {title}", *_back_from(entry), person.name),
        otherwise=url_for("groups.group", series_id=entry.series_id),
        hint=_place_words(entry),
        done=lambda: f"{person.name} is off {title} after {day_short(form.until_on.day)}.",
        now=now,
    )


@bp.route("/rosters/<int:entry_id>/move", methods=["GET", "POST"])
@requires(Permission.MANAGE_ROSTERS)
@reads_first
def move(entry_id: int) -> ResponseReturnValue:
    now = clock.now()
    entry = get_roster_entry(entry_id, roster_scope())
    person, title = entry.enrollment.participant, _title_of(entry)
    enrollment = get_enrollment(entry.enrollment_id)
    series_id, ends_on = entry.series_id, entry.until_on
    today = entry.series.site.today(now)
    form = MoveForm(from_on=max(today, entry.from_on))
    groups = groups_for(enrollment, scope=roster_scope(), running_on=today, but=series_id)
    form.series.choices = [(one.id, one.title) for one in groups]

    def week() -> Week:
        days, leaving = Range(_day_of(form, today), ends_on), Leaving(series_id=series_id)
        chosen = [form.series.data]
        return _week(enrollment, groups, days=days, chosen=chosen, leaving=leaving, now=now)

    def act() -> None:
        current = get_roster_entry(entry_id, roster_scope())
        rosters.move(current, get_series(form.series.data), from_on=form.from_on.day, **_by(now))

    return _carry_out(
        form,
        act,
        week=week,
        people={person.id: person.name},
        shown=Shown("Move to another group", *_back_from(entry), person.name),
        otherwise=url_for("groups.group", series_id=series_id),
        hint=f"{title}: {_place_words(entry)}. What was attended stays.",
        done=lambda: (
            f"{person.name} goes from {title} to {_titles([form.series.data])}"
            f" from {day_short(form.from_on.day)} on."
        ),
        now=now,
    )


@bp.route("/groups/<int:series_id>/people", methods=["GET", "POST"])
@requires(Permission.MANAGE_ROSTERS)
@reads_first
def add(series_id: int) -> ResponseReturnValue:
    """Several people onto a group at once."""
    now = clock.now()
    series = get_group(series_id, roster_scope())
    today = series.site.today(now)
    form = AddForm(from_on=max(today, series.from_on))
    people: dict[int, str] = {}

    def offer() -> None:
        found, rows, form.is_nobody = queries.people_to_choose(
            series,
            days=Range(_day_of(form, today), None),
            words=form.find.data or "",
            chosen=form.people.data or (),
            scope=roster_scope(),
            now=now,
        )
        form.offer(found)
        looked_at(row.participant_id for row in rows)
        chosen = [row for row in rows if row.id in (form.people.data or ())]
        people.update((row.participant_id, row.name) for row in chosen)

    def act() -> None:
        group = get_group(series_id, roster_scope())
        places = [
            (get_enrollment(each), group, form.from_on.day) for each in form.people.data or ()
        ]
        rosters.put_all_on(places, **_by(now))

    back, title = url_for("groups.group", series_id=series_id), group_name(series)
    return _carry_out(
        form,
        act,
        offer=offer,
        people=people,
        shown=Shown("Add people to this group", back, title, title),
        hint=f"{title}, {meets(series.plan)}",
        done=lambda: f"{_who_is(people)} on {title} from {day_short(form.from_on.day)} on.",
        by_name=True,
        group=series_id,
        now=now,
    )


def _carry_out(
    form: RosterForm,
    act: Callable[[], object],
    *,
    offer: Callable[[], object] = lambda: None,
    week: Callable[[], Week] | None = None,
    people: Mapping[int, str],
    shown: Shown,
    hint: str,
    done: Callable[[], str],
    otherwise: str | None = None,
    by_name: bool = False,
    group: int | None = None,
    now: datetime,
) -> ResponseReturnValue:
    """The form of an act, and what it leads to for these people; both read anew when refused.

    `week` has the groups of its page, where it is for groups to be chosen.
    `group` is the one that is shown beside the form, where that is not somebody's week.
    `by_name` where the page does not say already whom it is about.
    `otherwise` is where to go on to when these people are nobody's of theirs any more.
    """
    offer()
    looked_at(people)
    day: date | None = form[form.day].data
    first = day + DAY if day and isinstance(form, TakeOffForm) else day

    def show() -> ResponseReturnValue:
        theirs = None if by_name else beside(people, first, now=now)
        about = beside_group(group, now=now) if group else None
        context = {"shown": shown, "hint": hint, "beside": theirs, "group": about}
        if week is None:
            return form_page("rosters/form.html", form, **context)
        return form_page("rosters/week.html", form, week=week(), **context)

    def ask() -> ResponseReturnValue:
        offer()
        return show()

    if form.is_search or not is_asked(form):
        return show()
    elsewhere = shown.back if otherwise is None else otherwise
    return carry_out(
        form,
        act,
        people=people,
        first=first,
        joined=by_person if by_name else of_one,
        shown=shown,
        ask=ask,
        done=done,
        then=lambda: shown.back if _are_known(people) else elsewhere,
        undo=Undo(ROSTER, lambda: _undo_of(people), what=ADDED if by_name else ""),
        now=now,
    )


def _undo_of(people: Collection[int]) -> str:
    """Where an act is undone: for somebody, or for all whom it was about."""
    only = next(iter(people)) if len(people) == 1 else None
    if only is None:
        return url_for("rosters.undo_add", series_id=(request.view_args or {})["series_id"])
    return url_for("rosters.undo", participant_id=only)


@bp.post("/participants/<int:participant_id>/groups/undo")
@requires(Permission.MANAGE_ROSTERS)
def undo(participant_id: int) -> ResponseReturnValue:
    """Undo what was done to somebody's places in groups."""
    parts = _parts_asked({participant_id})
    if not parts:
        get_in_scope(participant_id, scope())
    _undo(participant_id)
    if _are_known([participant_id]):
        return redirect(url_for("records.participant", participant_id=participant_id))
    return redirect(url_for("groups.groups"))


@bp.post("/groups/<int:series_id>/people/undo")
@requires(Permission.MANAGE_ROSTERS)
def undo_add(series_id: int) -> ResponseReturnValue:
    """Undo that several people were added to a group at once."""
    get_group(series_id, roster_scope())
    _undo(*(part.participant_id for part in _parts_asked()))
    return redirect(url_for("groups.group", series_id=series_id))


def _parts_asked(people: Collection[int] | None = None) -> Sequence[AnyRow]:
    """What is asked to be undone, of these people or all; raises `NotFound` where it is not for
    who asks."""
    parts = [
        part
        for part in parts_of(request.form.get("change", ""), ROSTER)
        if people is None or part.participant_id in people
    ]
    if len(managed(parts, roster_scope())) < len(parts):
        raise NotFound
    return parts


def _undo(*people: int) -> None:
    change = request.form.get("change", "")
    flash(acts.undo(change, about=ROSTER, participant_ids=people, **_by(clock.now())))


def _are_known(people: Iterable[int]) -> bool:
    try:
        return all(get_in_scope(each, scope()) for each in people)
    except NotFound:
        return False


def _day_of(form: RosterForm, otherwise: date) -> date:
    """The day that was typed, where it is one."""
    day: date | None = form[form.day].data
    return day or otherwise


def _by(now: datetime) -> dict[str, Any]:
    return {"by": current_user.actor, "now": now}


def _who_is(people: Mapping[int, str]) -> str:
    """`Sam Lee is`, `3 people are`."""
    only = next(iter(people.values())) if len(people) == 1 else None
    return f"{only} is" if only else f"{len(people)} people are"


def _title_of(entry: RosterEntry) -> str:
    return group_name(get_series(entry.series_id))


def _titles(series_ids: Iterable[int | None]) -> str:
    return listed([group_name(get_series(each)) for each in series_ids])


def _week(
    enrollment: Enrollment,
    groups: Sequence[Series],
    *,
    days: Range,
    chosen: Collection[int | None],
    leaving: Leaving = NOTHING,
    now: datetime,
) -> Week:
    """The groups that an enrollment may go on, as a week."""
    target = target_on(enrollment, days.from_on)
    if roster_scope() is not None:
        today, but = enrollment.program.site.today(now), leaving.series_id
        groups = with_theirs(groups, enrollment, days=days, running_on=today, but=but)
    return week_to_choose(
        groups,
        enrollment,
        goal_in(
            enrollment.program,
            least=target.min_minutes,
            most=target.max_minutes,
            min_days=target.min_service_days,
        ),
        program=enrollment.program,
        days=days,
        busy=enrollment.busy,
        chosen=chosen,
        first_leader=enrollment.clinician.name if enrollment.clinician else "",
        leaving=leaving,
        now=now,
    )


def _place_words(entry: RosterEntry) -> str:
    return f"{entry.enrollment.participant.name}, {period(entry.from_on, entry.until_on)}"


def _back_from(entry: RosterEntry) -> tuple[str, str]:
    """Where a form about a place came from: the page of its group, or of its person."""
    if request.args.get("from") == "group":
        return url_for("groups.group", series_id=entry.series_id), _title_of(entry)
    person = entry.enrollment.participant
    return url_for("records.participant", participant_id=person.id), person.name
