from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.db import savepoint
from clinic.desk.forms import PutOnForm, TakeOffForm
from clinic.desk.queries import participant as whole
from clinic.desk.queries import people
from clinic.desk.views import bp
from clinic.desk.views.participants import participant_page
from clinic.enrollment import actions as enrollment_actions
from clinic.enrollment.forms import EnrollForm
from clinic.enrollment.queries import get_enrollment
from clinic.errors import Refused
from clinic.formats import day_short
from clinic.participants.queries import get_participant
from clinic.permissions import Permission
from clinic.programs.queries import get_program, programs, sites
from clinic.schedule.actions import rosters
from clinic.schedule.queries import get_roster_entry, get_series
from clinic.web import looked_at, page, requires


@bp.route("/participants/<int:participant_id>/enroll", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def enroll(participant_id: int) -> ResponseReturnValue:
    now = clock.now()
    person = get_participant(participant_id)
    looked_at([person.id])
    form = EnrollForm()
    clinicians = people.clinicians()
    form.program.choices = [("", "Choose…"), *((one.id, one.name) for one in programs())]
    form.clinician.choices = [("", "None yet"), *((one.id, one.name) for one in clinicians)]
    if not form.is_submitted():
        form.from_on.data = clock.day_of(now, clock.zone(sites()[0].timezone))
    elif form.validate():
        try:
            with savepoint():
                enrollment_actions.enroll(
                    person,
                    get_program(form.program.data),
                    from_on=form.from_on.day,
                    until_on=form.until_on.data,
                    clinician=next((c for c in clinicians if c.id == form.clinician.data), None),
                    target=form.target,
                    by=current_user.actor,
                    now=now,
                )
        except Refused as refused:
            form.refuse(refused.sentence)
        else:
            flash(f"{person.name} is enrolled. Put them on their groups next.")
            return redirect(url_for("desk.participant", participant_id=person.id))
    status = 422 if form.errors else 200
    return page("desk/enroll.html", status=status, form=form, person=person)


@bp.post("/enrollments/<int:enrollment_id>/groups")
@requires(Permission.MANAGE_PARTICIPANTS)
def put_on(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    form = PutOnForm()
    enrollment = get_enrollment(enrollment_id)
    form.series.choices = whole.groups_for(enrollment, now=now)
    if form.validate():
        series = get_series(form.series.data)
        try:
            with savepoint():
                rosters.put_on(
                    enrollment, series, from_on=form.from_on.day, by=current_user.actor, now=now
                )
        except Refused as refused:
            form.refuse(refused.sentence)
        else:
            flash(f"{enrollment.participant.name} is on {series.title}.")
            return redirect(url_for("desk.participant", participant_id=enrollment.participant_id))
    return participant_page(
        enrollment.participant_id, now=now, status=422, put_on_form=(enrollment_id, form)
    )


@bp.post("/rosters/<int:entry_id>/end")
@requires(Permission.MANAGE_PARTICIPANTS)
def take_off(entry_id: int) -> ResponseReturnValue:
    now = clock.now()
    form = TakeOffForm()
    entry = get_roster_entry(entry_id)
    person = entry.enrollment.participant
    if form.validate():
        try:
            with savepoint():
                rosters.take_off(entry, last_on=form.until_on.day, by=current_user.actor, now=now)
        except Refused as refused:
            form.until_on.errors = [refused.sentence]
        else:
            flash(
                f"{person.name} is off {entry.series.title} after {day_short(form.until_on.day)}."
            )
            return redirect(url_for("desk.participant", participant_id=person.id))
    return participant_page(person.id, now=now, status=422, take_off_form=(entry_id, form))
