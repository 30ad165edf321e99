"""Into a program, and what can happen to an enrollment: each act is shown before it is saved."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts.models import Staff
from clinic.admissions import queries, rules
from clinic.days import DAY, WEEK, Range, WeeklyTime
from clinic.enrollment import actions as enrollment_actions
from clinic.enrollment.forms import (
    ActForm,
    CircumstancesForm,
    EndForm,
    EnrollForm,
    LeaveEndForm,
    LeaveForm,
    PlacementForm,
    PlannedEndForm,
    StepDownForm,
    TargetForm,
    TransitionWeeksForm,
    ending,
)
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import enrollments_of, get_enrollment
from clinic.enrollment.rules import end_after, first_day_changed, prescribed
from clinic.errors import NotFound
from clinic.formats import day_numeric
from clinic.participants.queries import get_participant
from clinic.permissions import Permission
from clinic.preview import Compared, Shown, consider, is_asked, saved
from clinic.programs.models import Program
from clinic.programs.queries import get_organization, get_program, home, programs
from clinic.records.queries import get_enrollment_in_scope, get_in_scope
from clinic.schedule.actions import enrollments as acts
from clinic.schedule.models import Series
from clinic.schedule.queries.series import get_series
from clinic.schedule.rules.words import period
from clinic.staff.queries import get_staff
from clinic.web import day_asked, looked_at, page, reads_first, requires, scope

bp = Blueprint("admissions", __name__)
bp.add_app_template_filter(rules.program_words)


@bp.get("/enrollments/<int:enrollment_id>")
@requires(Permission.MANAGE_PARTICIPANTS)
def enrollment(enrollment_id: int) -> ResponseReturnValue:
    """All that can be changed about an enrollment, in one place."""
    now = clock.now()
    found = get_enrollment_in_scope(enrollment_id, scope())
    looked_at([found.participant_id])
    today = found.program.site.today(now)
    return page("admissions/enrollment.html", enrollment=found, today=today)


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
    program = _program_asked(offered)
    if program is None:
        return _choose_program(offered, participant_id, shown, now=now)
    from_on = day_asked("from", program.site.today(now))
    form = EnrollForm(from_on=from_on, until_on=end_after(from_on, program.weeks))
    _prepare(form, program, from_on, now=now)
    program_id = program.id

    def admit() -> None:
        enrollment = enrollment_actions.enroll(
            get_participant(participant_id),
            get_program(program_id),
            clinician=_clinician(form),
            **form.facts,
            by=by,
            now=now,
        )
        acts.join(enrollment, _series(form), by=by, now=now)

    return _carry_out(
        form,
        admit,
        participant_id=participant_id,
        first=form.from_on.data,
        shown=shown,
        hints=(
            f"{program.name} · {rules.program_words(program)}",
            rules.episode_words(enrollments_of([participant_id]), from_on),
        ),
        done=f"{person.name} is enrolled in {program.name}.",
        now=now,
    )


@bp.route("/enrollments/<int:enrollment_id>/step-down", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def step_down(enrollment_id: int) -> ResponseReturnValue:
    now, by = clock.now(), current_user.actor
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    person = enrollment.participant
    back = url_for("admissions.enrollment", enrollment_id=enrollment_id)
    shown = Shown("Step down or transfer", back, enrollment.program.name, person.name)
    offered = [one for one in programs(active_only=True) if one.id != enrollment.program_id]
    program = _program_asked(offered)
    if program is None:
        return _choose_program(offered, person.id, shown, now=now)
    from_on = day_asked("from", program.site.today(now))
    form = StepDownForm(
        from_on=from_on,
        until_on=end_after(from_on, program.weeks),
        clinician=enrollment.clinician_id,
    )
    form.transition_weeks.choices = rules.weeks_after(
        from_on, get_organization().week_starts, this_year=now.year
    )
    _prepare(form, program, from_on, also=enrollment.clinician, now=now)
    program_id = program.id

    def go_on() -> None:
        following = acts.step_down(
            get_enrollment(enrollment_id),
            get_program(program_id),
            clinician=_clinician(form),
            **form.facts,
            by=by,
            now=now,
        )
        acts.join(following, _series(form), by=by, now=now)

    ends = enrollment.until_on
    first = form.from_on.data
    return _carry_out(
        form,
        go_on,
        participant_id=person.id,
        first=min(first, ends + DAY) if first and ends else first,
        shown=shown,
        hints=(
            f"{person.name} · {program.name} · {rules.program_words(program)}",
            f"{enrollment.program.name} ends the day before; it stays one episode of care.",
        ),
        done=f"{person.name} goes on in {program.name}.",
        now=now,
    )


@bp.route("/enrollments/<int:enrollment_id>/target", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def change_target(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    form = TargetForm(from_on=max(_today(enrollment, now), enrollment.from_on))
    form.min_days.description = "Left empty: as before."
    return _change(
        enrollment,
        form,
        enrollment_actions.change_target,
        first=form.from_on.data,
        heading="Change the prescribed hours",
        hint="The weeks before that day stay as they were judged.",
        done="The hours are changed.",
        now=now,
    )


@bp.route(
    "/enrollments/<int:enrollment_id>/targets/<int:target_id>/withdrawal", methods=["GET", "POST"]
)
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def withdraw_target(enrollment_id: int, target_id: int) -> ResponseReturnValue:
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    target = _dated(enrollment.targets, target_id)
    since = f"From {day_numeric(target.from_on)}: {prescribed(target)}."
    return _change(
        enrollment,
        ActForm(),
        partial(enrollment_actions.withdraw_target, from_on=target.from_on),
        first=target.from_on,
        heading="Withdraw a change of hours",
        hint=f"{since} Without it the hours before it hold on.",
        done="The change is withdrawn.",
        now=clock.now(),
    )


@bp.route("/enrollments/<int:enrollment_id>/leave", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def grant_leave(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    form = LeaveForm(from_on=max(_today(enrollment, now), enrollment.from_on))
    return _change(
        enrollment,
        form,
        acts.grant_leave,
        first=form.from_on.data,
        last=form.until_on.data,
        heading="Grant leave",
        hint="Their seats are free for these days; the weeks it touches are not judged.",
        done="The leave is granted.",
        now=now,
    )


@bp.route("/enrollments/<int:enrollment_id>/leaves/<int:leave_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def end_leave(enrollment_id: int, leave_id: int) -> ResponseReturnValue:
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    leave = _dated(enrollment.leaves, leave_id)
    form = LeaveEndForm(until_on=leave.until_on)
    form.from_on = leave.from_on
    return _change(
        enrollment,
        form,
        acts.end_leave,
        first=leave.from_on,
        last=max(leave.until_on, form.until_on.data or leave.until_on),
        heading="Change a leave",
        hint=f"They are away {period(leave.from_on, leave.until_on)}.",
        done="The leave is changed.",
        now=clock.now(),
    )


@bp.route("/enrollments/<int:enrollment_id>/transition-weeks", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def set_transition_weeks(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    chosen = [each.week for each in enrollment.transition_weeks]
    form = TransitionWeeksForm(weeks=[str(week) for week in chosen])
    form.weeks.choices = rules.weeks_around(
        _today(enrollment, now),
        get_organization().week_starts,
        enrolled=Range(enrollment.from_on, enrollment.until_on),
        chosen=chosen,
    )
    touched = [*chosen, *(form.weeks.data or ())]
    return _change(
        enrollment,
        form,
        enrollment_actions.set_transition_weeks,
        first=min(touched, default=None),
        last=max(touched) + WEEK if touched else None,
        heading="Transition weeks",
        hint="Up to two weeks of stepping down below the minimum: shown, never judged.",
        done="The transition weeks are set.",
        now=now,
    )


@bp.route("/enrollments/<int:enrollment_id>/planned-end", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def move_end(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    has_ended = enrollment.outcome is not None
    form = PlannedEndForm(until_on=None if has_ended else enrollment.until_on)
    return _change(
        enrollment,
        form,
        acts.set_end,
        first=first_day_changed(enrollment.until_on, form.until_on.data),
        heading="Open the enrollment again" if has_ended else "Extend or shorten",
        hint="How it ended is taken back. Put them on their groups again where it is needed."
        if has_ended
        else "Their places in groups and their bookings follow.",
        done="The enrollment is open again." if has_ended else "The planned end is moved.",
        now=now,
    )


@bp.route("/enrollments/<int:enrollment_id>/end", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def end(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    today = _today(enrollment, now)
    last_on = today if enrollment.until_on is None else min(today, enrollment.until_on)
    form = EndForm(until_on=last_on, ending=ending(enrollment.outcome, enrollment.end_reason))
    return _change(
        enrollment,
        form,
        acts.set_end,
        first=first_day_changed(enrollment.until_on, form.until_on.data),
        heading="End the enrollment",
        hint="What they attended stays; what is booked after the last day goes.",
        done="The end of the enrollment is saved.",
        now=now,
    )


@bp.route("/enrollments/<int:enrollment_id>/circumstances", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def change_circumstances(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    form = CircumstancesForm(
        clinician=enrollment.clinician_id,
        wished_part=enrollment.wished_part,
        unavailable=[
            WeeklyTime(one.weekday, one.from_minute, one.until_minute)
            for one in enrollment.unavailabilities
        ],
    )
    form.clinician.choices = queries.clinicians_to_choose(also=enrollment.clinician)

    def change(there: Enrollment, **facts: Any) -> None:
        enrollment_actions.change_circumstances(there, clinician=_clinician(form), **facts)

    return _change(
        enrollment,
        form,
        change,
        heading="Circumstances",
        done="The circumstances are saved.",
        now=now,
    )


@bp.route("/enrollments/<int:enrollment_id>/call-off", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def call_off(enrollment_id: int) -> ResponseReturnValue:
    enrollment = get_enrollment_in_scope(enrollment_id, scope())

    def call_it_off(there: Enrollment, *, amends: str | None, **facts: Any) -> None:
        del amends  # there is nothing yet that could be amended
        acts.call_off(there, **facts)

    return _change(
        enrollment,
        ActForm(),
        call_it_off,
        first=enrollment.from_on,
        heading="Call the enrollment off",
        hint="It never began: it is taken away with its places and bookings.",
        done="The enrollment is called off.",
        now=clock.now(),
    )


def _change(
    enrollment: Enrollment,
    form: ActForm,
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
    back = url_for("admissions.enrollment", enrollment_id=enrollment_id)
    enrolled = period(enrollment.from_on, enrollment.until_on)
    return _carry_out(
        form,
        lambda: act(get_enrollment(enrollment_id), **form.facts, by=by, now=now),
        participant_id=person.id,
        first=first,
        last=last,
        shown=Shown(heading, back, program.name, person.name),
        hints=(f"{person.name} · {program.name}, {enrolled}", hint),
        done=done,
        now=now,
    )


def _carry_out(
    form: ActForm,
    act: Callable[[], object],
    *,
    participant_id: int,
    first: date | None,
    last: date | None = None,
    shown: Shown,
    hints: Sequence[str],
    done: str,
    now: datetime,
) -> ResponseReturnValue:
    """The form of an act, and what it leads to from the first day on that it can change."""
    looked_at([participant_id])

    def ask() -> ResponseReturnValue:
        status = 422 if form.errors else 200
        return page("admissions/act.html", status=status, form=form, shown=shown, hints=hints)

    if not is_asked(form):
        return ask()
    week = home(now).week
    days = Range(first or week, last)
    picture = partial(queries.picture_of, participant_id, days, week=week, now=now)
    compared = Compared(act, picture, partial(queries.consequences_of, week=week))
    then = url_for("records.participant", participant_id=participant_id)
    return consider(form, compared, shown=shown, ask=ask, done=saved(done, then))


def _choose_program(
    offered: Sequence[Program], participant_id: int, shown: Shown, *, now: datetime
) -> ResponseReturnValue:
    """The first step: which program, from which day."""
    looked_at([participant_id])
    today = home(now).today
    return page("admissions/choose_program.html", shown=shown, today=today, programs=offered)


def _program_asked(offered: Sequence[Program]) -> Program | None:
    """The program that was chosen in the step before, if there was one."""
    asked = request.args.get("program", type=int)
    if asked is None:
        return None
    for program in offered:
        if program.id == asked:
            return program
    raise NotFound


def _prepare(
    form: PlacementForm,
    program: Program,
    from_on: date,
    *,
    also: Staff | None = None,
    now: datetime,
) -> None:
    """The choices of a form, for this program."""
    form.groups.choices = queries.groups_of(program, from_on=from_on, now=now)
    form.clinician.choices = queries.clinicians_to_choose(also)
    form.min_hours.description = (
        f"Without hours of their own the program’s are prescribed: {prescribed(program)}."
    )


def _clinician(form: PlacementForm | CircumstancesForm) -> Staff | None:
    return get_staff(form.clinician.data) if form.clinician.data else None


def _series(form: PlacementForm) -> list[Series]:
    return [get_series(series_id) for series_id in form.groups.data or ()]


def _today(enrollment: Enrollment, now: datetime) -> date:
    return enrollment.program.site.today(now)


def _dated(found: Sequence[Any], dated_id: int) -> Any:
    """One target or leave of an enrollment."""
    for one in found:
        if one.id == dated_id:
            return one
    raise NotFound
