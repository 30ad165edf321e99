"""Into a program, and what can happen to an enrollment: each act is shown before it is saved."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import partial, wraps
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.admissions import queries, rules
from clinic.consequences import Consequences
from clinic.days import DAY, WEEK, Range, WeeklyTime
from clinic.enrollment import actions as enrollments
from clinic.enrollment import forms
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import enrollments_of, get_enrollment
from clinic.enrollment.rules import end_after, first_day_changed, prescribed
from clinic.errors import NotFound
from clinic.formats import day_numeric
from clinic.forms import in_words_of
from clinic.participants.models import Participant
from clinic.participants.queries import get_participant
from clinic.permissions import Permission
from clinic.placing.queries import (
    NOTHING,
    Leaving,
    Who,
    goal_in,
    groups_of,
    own_week,
    week_to_choose,
)
from clinic.placing.rules import Week
from clinic.preview import Shown, compared, consider, is_asked, saved
from clinic.programs.models import Program
from clinic.programs.queries import get_organization, get_program, programs
from clinic.programs.views import own_home
from clinic.records.queries import get_enrollment_in_scope, get_in_scope
from clinic.records.views import place_of
from clinic.schedule.actions import acts as undoable
from clinic.schedule.actions import enrollments as acts
from clinic.schedule.models import Series
from clinic.schedule.queries.series import get_series
from clinic.schedule.rules.acts import ACTS, ENROLLMENT
from clinic.schedule.rules.words import period
from clinic.staff.queries import get_staff
from clinic.trail import Actor
from clinic.web import (
    day_asked,
    form_page,
    looked_at,
    page,
    reads_first,
    requires,
    scope,
    this_page,
)

bp = Blueprint("admissions", __name__)
bp.add_app_template_filter(rules.program_words)

View = Callable[..., ResponseReturnValue]


def on_enrollment(path: str) -> Callable[[View], View]:
    """For the view of an act on an enrollment; its path follows that of the enrollment."""

    def register(view: View) -> View:
        @bp.route(f"/enrollments/<int:enrollment_id>/{path}", methods=["GET", "POST"])
        @requires(Permission.MANAGE_PARTICIPANTS)
        @reads_first
        @wraps(view)
        def look_up(enrollment_id: int, **ids: int) -> ResponseReturnValue:
            enrollment = get_enrollment_in_scope(enrollment_id, scope())
            return view(enrollment, **ids, now=clock.now())

        return look_up

    return register


@bp.route("/participants/<int:participant_id>/enroll", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def enroll(participant_id: int) -> ResponseReturnValue:
    now, by = clock.now(), current_user.actor
    get_in_scope(participant_id, scope())
    person = get_participant(participant_id)
    back = url_for("records.participant", participant_id=participant_id)
    shown = Shown(f"Enroll {person.name}", back, person.name, person.name)
    offered = programs(active_only=True)
    offers = partial(_offers, offered, person, now=now)
    program = _program_asked(offered, offers)
    if program is None:
        return _choose_program(offers(), person, shown)
    from_on = day_asked("from", program.site.today(now))
    form = forms.EnrollForm(from_on=from_on, until_on=end_after(from_on, program.weeks))
    groups = _prepare(form, program, from_on)
    program_id = program.id
    made: list[int] = []

    def admit() -> None:
        enrollment = enrollments.enroll(
            get_participant(participant_id),
            get_program(program_id),
            **_facts(form),
            by=by,
            now=now,
        )
        _join(enrollment, form, by=by, now=now)
        made.append(enrollment.id)

    return _carry_out(
        form,
        admit,
        week=lambda: _week(
            form, program, groups, participant_id, busy=form.unavailable.understood, now=now
        ),
        action=this_page(program=program_id),
        participant_id=participant_id,
        first=form.from_on.data,
        shown=shown,
        hints=(
            f"{program.name} · {rules.program_words(program)}",
            rules.episode_words(enrollments_of([participant_id]), from_on),
        ),
        done=f"{person.name} is enrolled in {program.name}.",
        then=lambda: url_for("admissions.next_step", enrollment_id=made[-1]),
        now=now,
    )


@bp.get("/enrollments/<int:enrollment_id>/next")
@requires(Permission.MANAGE_PARTICIPANTS)
def next_step(enrollment_id: int) -> ResponseReturnValue:
    """What somebody needs once they are enrolled: their week, a PIN, access, a calendar."""
    now = clock.now()
    found = get_enrollment_in_scope(enrollment_id, scope())
    looked_at([found.participant_id])
    running_on = max(found.from_on, found.program.site.today(now))
    return page(
        "admissions/next.html",
        enrollment=found,
        person=get_participant(found.participant_id),
        week=own_week(found, running_on=running_on, now=now),
    )


@on_enrollment("step-down")
def step_down(enrollment: Enrollment, *, now: datetime) -> ResponseReturnValue:
    by, enrollment_id = current_user.actor, enrollment.id
    person = enrollment.participant
    whose = f"{person.name}, {enrollment.program.name}"
    shown = Shown("Step down or transfer", place_of(enrollment), person.name, whose)
    offered = [one for one in programs(active_only=True) if one.id != enrollment.program_id]
    offers = partial(_offers, offered, person, left=enrollment.program, now=now)
    program = _program_asked(offered, offers, left=enrollment.program)
    if program is None:
        return _choose_program(offers(), person, shown)
    today = program.site.today(now)
    from_on = day_asked("from", today)
    form = forms.StepDownForm(
        from_on=from_on,
        until_on=end_after(from_on, program.weeks),
        clinician=enrollment.clinician_id,
    )
    form.transition_weeks.choices = rules.weeks_after(
        from_on, get_organization().week_starts, this_year=today.year
    )
    groups = _prepare(form, program, from_on, clinician_id=enrollment.clinician_id)
    program_id, leaving = program.id, Leaving(enrollment_id=enrollment_id)
    busy = enrollment.busy
    made: list[int] = []

    def go_on() -> None:
        following = acts.step_down(
            get_enrollment(enrollment_id),
            get_program(program_id),
            **_facts(form),
            by=by,
            now=now,
        )
        _join(following, form, by=by, now=now)
        made.append(following.id)

    ends = enrollment.until_on
    first = form.from_on.data
    return _carry_out(
        form,
        go_on,
        week=lambda: _week(form, program, groups, person.id, busy=busy, leaving=leaving, now=now),
        action=this_page(program=program_id),
        participant_id=person.id,
        first=min(first, ends + DAY) if first and ends else first,
        shown=shown,
        hints=(
            f"{person.name} · {program.name} · {rules.program_words(program)}",
            f"{enrollment.program.name} ends the day before; it stays one episode of care.",
        ),
        done=f"{person.name} goes on in {program.name}.",
        then=lambda: url_for("admissions.next_step", enrollment_id=made[-1]),
        now=now,
    )


@on_enrollment("target")
def change_target(enrollment: Enrollment, *, now: datetime) -> ResponseReturnValue:
    form = forms.TargetForm(from_on=max(enrollment.program.site.today(now), enrollment.from_on))
    form.min_days.description = "Left empty: as before."
    return _change(
        enrollment,
        form,
        enrollments.change_target,
        first=form.from_on.data,
        heading="Change hours",
        hint="The weeks before that day stay as they were judged.",
        done="The hours are changed.",
        now=now,
    )


@on_enrollment("targets/<int:target_id>/withdrawal")
def withdraw_target(
    enrollment: Enrollment, target_id: int, *, now: datetime
) -> ResponseReturnValue:
    target = _by_id(enrollment.targets, target_id)
    since = f"From {day_numeric(target.from_on)}: {prescribed(target)}."
    return _change(
        enrollment,
        forms.ActForm(),
        partial(enrollments.withdraw_target, from_on=target.from_on),
        first=target.from_on,
        heading="Withdraw a change of hours",
        hint=f"{since} Without it the hours before it stay in force.",
        done="The change is withdrawn.",
        now=now,
    )


@on_enrollment("leave")
def grant_leave(enrollment: Enrollment, *, now: datetime) -> ResponseReturnValue:
    form = forms.LeaveForm(from_on=max(enrollment.program.site.today(now), enrollment.from_on))
    return _change(
        enrollment,
        form,
        acts.grant_leave,
        first=form.from_on.data,
        last=form.until_on.data,
        heading="Record leave",
        hint="Their seats are free for these days; the weeks it touches are not judged.",
        done="The leave is recorded.",
        now=now,
    )


@on_enrollment("leaves/<int:leave_id>")
def end_leave(enrollment: Enrollment, leave_id: int, *, now: datetime) -> ResponseReturnValue:
    leave = _by_id(enrollment.leaves, leave_id)
    form = forms.LeaveEndForm(until_on=leave.until_on)
    form.from_on = leave.from_on
    return _change(
        enrollment,
        form,
        acts.end_leave,
        first=leave.from_on,
        last=max(leave.until_on, form.until_on.data or leave.until_on),
        heading="Change a leave",
        hint=f"They are away {period(*leave.days)}.",
        done="The leave is changed.",
        now=now,
    )


@on_enrollment("transition-weeks")
def set_transition_weeks(enrollment: Enrollment, *, now: datetime) -> ResponseReturnValue:
    chosen = [each.week for each in enrollment.transition_weeks]
    form = forms.TransitionWeeksForm(weeks=[str(week) for week in chosen])
    form.weeks.choices = rules.weeks_around(
        enrollment.program.site.today(now),
        get_organization().week_starts,
        enrolled=enrollment.days,
        chosen=chosen,
    )
    touched = [*chosen, *(form.weeks.data or ())]
    return _change(
        enrollment,
        form,
        enrollments.set_transition_weeks,
        first=min(touched, default=None),
        last=max(touched) + WEEK if touched else None,
        heading="Transition weeks",
        hint="Up to two weeks of stepping down below the minimum: shown, never judged.",
        done="The transition weeks are set.",
        now=now,
    )


@on_enrollment("planned-end")
def move_end(enrollment: Enrollment, *, now: datetime) -> ResponseReturnValue:
    has_ended = enrollment.outcome is not None
    form = forms.PlannedEndForm(until_on=None if has_ended else enrollment.until_on)
    return _change(
        enrollment,
        form,
        acts.set_end,
        first=first_day_changed(enrollment.until_on, form.until_on.data),
        heading="Reopen the enrollment" if has_ended else "Change the last day",
        hint="How it ended is cleared. Add them to their groups again where needed."
        if has_ended
        else "Their places in groups and their bookings follow.",
        done="The enrollment is open again." if has_ended else "The last day is changed.",
        now=now,
    )


@on_enrollment("end")
def end(enrollment: Enrollment, *, now: datetime) -> ResponseReturnValue:
    today = enrollment.program.site.today(now)
    last_on = today if enrollment.until_on is None else min(today, enrollment.until_on)
    form = forms.EndForm(
        until_on=last_on, ending=forms.ending(enrollment.outcome, enrollment.end_reason)
    )
    return _change(
        enrollment,
        form,
        acts.set_end,
        first=first_day_changed(enrollment.until_on, form.until_on.data),
        heading="Change how it ended" if enrollment.outcome else "Discharge",
        hint="What they attended stays; what is booked after the last day goes.",
        done="The end of the enrollment is saved.",
        now=now,
    )


@on_enrollment("circumstances")
def change_circumstances(enrollment: Enrollment, *, now: datetime) -> ResponseReturnValue:
    form = forms.CircumstancesForm(
        clinician=enrollment.clinician_id,
        wished_part=enrollment.wished_part,
        unavailable=enrollment.busy,
    )
    form.clinician.choices = queries.clinicians_to_choose(enrollment.clinician_id)
    return _change(
        enrollment,
        form,
        enrollments.change_circumstances,
        heading="Clinician and preferences",
        done="The clinician and preferences are saved.",
        now=now,
    )


@on_enrollment("call-off")
def call_off(enrollment: Enrollment, *, now: datetime) -> ResponseReturnValue:
    def call_it_off(current: Enrollment, *, amends: str | None, **facts: Any) -> None:
        del amends  # there is nothing yet that could be amended
        acts.call_off(current, **facts)

    return _change(
        enrollment,
        forms.ActForm(),
        call_it_off,
        first=enrollment.from_on,
        heading="Remove the enrollment",
        hint="It has not begun: it is removed with its places in groups and its sessions.",
        done="The enrollment is removed.",
        now=now,
    )


@bp.post("/participants/<int:participant_id>/undo")
@requires(Permission.MANAGE_PARTICIPANTS)
def undo(participant_id: int) -> ResponseReturnValue:
    """Undo what was done to somebody's enrollments."""
    get_in_scope(participant_id, scope())
    by, change = current_user.actor, request.form.get("change", "")
    people = [participant_id]
    flash(undoable.undo(change, about=ENROLLMENT, participant_ids=people, by=by, now=clock.now()))
    return redirect(url_for("records.participant", participant_id=participant_id))


