from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts.queries import administrators
from clinic.attendance import actions, forms, queries
from clinic.building.queries import buildings
from clinic.errors import NotFound, Refused
from clinic.formats import told_apart
from clinic.permissions import Permission
from clinic.programs.queries import sites
from clinic.programs.views import own_site, site_shown
from clinic.schedule.models import Status
from clinic.schedule.rules.words import NO_ROW, why_stale
from clinic.web import back_to, flash_undo, looked_at, page, requires, scope

bp = Blueprint("building", __name__)


@bp.get("/building")
@requires(Permission.SEE_BUILDING)
def building() -> ResponseReturnValue:
    now = clock.now()
    places = sites()
    if not places:
        return page("not_set_up.html", administrators=administrators())
    site = site_shown(places, request.args.get("site"), now)
    found = buildings([site] if site else places, now=now, scope=scope())
    looked_at(
        {there.stop.participant_id for each in found for there in each.here}
        | {stop.participant_id for each in found for stop in each.due}
    )
    people = [there.stop for each in found for there in each.here]
    people += [stop for each in found for stop in each.due]
    return page(
        "building/building.html",
        buildings=found,
        names=told_apart(people, by_year=Permission.SEE_PARTICIPANTS in current_user.permissions),
        now=now,
        today=(site or own_site(places, now)).today(now),
        sites=places,
        site=site,
    )


@bp.post("/sessions/<int:session_id>/departures")
@requires(Permission.RECORD_ATTENDANCE)
def depart(session_id: int) -> ResponseReturnValue:
    """Note that somebody has left the building just now."""
    now = clock.now()
    booking_id, version, _ = forms.pressed(request.form)
    session = queries.get_session(session_id, scope=scope())
    try:
        booking = queries.get_booking(session.id, booking_id, scope=scope())
    except NotFound:
        flash(NO_ROW)
        return back_to("building.building")
    name = queries.names_on(session_id)[booking.id]
    if booking.status is not Status.PRESENT:
        raise Refused(why_stale(name, booking.status))
    if booking.left_at is not None:
        flash(f"{name} has left already.")
        return back_to("building.building")
    actions.mark(
        booking,
        status=Status.PRESENT,
        arrived_at=booking.arrived_at,
        left_at=now,
        version=version,
        by=current_user.actor,
        now=now,
    )
    change = queries.last_change(session_id, current_user.actor)
    undo = url_for("building.come_back", session_id=session_id)
    fields = {"change": change[0].act if change else "", "next": request.form.get("next", "")}
    flash_undo(f"{name} has left.", undo, fields=fields)
    return back_to("building.building")


@bp.post("/sessions/<int:session_id>/departures/undo")
@requires(Permission.RECORD_ATTENDANCE)
def come_back(session_id: int) -> ResponseReturnValue:
    """Undo that somebody has left."""
    session = queries.get_session(session_id, scope=scope())
    change = forms.change(request.form)
    flash(actions.undo(session, change=change, by=current_user.actor, now=clock.now()))
    return back_to("building.building")
