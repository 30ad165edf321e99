from flask import Blueprint, Flask, Response, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from clinic import clock, sent
from clinic.db import id_from, transaction
from clinic.drafts import actions, queries, rules
from clinic.errors import NotFound
from clinic.permissions import Permission
from clinic.programs.views import own_home
from clinic.web import page, requires

OPENED = {200, 409, 422}  # answers that are a page with what was typed

bp = Blueprint("drafts", __name__)


def install(app: Flask) -> None:
    app.after_request(_keep)
    app.after_request(_remove_opened)


def keep_for(account_id: int | None) -> bool:
    """Have what was sent in this request kept for whoever has this account; whether it is."""
    if account_id is None or not sent.is_form():
        return False
    typed = rules.kept_of(sent.typed())
    if rules.why_not_keep(typed):
        return False
    g.draft = account_id, request.full_path.removesuffix("?"), typed
    return True


def _keep(response: Response) -> Response:
    """After the request, whose own transaction may be a reading one."""
    if draft := g.pop("draft", None):
        with transaction():
            actions.keep(*draft, now=clock.now())
    return response


@bp.get("/drafts")
@requires(Permission.OWN_ACCOUNT)
def drafts() -> ResponseReturnValue:
    """What somebody sent after their sign-in had run out, to go on with."""
    now = clock.now()
    found = queries.drafts_of(current_user.account_id, now=now)
    return page(
        "drafts/drafts.html",
        drafts=[(draft, rules.read(draft.typed)) for draft in found],
        home=own_home(now),
        lasts=rules.LASTS,
    )


@bp.post("/drafts/<int:draft_id>/remove")
@requires(Permission.OWN_ACCOUNT)
def remove(draft_id: int) -> ResponseReturnValue:
    if not actions.remove(draft_id, account_id=current_user.account_id):
        raise NotFound
    flash("It is deleted.")
    return redirect(url_for("drafts.drafts"))


def _remove_opened(response: Response) -> Response:
    """What stands in its form again is kept by the page, and no longer here."""
    draft = g.get("opens_draft")
    if draft and response.status_code in OPENED:
        try:
            with transaction():
                actions.remove(id_from(draft), account_id=current_user.account_id)
        except (SQLAlchemyError, ValueError) as error:  # the answer is right all the same
            current_app.logger.warning("draft not removed", exc_info=error)
    return response
