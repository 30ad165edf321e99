"""Links and codes with which somebody sets their password, and who hands them out."""

from datetime import datetime
from typing import Any, NamedTuple

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock, passwords
from clinic.accounts.actions import change_email, take_password
from clinic.accounts.forms import NewPasswordForm
from clinic.accounts.models import Account
from clinic.accounts.queries import find_signed_in
from clinic.accounts.views import begin, calendar_links, device_here, end_links, is_fit, known_words
from clinic.db import AnyRow, transaction
from clinic.errors import NotFound
from clinic.formats import counted, moment
from clinic.invitations import actions, queries, rules
from clinic.invitations.forms import CodeForm, InviteForm
from clinic.permissions import Permission
from clinic.programs.views import own_home
from clinic.web import address_of, flash_undo, form_page, keeps_own_transactions, page, requires

WRONG_CODE = (
    "This code is not right, or it is no longer valid. Look at it once more, or ask whoever gave "
    "it to you for a new one."
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


class Inviting(NamedTuple):
    """How somebody who cannot sign in yet may be invited, and what invites them already."""

    by_mail: bool
    open: AnyRow | None


def inviting(account: Account, *, now: datetime) -> Inviting:
    """What a page that invites has to know; nothing for whoever can sign in."""
    if account.password_hash is not None:
        return Inviting(by_mail=False, open=None)
    by_mail = current_app.config["CLINIC_MAILS_LINKS"] and account.is_active
    if by_mail:
        was_taken = queries.was_taken(account.id)
        by_mail = rules.why_not_mail(has_password=False, was_taken=was_taken) is None
    return Inviting(by_mail=by_mail, open=queries.find_open(account.id, now=now))


def invited(account: Account, name: str, *, back: str, revoke: str) -> ResponseReturnValue:
    """Invite somebody: by mail, or by a link or a code, shown in this answer and nowhere else.

    The address that they sign in with is asked for first, where it is not known; `revoke` is
    where the invitation is ended.
    """
    now, by = clock.now(), request.form.get("by")
    if by == "mail" and not current_app.config["CLINIC_MAILS_LINKS"]:
        raise NotFound
    form = InviteForm(email=account.email)
    if not form.validate_on_submit() or not form.attempt(
        lambda: _invite(account, form, how=by, now=now)
    ):
        return form_page(
            "invitations/invite.html",
            form,
            name=name,
            back=back,
            action=request.path,
            alive=_alive(account),
            inviting=inviting(account, now=now),
            has_password=account.password_hash is not None,
            revoke=revoke,
            home=own_home(now),
        )
    if by == "mail":
        text = f"An invitation goes to {account.email} now. It works once, until {_until(now)}."
        flash_undo(text, revoke)
        return redirect(back)
    shown: dict[str, Any] = {"name": name, "until": _until(now), "back": back}
    if by == "code":
        where = address_of(url_for("invitations.code"))
        return page("invitations/code_given.html", code=form.done, where=where, **shown)
    link = _link_of(form.done)
    return page("invitations/link.html", link=link, **shown)


def revoked(account: Account, name: str, *, back: str) -> ResponseReturnValue:
    """End what invites somebody; whoever was faster with it has their password."""
    was = actions.revoke(account, by=current_user.actor, now=clock.now())
    if was is None:
        flash(f"Nothing invites {name} at the moment.", "warning")
    elif was.message_id and not was.sent_at:
        flash("The invitation is revoked. Nothing was sent.")
    else:
        flash("The invitation is revoked. It opens nothing any more.")
    return redirect(back)


def _alive(account: Account) -> str:
    """What lets somebody see what is this person's, in words; nothing where nothing does."""
    links = calendar_links().number_of(account.id)
    alive = ["their password, every sign-in"] if account.password_hash else []
    return " and ".join(alive + ([counted(links, "calendar link")] if links else []))


def _invite(account: Account, form: InviteForm, *, how: str | None, now: datetime) -> str | None:
    """What is shown once, if anything is."""
    by = current_user.actor
    change_email(account, form.email.data, by=by, now=now)
    if form.ends_all.data:
        take_password(account, by=by, now=now)
        calendar_links().end(account.id, by=by, now=now)
    if how == "mail":
        actions.invite_by_mail(account, link_of=_link_of, by=by, now=now)
        return None
    invite = actions.invite_by_code if how == "code" else actions.invite
    return invite(account, by=by, now=now)


def _link_of(token: str) -> str:
    return address_of(rules.invitation_path(token))


def _until(now: datetime) -> str:
    at, today, *_ = own_home(now)
    return moment(now + rules.INVITATION_LASTS, at, today=today)
