from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.db import savepoint
from clinic.desk.forms import PutOnForm, TakeOffForm
from clinic.desk.queries import participant as whole
from clinic.desk.views import bp
from clinic.desk.views.participants import participant_page
from clinic.desk.views.preview import enrollment_in_scope
from clinic.errors import Refused
from clinic.formats import day_short
from clinic.permissions import Permission
from clinic.schedule.actions import rosters
from clinic.schedule.queries.rosters import get_roster_entry
from clinic.schedule.queries.series import get_series
from clinic.web import looked_at, page, requires


@bp.get("/enrollments/<int:enrollment_id>")
@requires(Permission.MANAGE_PARTICIPANTS)
def enrollment(enrollment_id: int) -> ResponseReturnValue:
    """All that can be changed about an enrollment, in one place."""
    now = clock.now()
    found = enrollment_in_scope(enrollment_id)
    looked_at([found.participant_id])
    return page("desk/enrollment.html", enrollment=whole.life_of(found, now=now))


@bp.post("/enrollments/<int:enrollment_id>/groups")
@requires(Permission.MANAGE_PARTICIPANTS)
def put_on(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    form = PutOnForm()
    enrollment = enrollment_in_scope(enrollment_id)
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
