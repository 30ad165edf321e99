"""What is to be done for participants, words after misses first of all: whose it is, by when, and
what came of it."""

from functools import partial

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.db import AnyRow
from clinic.enrollment.queries import enrollments_of
from clinic.errors import NotFound
from clinic.names import sort_key
from clinic.paging import paged
from clinic.permissions import Permission
from clinic.policy.queries import counters_of
from clinic.programs.queries import get_organization, sites
from clinic.programs.views import own_home, site_asked
from clinic.tasks import actions, queries, rules
from clinic.tasks.forms import GiveForm, OutcomeForm
from clinic.tasks.models import TaskOutcome, TaskState
from clinic.web import back_to, flash_undo, form_page, looked_at, page, requires, scope

bp = Blueprint("tasks", __name__)
bp.add_app_template_filter(rules.why_words, "task_why")
bp.add_app_template_filter(rules.due_words, "task_due")

MOST = 100  # on a page
OWN, COORDINATORS = "own", "coordinators"
STATES = {"overdue": "Overdue", "done": "Done", "withdrawn": "Taken back"}


@bp.get("/tasks")
@requires(Permission.DO_TASKS)
def tasks() -> ResponseReturnValue:
    now = clock.now()
    places = sites()
    site = site_asked(places, request.args.get("site"))
    state, whose = request.args.get("state", ""), request.args.get("whose", "")
    if state not in {"", *STATES} or whose not in {"", OWN, COORDINATORS}:
        raise NotFound
    stored = TaskState(state) if state in {"done", "withdrawn"} else TaskState.OPEN
    here, me = own_home(now), current_user.staff_id
    found = queries.listed(stored, site_id=site.id if site else None, scope=scope())
    today = {row.id: clock.day_of(now, clock.zone(row.timezone)) for row in found}
    listed = [
        row
        for row in found
        if (state != "overdue" or row.due_on < today[row.id]) and _is_of(row, whose, me)
    ]
    listed.sort(key=partial(rules.place_of, name=lambda row: sort_key(row.name)))
    rows, paging = paged(listed, page=request.args.get("page", 1, type=int), most=MOST)
    looked_at(row.participant_id for row in rows)
    return page(
        "tasks/tasks.html",
        rows=rows,
        paging=paging,
        days=today,
        outcomes=rules.OUTCOMES,
        state=state,
        states=[*STATES.items()],
        whose=whose,
        owners=[(OWN, "Mine"), (COORDINATORS, "Without a clinician")],
        sites=[(place.key, place.name) for place in places],
        site=site.key if site else "",
        overdue=sum(row.state is TaskState.OPEN and row.due_on < today[row.id] for row in found),
        asks=rules.asks(get_organization()) if places else False,
        home=here,
    )


def _is_of(row: AnyRow, whose: str, staff_id: int | None) -> bool:
    if whose == OWN:
        return staff_id is not None and row.owner_id == staff_id
    return whose != COORDINATORS or row.owner_id is None


@bp.route("/participants/<int:participant_id>/tasks/new", methods=["GET", "POST"])
@requires(Permission.DO_TASKS)
def give(participant_id: int) -> ResponseReturnValue:
    now = clock.now()
    person = queries.get_person(participant_id, scope=scope())
    looked_at([person.id])
    owners = queries.owners_for(person.id)
    today = clock.day_of(now, clock.zone(person.timezone))
    form = GiveForm(
        owner=rules.first_owner([row.id for row in owners], person, current_user.staff_id),
        due_on=rules.due_on(today, queries.closed_on(person.site_id, today)),
    )
    form.owner.choices = [("", "Choose"), *((row.id, row.name) for row in owners)]
    if form.validate_on_submit() and form.attempt(
        lambda: actions.give(
            person.id,
            what=form.what.data or "",
            owner_id=form.owner.data,
            due_on=form.due_on.day,
            scope=scope(),
            by=current_user.actor,
            now=now,
        )
    ):
        flash("The task is given.")
        return redirect(url_for("records.participant", participant_id=person.id))
    return form_page("tasks/give.html", form, person=person)


@bp.route("/tasks/<int:task_id>", methods=["GET", "POST"])
@requires(Permission.DO_TASKS)
def task(task_id: int) -> ResponseReturnValue:
    now = clock.now()
    row = queries.get_row(task_id, scope=scope())
    looked_at([row.participant_id])
    form = OutcomeForm()
    form.outcome.choices = [
        (each.value, words) for each, words in rules.outcomes_of(row.why).items()
    ]
    if form.validate_on_submit() and form.attempt(
        lambda: actions.finish(
            task_id,
            outcome=TaskOutcome(form.outcome.data),
            words=form.words.data or None,
            scope=scope(),
            by=current_user.actor,
            now=now,
        )
    ):
        undo = url_for("tasks.reopen", task_id=task_id)
        flash_undo(f"Done: {row.name}.", undo, fields={"next": url_for("tasks.tasks")})
        return redirect(url_for("tasks.tasks"))
    here, enrollments = own_home(now), enrollments_of([row.participant_id])
    return form_page(
        "tasks/task.html",
        form,
        row=row,
        today=clock.day_of(now, clock.zone(row.timezone)),
        home=here,
        outcomes=rules.OUTCOMES,
        counters=counters_of(enrollments, get_organization(), today=here.today, now=now),
    )


@bp.post("/tasks/<int:task_id>/reopen")
@requires(Permission.DO_TASKS)
def reopen(task_id: int) -> ResponseReturnValue:
    actions.reopen(task_id, scope=scope(), by=current_user.actor, now=clock.now())
    flash("Opened again. It is due the next working day.")
    return back_to("tasks.task", task_id=task_id)
