"""Acts whose effects are shown before they are saved: written once, for all of them.

The form is sent three times at most: to see what the act leads to (it is done and undone), back
to the form with what was typed, and to save it, with a digest of the effects that were shown.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts.models import Staff
from clinic.admissions import queries, rules
from clinic.admissions.rules import Effects
from clinic.days import DAY, WEEK, WeeklyTime, week_of
from clinic.db import savepoint, trial
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
)
from clinic.enrollment.models import Enrollment, Leave, Target
from clinic.enrollment.queries import enrollments_of
from clinic.enrollment.rules import ENDINGS, end_after, prescribed
from clinic.errors import NotFound, Refused
from clinic.formats import day_numeric, week_range
from clinic.participants.queries import get_participant
from clinic.permissions import Permission
from clinic.programs.models import Program
from clinic.programs.queries import get_organization, home, programs
from clinic.records.queries import get_enrollment_in_scope, get_in_scope
from clinic.schedule.actions import enrollments as acts
from clinic.schedule.models import Series
from clinic.schedule.queries.series import get_series
from clinic.schedule.rules.words import period
from clinic.web import day_asked, looked_at, page, requires, scope

bp = Blueprint("admissions", __name__)


SOMEBODY_WAS_FASTER = "Something has changed since this was shown. Please look at it again."


@bp.get("/enrollments/<int:enrollment_id>")
@requires(Permission.MANAGE_PARTICIPANTS)
def enrollment(enrollment_id: int) -> ResponseReturnValue:
    """All that can be changed about an enrollment, in one place."""
    now = clock.now()
    found = get_enrollment_in_scope(enrollment_id, scope())
    looked_at([found.participant_id])
    today = found.program.site.today(now)
    return page("admissions/enrollment.html", enrollment=found, today=today)


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
                    if queries.digest(found) != request.form.get("shown"):
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
    return page("admissions/act.html", status=422 if wanted else 200, act=act, form=form, **context)


def _effects_of(act: Act, do: Callable[[], object], *, now: datetime) -> Effects:
    before = queries.picture_of(act.participant_id, now=now)
    do()
    after = queries.picture_of(act.participant_id, before=before, now=now)
    return queries.effects_between(before, after, now=now)


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
        "admissions/preview.html",
        status=status,
        act=act,
        effects=found,
        digest=queries.digest(found),
        typed=typed,
        sentence=sentence,
    )


STEPPING_DOWN = 4  # weeks of the new program of which some can be transition weeks


@bp.route("/participants/<int:participant_id>/enroll", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def enroll(participant_id: int) -> ResponseReturnValue:
    now = clock.now()
    get_in_scope(participant_id, scope())
    person = get_participant(participant_id)
    back = url_for("records.participant", participant_id=person.id)
    heading = f"Enroll {person.name}"
    offered = programs(active_only=True)
    program = _program_asked(offered)
    if program is None:
        looked_at([person.id])
        return _choice(offered, heading=heading, back=(back, person.name), now=now)
    from_on = _first_day(program, now)
    act = Act(
        participant_id=person.id,
        name=person.name,
        heading=heading,
        back=back,
        back_words=person.name,
        then=back,
        done=f"{person.name} is enrolled in {program.name}.",
        hints=(
            f"{program.name} · {rules.program_words(program)}",
            rules.episode_words(enrollments_of([person.id]), from_on),
        ),
    )
    form = EnrollForm(from_on=from_on, until_on=end_after(from_on, program.weeks))
    clinicians = clinicians_to_choose()
    _prepare(form, program, clinicians, now=now)
    return carry_out(
        act,
        form,
        lambda: acts.admit(
            person,
            program,
            from_on=form.from_on.day,
            until_on=form.until_on.data,
            clinician=clinicians.get(form.clinician.data),
            target=form.target,
            wished_part=form.wish,
            unavailable=form.unavailable.data,
            series=_chosen(form),
            by=current_user.actor,
            now=now,
        ),
        now=now,
    )


@bp.route("/enrollments/<int:enrollment_id>/step-down", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def step_down(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    person = enrollment.participant
    back = url_for("admissions.enrollment", enrollment_id=enrollment.id)
    heading = "Step down or transfer"
    offered = [one for one in programs(active_only=True) if one.id != enrollment.program_id]
    program = _program_asked(offered)
    if program is None:
        looked_at([person.id])
        return _choice(offered, heading=heading, back=(back, enrollment.program.name), now=now)
    from_on = _first_day(program, now)
    act = Act(
        participant_id=person.id,
        name=person.name,
        heading=heading,
        back=back,
        back_words=enrollment.program.name,
        then=url_for("records.participant", participant_id=person.id),
        done=f"{person.name} goes on in {program.name}.",
        hints=(
            f"{person.name} · {program.name} · {rules.program_words(program)}",
            f"{enrollment.program.name} ends the day before; it stays one episode of care.",
        ),
    )
    form = StepDownForm(
        from_on=from_on,
        until_on=end_after(from_on, program.weeks),
        clinician=enrollment.clinician_id,
    )
    form.transition_weeks.choices = _weeks_after(from_on, now=now)
    clinicians = clinicians_to_choose(also=enrollment.clinician)
    _prepare(form, program, clinicians, now=now)
    return carry_out(
        act,
        form,
        lambda: acts.step_down(
            enrollment,
            program,
            from_on=form.from_on.day,
            until_on=form.until_on.data,
            clinician=clinicians.get(form.clinician.data),
            target=form.target,
            outcome=form.how,
            transition_weeks=form.transition_weeks.data or (),
            series=_chosen(form),
            amends=form.why,
            by=current_user.actor,
            now=now,
        ),
        now=now,
    )


def clinicians_to_choose(also: Staff | None = None) -> dict[int | None, Staff]:
    """Who may be somebody's primary clinician, by id; `also` whoever is it already."""
    found: dict[int | None, Staff] = {one.id: one for one in queries.clinicians()}
    if also is not None:
        found.setdefault(also.id, also)
    return found