def _change(
    enrollment: Enrollment,
    form: forms.ActForm,
    act: Callable[..., object],
    *,
    first: date | None = None,
    last: date | None = None,
    heading: str,
    hint: str = "",
    done: str,
    now: datetime,
) -> ResponseReturnValue:
    """The pages of an act on an enrollment, which is read anew under the lock."""
    by, person, program = current_user.actor, enrollment.participant, enrollment.program
    enrollment_id = enrollment.id
    enrolled = period(*enrollment.days)
    whose = f"{person.name}, {program.name}"
    return _carry_out(
        form,
        lambda: act(get_enrollment(enrollment_id), **_facts(form), by=by, now=now),
        participant_id=person.id,
        first=first,
        last=last,
        shown=Shown(heading, place_of(enrollment), person.name, whose),
        hints=(f"{person.name} · {program.name}, {enrolled}", hint),
        done=done,
        now=now,
    )


def _carry_out(
    form: forms.ActForm,
    act: Callable[[], object],
    *,
    participant_id: int,
    first: date | None,
    last: date | None = None,
    shown: Shown,
    hints: Sequence[str],
    done: str,
    week: Callable[[], Week] | None = None,
    action: str = "",
    then: Callable[[], str] | None = None,
    now: datetime,
) -> ResponseReturnValue:
    """The form of an act, and what it leads to from the first day on that it can change.

    `week` has the groups of its page, where it is for groups to be chosen, with the `action` of its
    form; `then` is where to go on to once it is saved, if not back to the person.
    """
    looked_at([participant_id])

    def ask() -> ResponseReturnValue:
        if week is None:
            return form_page("admissions/act.html", form, shown=shown, hints=hints)
        return form_page(
            "admissions/place.html",
            form,
            shown=shown,
            hints=hints,
            week=week(),
            action=action,
        )

    if not is_asked(form):
        return ask()
    this = own_home(now).week
    days = Range(first or this, last)
    picture = partial(queries.picture_of, participant_id, days, week=this, now=now)

    kept: list[str | None] = [None]
    carry_out = compared(
        lambda: kept.append(_kept(act, participant_id, now=now)),
        picture,
        partial(queries.consequences_of, week=this),
    )
    where = url_for("admissions.undo", participant_id=participant_id)

    def finish(found: Consequences | None) -> ResponseReturnValue:
        person = url_for("records.participant", participant_id=participant_id)
        return saved(done, then() if then else person, undo=(where, kept[-1]))(found)

    return consider(form, carry_out, shown=shown, ask=ask, done=finish)


