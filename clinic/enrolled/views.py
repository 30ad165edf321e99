"""What can happen to an enrollment: each act is shown before it is saved."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial, wraps
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.days import WEEK
from clinic.effects.views import beside, carry_out, of_enrollment
from clinic.enrolled import rules
from clinic.enrollment import actions as enrollments
from clinic.enrollment import forms
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import get_enrollment
from clinic.enrollment.rules import first_day_changed, prescribed, target_on
from clinic.errors import NotFound
from clinic.formats import day_numeric, day_short
from clinic.permissions import Permission
from clinic.preview import Shown, is_asked
from clinic.programs.queries import get_organization
from clinic.records.views import place_of
from clinic.schedule.actions import enrollments as acts
from clinic.schedule.queries.offers import clinicians_to_choose
from clinic.schedule.queries.people import get_enrollment_in_scope
from clinic.schedule.rules.words import period
from clinic.staff.queries import find_by_id
from clinic.web import form_page, looked_at, reads_first, requires, scope

bp = Blueprint("enrolled", __name__)

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


@on_enrollment("target")
def change_target(enrollment: Enrollment, *, now: datetime) -> ResponseReturnValue:
    first = max(enrollment.program.site.today(now), enrollment.from_on)
    form = forms.TargetForm(from_on=first)
    form.min_days.description = "Left empty: as before."
    so_far = f"{day_numeric(first)}: {prescribed(target_on(enrollment, first))}"
    return _change(
        enrollment,
        form,
        enrollments.change_target,
        first=form.from_on.data,
        heading="Change hours",
        hint=f"On {so_far}. The weeks before a change stay as they were judged.",
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
    whose, program = enrollment.participant.name, enrollment.program.name
    day = day_short(form.until_on.data or last_on)
    return _change(
        enrollment,
        form,
        acts.set_end,
        first=first_day_changed(enrollment.until_on, form.until_on.data),
        heading="Change how it ended" if enrollment.outcome else "Discharge",
        hint="What they attended stays; what is booked after the last day goes.",
        done=f"{whose} leaves {program}. The last day is {day}.",
        now=now,
    )


@on_enrollment("circumstances")
def change_circumstances(enrollment: Enrollment, *, now: datetime) -> ResponseReturnValue:
    form = forms.CircumstancesForm(
        clinician=enrollment.clinician_id,
        wished_part=enrollment.wished_part,
        unavailable=enrollment.busy,
    )
    form.clinician.choices = clinicians_to_choose(enrollment.clinician_id)

    def change(current: Enrollment, **facts: Any) -> None:
        clinician = find_by_id(form.clinician.data)
        enrollments.change_circumstances(current, clinician=clinician, **facts)

    return _change(
        enrollment,
        form,
        change,
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
    enrollment_id, person_id = enrollment.id, person.id
    looked_at([person_id])
    whose = f"{person.name}, {program.name}"
    shown = Shown(heading, place_of(enrollment), person.name, whose)
    hints = f"{person.name} · {program.name}, {period(*enrollment.days)}", hint

    def ask() -> ResponseReturnValue:
        week = beside([person_id], first, now=now)
        return form_page("enrolled/act.html", form, shown=shown, hints=hints, beside=week)

    if not is_asked(form):
        return ask()
    people = {person_id: person.name}
    return carry_out(
        form,
        lambda: act(get_enrollment(enrollment_id), **form.facts, by=by, now=now),
        people=people,
        first=first,
        last=last,
        shown=shown,
        ask=ask,
        done=lambda: done,
        then=lambda: url_for("records.participant", participant_id=person_id),
        undo=of_enrollment(people),
        now=now,
    )


def _by_id(rows: Iterable[Any], row_id: int) -> Any:
    for row in rows:
        if row.id == row_id:
            return row
    raise NotFound
