"""Links and codes with which somebody sets their password, and who hands them out."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock, passwords
from clinic.accounts.actions import change_email, take_password
from clinic.accounts.forms import NewPasswordForm
from clinic.accounts.models import Account
from clinic.accounts.queries import find_signed_in
from clinic.accounts.views import begin, calendar_links, device_here, end_links, is_fit, known_words
from clinic.db import AnyRow, transaction
from clinic.formats import counted, moment
from clinic.invitations import actions, queries, rules
from clinic.invitations.forms import CodeForm, InviteForm
from clinic.permissions import Permission
from clinic.programs.views import own_home
from clinic.web import address_of, form_page, keeps_own_transactions, page, requires

WRONG_CODE = (
    "This code is not right, or it holds no longer. Look at it once more, or ask whoever gave it "
    "to you for a new one."
)


bp = Blueprint("invitations", __name__)


@bp.get("/invitations")
@requires(Permission.ANYONE)
def code() -> Any:
    return page("invitations/code.html", form=CodeForm(), problem=None)


@bp.post("/invitations")
@requires(Permission.ANYONE)
def enter_code() -> Any:
    """Somebody was given a code on paper: it leads to where they set their password.

    Nobody has to wait after wrong ones: of 60 random bits, trying finds nothing in seven days.
    """
    now = clock.now()
    form = CodeForm()
    if not form.validate_on_submit():
        return page("invitations/code.html", form=form, problem=None, status=422)
    token = actions.enter_code(form.code.data or "", now=now)
    if token is None:
        form.code.errors = [WRONG_CODE]
        return page("invitations/code.html", form=form, problem=None, status=422)
    return redirect(url_for("invitations.invitation", token=token))


@bp.get("/invitations/<string:token>")
@requires(Permission.ANYONE)
def invitation(token: str) -> Any:
    invited = queries.find_invited(token, now=clock.now())
    if invited is None:
        return _over()
    form = NewPasswordForm()
    return page("invitations/set_password.html", form=form, **_invited(token, invited))


@bp.post("/invitations/<string:token>")
@keeps_own_transactions
@requires(Permission.ANYONE)
def accept_invitation(token: str) -> Any:
    now = clock.now()
    form = NewPasswordForm()
    with transaction(write=False):
        invited = queries.find_invited(token, now=now)
        own = known_words(invited.account_id, invited.email) if invited else []
        shown = _invited(token, invited) if invited else {}
    if invited is None:
        return _over()
    if not is_fit(form, own=own):
        return page("invitations/set_password.html", form=form, **shown, status=422)
    password_hash = passwords.hash_password(form.password.data or "")
    with transaction():
        new = actions.accept_invitation(
            invited, password_hash=password_hash, device=device_here(), now=now
        )
        user = find_signed_in(new, now=now) if new else None
        ended = end_links(user, form, now=now)
    if user is None:
        return _over()
    answer = begin(user, invited.email)
    flash(f"Your password is set, and you are signed in.{ended}")
    return answer


def _invited(token: str, invited: AnyRow) -> dict[str, Any]:
    """What the page shows on which somebody who was invited sets their password."""
    links = calendar_links().number_of(invited.account_id)
    return {"token": token, "email": invited.email, "links": links}


def _over() -> Any:
    return page("invitations/over.html", status=404)


def invited(account: Account, name: str, *, back: str) -> ResponseReturnValue:
    """Invite somebody: the link or the code, shown in this answer and nowhere else.

    The address that they sign in with is asked for first, where it is not known.
    """
    now, by_code = clock.now(), request.form.get("by") == "code"
    form = InviteForm(email=account.email)
    if not form.validate_on_submit() or not form.attempt(
        lambda: _invite(account, form, by_code=by_code, now=now)
    ):
        alive = _alive(account)
        return form_page(
            "invitations/invite.html", form, name=name, back=back, action=request.path, alive=alive
        )
    shown: dict[str, Any] = {"name": name, "until": _until(now), "back": back}
    if by_code:
        where = address_of(url_for("invitations.code"))
        return page("invitations/code_given.html", code=form.done, where=where, **shown)
    link = address_of(rules.invitation_path(form.done))
    return page("invitations/link.html", link=link, **shown)


def _alive(account: Account) -> str:
    """What lets somebody see what is this person's, in words; nothing where nothing does."""
    links = calendar_links().number_of(account.id)
    alive = ["their password, every sign-in"] if account.password_hash else []
    return " and ".join(alive + ([counted(links, "calendar link")] if links else []))


def _invite(account: Account, form: InviteForm, *, by_code: bool, now: datetime) -> str:
    by = current_user.actor
    change_email(account, form.email.data, by=by, now=now)
    if form.ends_all.data:
        take_password(account, by=by, now=now)
        calendar_links().end(account.id, by=by, now=now)
    invite = actions.invite_by_code if by_code else actions.invite
    return invite(account, by=current_user.actor, now=now)


def _until(now: datetime) -> str:
    at, today, *_ = own_home(now)
    return moment(now + rules.INVITATION_LASTS, at, today=today)