def _offers(
    offered: Sequence[Program], person: Participant, *, left: Program | None = None, now: datetime
) -> list[rules.Offer]:
    today = own_home(now).today
    return rules.offers(offered, birth_on=person.birth_on, today=today, left=left)


def _kept(act: Callable[[], object], participant_id: int, *, now: datetime) -> str | None:
    """Do it; return the name that it can be undone by, where it can be."""
    what = str(request.endpoint).rpartition(".")[2]
    if what not in ACTS:
        act()
        return None
    people, by = [participant_id], current_user.actor
    return undoable.keep(act, what=what, about=ENROLLMENT, participant_ids=people, by=by, now=now)


def _choose_program(
    offers: Sequence[rules.Offer], person: Participant, shown: Shown
) -> ResponseReturnValue:
    """The first step, unless it follows: which program."""
    looked_at([person.id])
    return page("admissions/choose_program.html", shown=shown, offers=offers)


def _program_asked(
    offered: Sequence[Program],
    offers: Callable[[], Sequence[rules.Offer]],
    *,
    left: Program | None = None,
) -> Program | None:
    """The program that was chosen, or follows from what is known; None where one is to choose."""
    asked = request.args.get("program", type=int)
    if asked is not None:
        return _by_id(offered, asked)  # type: ignore[no-any-return]
    return None if "choose" in request.args else rules.chosen(offers(), left=left)


