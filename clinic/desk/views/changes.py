"""What can happen to an enrollment: a view for each act, with its form and its call."""

from datetime import date, datetime

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.days import DAY, WEEK, WeeklyTime, week_of
from clinic.desk.views import bp
from clinic.desk.views.placements import clinicians_to_choose, people_words
from clinic.desk.views.preview import Act, carry_out, enrollment_in_scope
from clinic.enrollment import actions as enrollment_actions
from clinic.enrollment.forms import (
    ActForm,
    CircumstancesForm,
    EndForm,
    LeaveEndForm,
    LeaveForm,
    PlannedEndForm,
    TargetForm,
    TransitionWeeksForm,
)
from clinic.enrollment.models import Enrollment, Leave, Target
from clinic.enrollment.rules import ENDINGS, target_in_words
from clinic.errors import NotFound
from clinic.formats import day_numeric, week_range
from clinic.permissions import Permission
from clinic.programs.queries import get_organization
from clinic.schedule.actions import enrollments as acts
from clinic.schedule.rules.words import period
from clinic.web import requires

WEEKS_BEHIND = 8  # that can be chosen as weeks of stepping down
WEEKS_AHEAD = 12


@bp.route("/enrollments/<int:enrollment_id>/target", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def change_target(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    enrollment = enrollment_in_scope(enrollment_id)
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
    enrollment = enrollment_in_scope(enrollment_id)
    target = _target_of(enrollment, target_id)
    from_on = target.from_on
    words = target_in_words(target.min_minutes, target.max_minutes, target.min_service_days)
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
    enrollment = enrollment_in_scope(enrollment_id)
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
    enrollment = enrollment_in_scope(enrollment_id)
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
    enrollment = enrollment_in_scope(enrollment_id)
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
    enrollment = enrollment_in_scope(enrollment_id)
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
    enrollment = enrollment_in_scope(enrollment_id)
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
    enrollment = enrollment_in_scope(enrollment_id)
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
    enrollment = enrollment_in_scope(enrollment_id)
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
        back=url_for("desk.enrollment", enrollment_id=enrollment.id),
        back_words=enrollment.program.name,
        then=url_for("desk.participant", participant_id=person.id),
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