def _program_asked(offered: Sequence[Program]) -> Program | None:
    """The program that was chosen in the step before, if there was one."""
    asked = request.args.get("program", type=int)
    if asked is None:
        return None
    for program in offered:
        if program.id == asked:
            return program
    raise NotFound


def _first_day(program: Program, now: datetime) -> date:
    return day_asked("from", program.site.today(now))


def _choice(
    offered: Sequence[Program], *, heading: str, back: tuple[str, str], now: datetime
) -> ResponseReturnValue:
    """The first step: which program, from which day."""
    return page(
        "admissions/choose_program.html",
        heading=heading,
        back=back,
        today=home(now).today,
        programs=[
            {"id": one.id, "name": one.name, "words": rules.program_words(one)} for one in offered
        ],
    )


def _prepare(
    form: PlacementForm, program: Program, clinicians: Mapping[int | None, Staff], *, now: datetime
) -> None:
    """The choices of a form, for this program."""
    form.groups.choices = queries.groups_of(program, from_on=_first_day(program, now), now=now)
    form.clinician.choices = people_words(clinicians)
    form.min_hours.description = (
        f"Without hours of their own the program’s are prescribed: {prescribed(program)}."
    )


def people_words(clinicians: Mapping[int | None, Staff]) -> list[tuple[Any, str]]:
    return [("", "None yet"), *((one.id, one.name) for one in clinicians.values())]


def _chosen(form: PlacementForm) -> list[Series]:
    return [get_series(series_id) for series_id in form.groups.data or ()]


def _weeks_after(from_on: date, *, now: datetime) -> list[tuple[str, str]]:
    first = week_of(from_on, get_organization().week_starts)
    weeks = [first + number * WEEK for number in range(STEPPING_DOWN)]
    return [(str(week), week_range(week, this_year=now.year)) for week in weeks]


WEEKS_BEHIND = 8  # that can be chosen as weeks of stepping down
WEEKS_AHEAD = 12