def _prepare(
    form: forms.PlacementForm, program: Program, from_on: date, *, clinician_id: int | None = None
) -> list[Series]:
    """Fill in the choices of a form, for this program; return its groups."""
    groups = groups_of(program, running_on=from_on)
    form.groups.choices = [(one.id, one.title) for one in groups]
    form.clinician.choices = queries.clinicians_to_choose(clinician_id)
    form.min_hours.description = (
        f"Without hours of their own the program’s are prescribed: {prescribed(program)}."
    )
    return groups


def _week(
    form: forms.PlacementForm,
    program: Program,
    groups: Sequence[Series],
    participant_id: int,
    *,
    busy: Sequence[WeeklyTime],
    leaving: Leaving = NOTHING,
    now: datetime,
) -> Week:
    """The program’s week, for an enrollment as it is typed so far."""
    from_on = form.from_on.data or program.site.today(now)
    until_on = form.until_on.data
    days = Range(from_on, until_on if until_on and until_on >= from_on else None)
    hours = form.target
    return week_to_choose(
        groups,
        Who(participant_id, *days),
        goal_in(
            program,
            least=hours.min_minutes if hours else program.min_minutes,
            most=hours.max_minutes if hours else program.max_minutes,
            min_days=hours.min_service_days if hours else None,
        ),
        program=program,
        days=days,
        busy=busy,
        chosen=form.groups.data or (),
        first_leader=in_words_of(form.clinician, form.clinician.data),
        leaving=leaving,
        now=now,
    )


def _facts(form: forms.ActForm) -> dict[str, Any]:
    """What was typed, with the clinician who was chosen by id."""
    if "clinician" not in form:
        return form.facts
    chosen = form["clinician"].data
    return form.facts | {"clinician": get_staff(chosen) if chosen else None}


def _join(enrollment: Enrollment, form: forms.PlacementForm, *, by: Actor, now: datetime) -> None:
    acts.join(enrollment, map(get_series, form.groups.data or ()), by=by, now=now)


def _by_id(rows: Iterable[Any], row_id: int) -> Any:
    for row in rows:
        if row.id == row_id:
            return row
    raise NotFound
