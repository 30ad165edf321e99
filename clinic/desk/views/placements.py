"""Into a program: admitted, or on from another one. First the program and the day, then more."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts.models import Staff
from clinic.days import WEEK, week_of
from clinic.desk.queries import participant as whole
from clinic.desk.queries import people
from clinic.desk.rules import lives
from clinic.desk.views import bp
from clinic.desk.views.preview import Act, carry_out, enrollment_in_scope
from clinic.enrollment.forms import EnrollForm, PlacementForm, StepDownForm
from clinic.enrollment.queries import enrollments_of
from clinic.enrollment.rules import end_after
from clinic.errors import NotFound
from clinic.formats import week_range
from clinic.participants.queries import get_participant
from clinic.permissions import Permission
from clinic.programs.models import Program
from clinic.programs.queries import get_organization, home, programs
from clinic.schedule.actions import enrollments as acts
from clinic.schedule.models import Series
from clinic.schedule.queries.series import get_series
from clinic.web import day_asked, looked_at, page, requires, scope

STEPPING_DOWN = 4  # weeks of the new program of which some can be transition weeks


@bp.route("/participants/<int:participant_id>/enroll", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def enroll(participant_id: int) -> ResponseReturnValue:
    now = clock.now()
    people.get_in_scope(participant_id, scope())
    person = get_participant(participant_id)
    back = url_for("desk.participant", participant_id=person.id)
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
            f"{program.name} · {lives.program_words(program)}",
            lives.episode_words(enrollments_of([person.id]), from_on),
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
    enrollment = enrollment_in_scope(enrollment_id)
    person = enrollment.participant
    back = url_for("desk.enrollment", enrollment_id=enrollment.id)
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
        then=url_for("desk.participant", participant_id=person.id),
        done=f"{person.name} goes on in {program.name}.",
        hints=(
            f"{person.name} · {program.name} · {lives.program_words(program)}",
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
    found: dict[int | None, Staff] = {one.id: one for one in people.clinicians()}
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
        "desk/choose_program.html",
        heading=heading,
        back=back,
        today=home(now).today,
        programs=[
            {"id": one.id, "name": one.name, "words": lives.program_words(one)} for one in offered
        ],
    )


def _prepare(
    form: PlacementForm, program: Program, clinicians: Mapping[int | None, Staff], *, now: datetime
) -> None:
    """The choices of a form, for this program."""
    form.groups.choices = whole.groups_of(program, from_on=_first_day(program, now), now=now)
    form.clinician.choices = people_words(clinicians)
    form.min_hours.description = (
        f"Without hours of their own the program’s are prescribed: {lives.hours_words(program)}."
    )


def people_words(clinicians: Mapping[int | None, Staff]) -> list[tuple[Any, str]]:
    return [("", "None yet"), *((one.id, one.name) for one in clinicians.values())]


def _chosen(form: PlacementForm) -> list[Series]:
    return [get_series(series_id) for series_id in form.groups.data or ()]


def _weeks_after(from_on: date, *, now: datetime) -> list[tuple[str, str]]:
    first = week_of(from_on, get_organization().week_starts)
    weeks = [first + number * WEEK for number in range(STEPPING_DOWN)]
    return [(str(week), week_range(week, this_year=now.year)) for week in weeks]