@bp.route("/enrollments/<int:enrollment_id>/target", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def change_target(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    form = TargetForm(from_on=max(_today(enrollment, now), enrollment.from_on))
    form.min_days.description = "Left empty: as before."
    return carry_out(
        _act(
            enrollment,
            "Change the prescribed hours",
            done="The hours are changed.",
            hint="The weeks before that day stay as they were judged.",
        ),
        form,
        lambda: enrollment_actions.change_target(
            enrollment,
            from_on=form.from_on.day,
            target=form.hours,
            amends=form.why,
            by=current_user.actor,
            now=now,
        ),
        now=now,
    )


@bp.route(
    "/enrollments/<int:enrollment_id>/targets/<int:target_id>/withdrawal", methods=["GET", "POST"]
)
@requires(Permission.MANAGE_PARTICIPANTS)
def withdraw_target(enrollment_id: int, target_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    target = _target_of(enrollment, target_id)
    from_on = target.from_on
    words = prescribed(target)
    form = ActForm()
    return carry_out(
        _act(
            enrollment,
            "Withdraw a change of hours",
            done="The change is withdrawn.",
            hint=f"From {day_numeric(from_on)}: {words}. Without it the hours before it hold on.",
        ),
        form,
        lambda: enrollment_actions.withdraw_target(
            enrollment, from_on=from_on, amends=form.why, by=current_user.actor, now=now
        ),
        now=now,
    )


@bp.route("/enrollments/<int:enrollment_id>/leave", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def grant_leave(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    form = LeaveForm(from_on=max(_today(enrollment, now), enrollment.from_on))
    return carry_out(
        _act(
            enrollment,
            "Grant leave",
            done="The leave is granted.",
            hint="Their seats are free for these days; the weeks it touches are not judged.",
        ),
        form,
        lambda: acts.grant_leave(
            enrollment,
            from_on=form.from_on.day,
            until_on=form.until_on.day,
            reason=form.reason.data or None,
            amends=form.why,
            by=current_user.actor,
            now=now,
        ),
        now=now,
    )


@bp.route("/enrollments/<int:enrollment_id>/leaves/<int:leave_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def end_leave(enrollment_id: int, leave_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    leave = _leave_of(enrollment, leave_id)
    from_on = leave.from_on
    form = LeaveEndForm(last_on=leave.until_on)
    return carry_out(
        _act(
            enrollment,
            "Change a leave",
            done="The leave is changed.",
            hint=f"They are away {period(from_on, leave.until_on)}.",
        ),
        form,
        lambda: acts.end_leave(
            enrollment,
            from_on=from_on,
            last_on=from_on - DAY if form.is_called_off.data else form.last_on.day,
            amends=form.why,
            by=current_user.actor,
            now=now,
        ),
        now=now,
    )


@bp.route("/enrollments/<int:enrollment_id>/transition-weeks", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def set_transition_weeks(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    there = [each.week for each in enrollment.transition_weeks]
    form = TransitionWeeksForm(weeks=[str(week) for week in there])
    form.weeks.choices = _weeks_to_choose(enrollment, there, now)
    return carry_out(
        _act(
            enrollment,
            "Transition weeks",
            done="The transition weeks are set.",
            hint="Up to two weeks of stepping down below the minimum: shown, never judged.",
        ),
        form,
        lambda: enrollment_actions.set_transition_weeks(
            enrollment,
            weeks=form.weeks.data or (),
            amends=form.why,
            by=current_user.actor,
            now=now,
        ),
        now=now,
    )


@bp.route("/enrollments/<int:enrollment_id>/planned-end", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def move_end(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    has_ended = enrollment.outcome is not None
    form = PlannedEndForm(until_on=None if has_ended else enrollment.until_on)
    act = _act(
        enrollment,
        "Open the enrollment again" if has_ended else "Extend or shorten",
        done="The enrollment is open again." if has_ended else "The planned end is moved.",
        hint="How it ended is taken back. Put them on their groups again where it is needed."
        if has_ended
        else "Their places in groups and their bookings follow.",
    )
    return carry_out(
        act,
        form,
        lambda: acts.move_end(
            enrollment,
            until_on=form.until_on.data,
            amends=form.why,
            by=current_user.actor,
            now=now,
        ),
        now=now,
    )


@bp.route("/enrollments/<int:enrollment_id>/end", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def end(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    today = _today(enrollment, now)
    last_on = today if enrollment.until_on is None else min(today, enrollment.until_on)
    form = EndForm(last_on=last_on, ending=_ending_of(enrollment))
    form.ending.choices = [
        (f"{outcome.value}:{reason.value}", words) for (outcome, reason), words in ENDINGS.items()
    ]
    return carry_out(
        _act(
            enrollment,
            "End the enrollment",
            done="The end of the enrollment is saved.",
            hint="What they attended stays; what is booked after the last day goes.",
        ),
        form,
        lambda: acts.end(
            enrollment,
            last_on=form.last_on.day,
            outcome=form.outcome,
            reason=form.reason,
            amends=form.why,
            by=current_user.actor,
            now=now,
        ),
        now=now,
    )


@bp.route("/enrollments/<int:enrollment_id>/circumstances", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def change_circumstances(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    clinicians = clinicians_to_choose(also=enrollment.clinician)
    form = CircumstancesForm(
        clinician=enrollment.clinician_id,
        wished_part=enrollment.wished_part,
        unavailable=[
            WeeklyTime(one.weekday, one.from_minute, one.until_minute)
            for one in enrollment.unavailabilities
        ],
    )
    form.clinician.choices = people_words(clinicians)
    return carry_out(
        _act(enrollment, "Circumstances", done="The circumstances are saved."),
        form,
        lambda: enrollment_actions.change_circumstances(
            enrollment,
            clinician=clinicians.get(form.clinician.data),
            wished_part=form.wish,
            unavailable=form.unavailable.data,
            by=current_user.actor,
            now=now,
        ),
        now=now,
    )


@bp.route("/enrollments/<int:enrollment_id>/call-off", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def call_off(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    return carry_out(
        _act(
            enrollment,
            "Call the enrollment off",
            done="The enrollment is called off.",
            hint="It never began: it is taken away with its places and bookings.",
        ),
        ActForm(),
        lambda: acts.call_off(enrollment, by=current_user.actor, now=now),
        now=now,
    )


def _act(enrollment: Enrollment, heading: str, *, done: str, hint: str = "") -> Act:
    person = enrollment.participant
    days = period(enrollment.from_on, enrollment.until_on)
    return Act(
        participant_id=person.id,
        name=person.name,
        heading=heading,
        back=url_for("admissions.enrollment", enrollment_id=enrollment.id),
        back_words=enrollment.program.name,
        then=url_for("records.participant", participant_id=person.id),
        done=done,
        hints=(f"{person.name} · {enrollment.program.name}, {days}", hint),
    )


def _today(enrollment: Enrollment, now: datetime) -> date:
    return enrollment.program.site.today(now)


def _target_of(enrollment: Enrollment, target_id: int) -> Target:
    for target in enrollment.targets:
        if target.id == target_id:
            return target
    raise NotFound


def _leave_of(enrollment: Enrollment, leave_id: int) -> Leave:
    for leave in enrollment.leaves:
        if leave.id == leave_id:
            return leave
    raise NotFound


def _ending_of(enrollment: Enrollment) -> str | None:
    if enrollment.outcome is None or enrollment.end_reason is None:
        return None
    return f"{enrollment.outcome.value}:{enrollment.end_reason.value}"


def _weeks_to_choose(
    enrollment: Enrollment, there: list[date], now: datetime
) -> list[tuple[str, str]]:
    """The weeks of the enrollment around today, and those that are chosen already."""
    starts = get_organization().week_starts
    this = week_of(_today(enrollment, now), starts)
    near = (this + number * WEEK for number in range(-WEEKS_BEHIND, WEEKS_AHEAD))
    first, last = week_of(enrollment.from_on, starts), enrollment.until_on or date.max
    weeks = sorted({*there, *(week for week in near if first <= week <= last)})
    return [(str(week), week_range(week, this_year=this.year)) for week in weeks]
