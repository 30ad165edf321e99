"""A PIN set anew at the desk, shown once to be handed over."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.participants.actions import renew_pin
from clinic.participants.forms import PinForm
from clinic.participants.queries import get_participant, pin_mark
from clinic.permissions import Permission
from clinic.programs.views import own_home
from clinic.schedule.queries.bookings import next_of
from clinic.schedule.queries.people import get_in_scope
from clinic.schedule.queries.sessions import leaders_of
from clinic.web import form_page, looked_at, page, requires, scope

bp = Blueprint("pins", __name__)


@bp.route("/participants/<int:participant_id>/pin", methods=["GET", "POST"])
@requires(Permission.GIVE_PINS)
def pin(participant_id: int) -> ResponseReturnValue:
    kept_id = get_in_scope(participant_id, scope())
    if kept_id != participant_id:
        return redirect(url_for("pins.pin", participant_id=kept_id))
    looked_at([participant_id])
    person = get_participant(participant_id)
    form = PinForm(before=pin_mark(person))
    if form.validate_on_submit() and form.attempt(
        lambda: renew_pin(
            person, before=form.before.data or "", by=current_user.actor, now=clock.now()
        )
    ):
        return page("pins/given.html", person=person, pin=form.done)
    form.before.data = pin_mark(person)
    now = clock.now()
    coming = next_of([participant_id], now=now)
    return form_page(
        "pins/pin.html",
        form,
        person=person,
        coming=coming.get(participant_id),
        leaders=leaders_of([row.session_id for row in coming.values()]),
        home=own_home(now),
        now=now,
    )
