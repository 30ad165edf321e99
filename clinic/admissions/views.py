"""Into a program: who, and on which groups of its week."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.admissions import rules
from clinic.admissions.forms import NewcomerForm
from clinic.days import DAY, WEEK, Range, WeeklyTime
from clinic.effects.views import beside, carry_out, of_enrollment
from clinic.enrollment import actions as enrollments
from clinic.enrollment import forms
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import enrollments_of, get_enrollment
from clinic.enrollment.rules import prescribed
from clinic.errors import NotFound
from clinic.forms import in_words_of
from clinic.invitations.views import inviting
from clinic.participants.actions import add_participant
from clinic.participants.queries import get_participant, possible_duplicates
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
from clinic.records.views import SHOWN_DOUBTS, place_of
from clinic.schedule.actions import enrollments as acts
from clinic.schedule.models import Series
from clinic.schedule.queries.bookings import single_bookings
from clinic.schedule.queries.offers import clinicians_to_choose
from clinic.schedule.queries.people import get_enrollment_in_scope, get_in_scope
from clinic.schedule.queries.series import get_series
from clinic.staff.queries import find_by_id
from clinic.trail import Actor
from clinic.web import (
    day_asked,
    looked_at,
    page,
    reads_first,
    requires,
    scope,
)

bp = Blueprint("admissions", __name__)
bp.add_app_template_filter(rules.program_words)

ENROLL_NEW = "Enroll a new participant"
ONCE_AHEAD = 2 * WEEK  # what is planned by itself and stands below the week


@bp.route("/participants/enroll", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def enroll_new() -> ResponseReturnValue:
    """Somebody who is on no list yet: who they are, and into which program, at once."""
    now, by = clock.now(), current_user.actor
    form = NewcomerForm(from_on=day_asked("from", own_home(now).today))
    doubts = possible_duplicates(form.person) if form.name.data else []
    shown = doubts[:SHOWN_DOUBTS]
    looked_at(row.id for row, _ in shown)
    back = url_for("records.participants")
    name = form.name.data
    people: dict[int, str] = {}

    def begin() -> None:
        person = add_participant(**form.person, by=by, now=now)
        people.clear()
        people[person.id] = person.name

    return _enroll(
        form,
        people=people,
        begin=begin,
        birth_on=form.birth_on.data,
        is_doubtful=bool(doubts) and not form.is_somebody_else.data,
        shown=Shown(ENROLL_NEW, back, "Participants", f"{name}, new on the list"),
        doubts=shown,
        now=now,
    )


@bp.route("/participants/<int:participant_id>/enroll", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def enroll(participant_id: int) -> ResponseReturnValue:
    now = clock.now()
    get_in_scope(participant_id, scope())
    person = get_participant(participant_id)
    looked_at([participant_id])
    back = url_for("records.participant", participant_id=participant_id)
    form = forms.EnrollForm(from_on=day_asked("from", own_home(now).today))
    earlier = enrollments_of([participant_id])
    return _enroll(
        form,
        people={person.id: person.name},
        birth_on=person.birth_on,
        shown=Shown(f"Enroll {person.name}", back, person.name, person.name),
        episode=rules.episode_words(earlier, form.from_on.data) if form.from_on.data else "",
        now=now,
    )


def _enroll(
    form: forms.EnrollForm,
    *,
    people: Mapping[int, str],
    begin: Callable[[], object] = lambda: None,
    birth_on: date | None,
    now: datetime,
    **besides: Any,
) -> ResponseReturnValue:
    """Into a program, with what the page shows besides."""
    by, made = current_user.actor, list[Enrollment]()
    offered = programs(active_only=True)
    offers = rules.offers(offered, birth_on=birth_on, today=own_home(now).today)
    placing = _placing(form, offers, follows=rules.chosen(offers))

    def act() -> None:
        (participant_id,) = people
        enrollment = enrollments.enroll(
            get_participant(participant_id),
            get_program(form.program.data),
            **_facts(form),
            by=by,
            now=now,
        )
        _join(enrollment, form, by=by, now=now)
        made.append(enrollment)

    def week() -> Week | None:
        who, busy = next(iter(people), 0), form.unavailable.understood
        return _week(form, placing, who, busy=busy, now=now)

    return _carry_out(
        form,
        act,
        made,
        placing,
        week=week,
        people=people,
        begin=begin,
        first=form.from_on.data,
        done="is enrolled in",
        now=now,
        **besides,
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
        once=single_bookings(found.id, running_on + ONCE_AHEAD, now=now),
    )


@bp.route("/enrollments/<int:enrollment_id>/step-down", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def step_down(enrollment_id: int) -> ResponseReturnValue:
    now, by = clock.now(), current_user.actor
    enrollment = get_enrollment_in_scope(enrollment_id, scope())
    person, left = enrollment.participant, enrollment.program
    whose = f"{person.name}, {left.name}"
    looked_at([person.id])
    offered = [one for one in programs(active_only=True) if one.id != left.id]
    here = own_home(now)
    offers = rules.offers(offered, birth_on=person.birth_on, today=here.today, left=left)
    today = left.site.today(now)
    form = forms.StepDownForm(from_on=day_asked("from", today), clinician=enrollment.clinician_id)
    first = form.from_on.data
    form.transition_weeks.choices = rules.weeks_after(
        first or today, get_organization().week_starts, this_year=today.year
    )
    follows = rules.chosen(offers, left=left)
    placing = _placing(form, offers, follows=follows, clinician_id=enrollment.clinician_id)
    busy, ends, made = enrollment.busy, enrollment.until_on, list[Enrollment]()

    def act() -> None:
        current, program = get_enrollment(enrollment_id), get_program(form.program.data)
        following = acts.step_down(current, program, **_facts(form), by=by, now=now)
        _join(following, form, by=by, now=now)
        made.append(following)

    def week() -> Week | None:
        leaving = Leaving(enrollment_id=enrollment_id)
        return _week(form, placing, person.id, busy=busy, leaving=leaving, now=now)

    return _carry_out(
        form,
        act,
        made,
        placing,
        week=week,
        people={person.id: person.name},
        first=min(first, ends + DAY) if first and ends else first,
        done="goes on in",
        now=now,
        shown=Shown("Step down or transfer", place_of(enrollment), person.name, whose),
        hint=f"{person.name} · {left.name} ends the day before; it stays one episode of care.",
    )


class Placing(NamedTuple):
    """The programs to choose, and what there is in the one that is chosen."""

    offers: Sequence[rules.Offer]
    program: Program | None
    groups: Sequence[Series]
    is_new: bool  # whether the program was not chosen before this was sent


def _placing(
    form: forms.PlacementForm,
    offers: Sequence[rules.Offer],
    *,
    follows: Program | None,
    clinician_id: int | None = None,
) -> Placing:
    """Fill in the choices of a form; a program is chosen if it is asked for, or follows."""
    found = {one.program.id: one.program for one in offers}
    form.program.choices = [(one.id, one.name) for one in found.values()]
    form.clinician.choices = clinicians_to_choose(clinician_id)
    if not form.is_submitted():
        asked = request.args.get("program", type=int)
        if asked is not None and asked not in found:
            raise NotFound
        form.program.data = asked or (follows.id if follows else None)
    program = found.get(form.program.data)
    is_new = form.follow(program) and form.is_submitted()
    first = form.from_on.data
    groups = groups_of(program, running_on=first) if program and first else []
    form.groups.choices = [(one.id, one.title) for one in groups]
    form.min_hours.description = (
        f"Without hours of their own the program’s are prescribed: {prescribed(program)}."
        if program
        else ""
    )
    return Placing(offers, program, groups, is_new)


def _carry_out(
    form: forms.PlacementForm,
    act: Callable[[], object],
    made: Sequence[Enrollment],
    placing: Placing,
    *,
    week: Callable[[], Week | None],
    people: Mapping[int, str],
    begin: Callable[[], object] = lambda: None,
    first: date | None,
    done: str,
    now: datetime,
    shown: Shown,
    is_doubtful: bool = False,
    **besides: Any,
) -> ResponseReturnValue:
    """The page of an enrollment that is to be `made`, and what it leads to.

    Without script the form is sent once more, for the week of the program that was chosen.
    """

    def ask(*, is_sent: bool = False) -> ResponseReturnValue:
        theirs = beside(people, first, now=now) if people else None
        facts = {"form": form, "shown": shown, "placing": placing, **besides}
        facts |= {"week": week(), "beside": theirs}
        status = 422 if form.errors or is_sent else 200
        return page("admissions/place.html", status=status, is_sent=is_sent, **facts)

    if not is_asked(form) or placing.is_new:
        return ask()
    if is_doubtful:
        return ask(is_sent=True)
    name = placing.program.name if placing.program else ""
    return carry_out(
        form,
        act,
        people=people,
        begin=begin,
        first=first,
        shown=shown,
        ask=ask,
        done=lambda: f"{next(iter(people.values()))} {done} {name}.",
        then=lambda: url_for("admissions.next_step", enrollment_id=made[-1].id),
        undo=of_enrollment(people, what="step_down" if "outcome" in form else "enroll"),
        now=now,
    )


def _week(
    form: forms.PlacementForm,
    placing: Placing,
    participant_id: int,
    *,
    busy: Sequence[WeeklyTime],
    leaving: Leaving = NOTHING,
    now: datetime,
) -> Week | None:
    """The week of the program that is chosen, for an enrollment as it is typed so far."""
    program = placing.program
    if program is None:
        return None
    from_on = form.from_on.data or program.site.today(now)
    until_on = form.until_on.data
    days = Range(from_on, until_on if until_on and until_on >= from_on else None)
    hours = form.target
    return week_to_choose(
        placing.groups,
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
