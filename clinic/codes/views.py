from datetime import datetime
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.codes import queries, rules
from clinic.db import AnyRow
from clinic.errors import NotFound
from clinic.formats import qr
from clinic.permissions import Permission
from clinic.web import address_of, page, requires, scope

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
    return {
        "why_not": why_not,
        "code": code,
        "square": code and qr(address_of(f"{url_for('portal.week')}#{code}")),
        "left": rules.seconds_left(now),
    }
