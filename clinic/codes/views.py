from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.codes import actions, queries, rules
from clinic.codes.forms import JoinForm
from clinic.db import AnyRow
from clinic.errors import NotFound
from clinic.formats import day_long, qr
from clinic.permissions import Permission
from clinic.schedule.queries.people import met_in
from clinic.schedule.queries.series import get_group
from clinic.schedule.queries.sessions import get_planned
from clinic.schedule.rules.words import session_name
from clinic.web import address_of, form_page, looked_at, page, requires, scope

bp = Blueprint("codes", __name__)


@bp.get("/sessions/<int:session_id>/code")
@requires(Permission.RECORD_ATTENDANCE)
def screen(session_id: int) -> ResponseReturnValue:
    """The code for the phones in a room, on a screen there."""
    now = clock.now()
    session = queries.get_session(session_id, scope())
    return page(
        "codes/screen.html",
        session=session,
        zone=clock.zone(session.timezone),
        key=queries.screen_key(session_id, current_user.account_id),
        **_shown(session, now=now),
    )


@bp.get("/sessions/<int:session_id>/code/now")
@requires(Permission.ANYONE)  # the key of a screen stands for a sign-in
def code_now(session_id: int) -> ResponseReturnValue:
    key = request.authorization.token if request.authorization else None
    if not queries.may_show(session_id, key or ""):
        return {"error": "This screen may not show the code."}, 401, {"WWW-Authenticate": "Bearer"}
    try:
        session = queries.get_session(session_id)
    except NotFound:
        return {"why_not": "This session is gone.", "code": None, "square": None, "left": 60}
    return _shown(session, now=clock.now())


def _shown(session: AnyRow, *, now: datetime) -> dict[str, Any]:
    why_not = rules.why_not_shown(session, zone=clock.zone(session.timezone), now=now)
    code = None if why_not else queries.code_of(session.session_id, rules.minute_of(now))
    return {"why_not": why_not, **shown(code), "left": rules.seconds_left(now)}


def shown(code: str | None) -> dict[str, str | None]:
    """A code, and the square that leads a phone to its owner's page with it."""
    return {"code": code, "square": code and qr(address_of(f"{url_for('portal.week')}#{code}"))}


@bp.get("/kiosk/room")
@requires(Permission.ANYONE)
def room() -> ResponseReturnValue:
    """The page of a tablet that is the screen in a room."""
    return page("codes/room.html")


@bp.route("/sessions/<int:session_id>/join-link", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
def join_link(session_id: int) -> ResponseReturnValue:
    """How people join by video: this meeting, or all of its group's."""
    now = clock.now()
    session = get_planned(session_id, scope())
    series = get_group(session.series_id, scope()) if session.series_id else None
    met = met_in([session_id], by_year=True)[session_id]
    looked_at(one.participant_id for one in met)
    shown = session.join_link or (series.join_link if series else None)
    form = JoinForm(has_group=series is not None, data={"link": shown})
    if form.validate_on_submit():
        meeting = series if series and form.is_for_all else session
        link = form.link.data or None
        actions.set_join_link(meeting, link, by=current_user.actor, now=now)
        flash("How to join is saved." if link else "There is no link any more.")
        return redirect(url_for("attendance.sheet", session_id=session_id))
    name = session_name(session, [one.name for one in met])
    when = day_long(session.day)
    return form_page("codes/join_link.html", form, session=session, name=name, when=when)
