"""Into a program: who, and on which groups of its week."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.admissions import rules
from clinic.days import DAY, Range, WeeklyTime
from clinic.effects.views import beside, carry_out, of_enrollment
from clinic.enrollment import actions as enrollments
from clinic.enrollment import forms
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import enrollments_of, get_enrollment
from clinic.enrollment.rules import end_after, prescribed
from clinic.errors import NotFound
from clinic.forms import in_words_of
from clinic.invitations.views import inviting
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
from clinic.preview import Shown, is_asked
from clinic.programs.models import Program
from clinic.programs.queries import get_organization, get_program, programs
from clinic.programs.views import own_home
from clinic.records.queries import get_enrollment_in_scope, get_in_scope
from clinic.records.views import place_of
from clinic.schedule.actions import enrollments as acts
from clinic.schedule.models import Series
from clinic.schedule.queries.offers import clinicians_to_choose
from clinic.schedule.queries.series import get_series
from clinic.staff.queries import find_by_id
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
        person=person,
        made=made,
        week=lambda: _week(
            form, program, groups, participant_id, busy=form.unavailable.understood, now=now
        ),
        action=this_page(program=program_id),
        first=form.from_on.data,
        shown=shown,
        hints=(
            f"{program.name} · {rules.program_words(program)}",
            rules.episode_words(enrollments_of([participant_id]), from_on),
        ),
        done=f"{person.name} is enrolled in {program.name}.",
        now=now,
    )


@bp.get("/enrollments/<int:enrollment_id>/next")
@requires(Permission.MANAGE_PARTICIPANTS)
def next_step(enrollment_id: int) -> ResponseReturnValue:
    """What somebody needs once they are enrolled: their week, a PIN, access, a calendar."""
    now = clock.now()
    found = get_enrollment_in_scope(enrollment_id, scope())
    looked_at([found.participant_id])
    person = get_participant(found.participant_id)
    running_on = max(found.from_on, found.program.site.today(now))
    return page(
        "admissions/next.html",
        enrollment=found,
        person=person,
        inviting=inviting(person.account, now=now),
        home=own_home(now),
        week=own_week(found, running_on=running_on, now=now),
    )


@bp.route("/enrollments/<int:enrollment_id>/step-down", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def step_down(enrollment_id: int) -> ResponseReturnValue:
    now, by = clock.now(), current_user.actor
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
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
        person=person,
        made=made,
        week=lambda: _week(form, program, groups, person.id, busy=busy, leaving=leaving, now=now),
        action=this_page(program=program_id),
        first=min(first, ends + DAY) if first and ends else first,
        shown=shown,
        hints=(
            f"{person.name} · {program.name} · {rules.program_words(program)}",
            f"{enrollment.program.name} ends the day before; it stays one episode of care.",
        ),
        done=f"{person.name} goes on in {program.name}.",
        now=now,
    )


def _carry_out(
    form: forms.PlacementForm,
    act: Callable[[], object],
    *,
    person: Participant,
    made: Sequence[int],
    first: date | None,
    shown: Shown,
    hints: Sequence[str],
    done: str,
    week: Callable[[], Week],
    action: str,
    now: datetime,
) -> ResponseReturnValue:
    """The page of an enrollment that is to be `made`, and what it leads to."""
    person_id = person.id
    looked_at([person_id])

    def ask() -> ResponseReturnValue:
        facts: dict[str, Any] = {"shown": shown, "hints": hints, "action": action}
        theirs = beside([person_id], first, now=now)
        return form_page("admissions/place.html", form, week=week(), beside=theirs, **facts)

    if not is_asked(form):
        return ask()
    return carry_out(
        form,
        act,
        people={person_id: person.name},
        first=first,
        shown=shown,
        ask=ask,
        done=lambda: done,
        then=lambda: url_for("admissions.next_step", enrollment_id=made[-1]),
        undo=of_enrollment(person_id),
        now=now,
    )


def _offers(
    offered: Sequence[Program], person: Participant, *, left: Program | None = None, now: datetime
) -> list[rules.Offer]:
    today = own_home(now).today
    return rules.offers(offered, birth_on=person.birth_on, today=today, left=left)


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
        for one in offered:
            if one.id == asked:
                return one
        raise NotFound
    return None if "choose" in request.args else rules.chosen(offers(), left=left)


def _prepare(
    form: forms.PlacementForm, program: Program, from_on: date, *, clinician_id: int | None = None
) -> list[Series]:
    """Fill in the choices of a form, for this program; return its groups."""
    groups = groups_of(program, running_on=from_on)
    form.groups.choices = [(one.id, one.title) for one in groups]
    form.clinician.choices = clinicians_to_choose(clinician_id)
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


def _facts(form: forms.PlacementForm) -> dict[str, Any]:
    """What was typed, with the clinician who was chosen by id."""
    return form.facts | {"clinician": find_by_id(form.clinician.data)}


def _join(enrollment: Enrollment, form: forms.PlacementForm, *, by: Actor, now: datetime) -> None:
    acts.join(enrollment, map(get_series, form.groups.data or ()), by=by, now=now)
