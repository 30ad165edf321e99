import functools
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from flask import Blueprint, Flask, Response, current_app, flash, g, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_user
from sqlalchemy.exc import SQLAlchemyError

from clinic import clock, devices, passwords
from clinic.accounts import actions, forms, queries, rules
from clinic.addresses import openable, page_of_form
from clinic.db import transaction
from clinic.drafts.queries import has_drafts
from clinic.drafts.views import keep_for
from clinic.errors import NotFound
from clinic.formats import counted
from clinic.permissions import Permission, Role
from clinic.programs.views import own_home
from clinic.tokens import keyed
from clinic.trail import Actor
from clinic.web import (
    SAFE_METHODS,
    View,
    keeps_own_transactions,
    page,
    requires,
)

WRONG = "The e-mail address or the password is not right."
WRONG_PASSWORD = "This is not your current password."  # noqa: S105 - a sentence

bp = Blueprint("accounts", __name__)
login_manager = LoginManager()


class Anonymous:
    """Nobody we know."""

    is_authenticated = False
    is_active = False
    is_anonymous = True
    account_id = None
    staff_id = None
    actor = Actor("account", None)
    roles: frozenset[Role] = frozenset()
    permissions: frozenset[Permission] = frozenset()
    name = ""


login_manager.anonymous_user = Anonymous
# A phone changes its address on the way: what a sign-in is worth is decided by its row.
login_manager.session_protection = None


class Links(NamedTuple):
    """The calendar links of an account, which a higher feature keeps."""

    number_of: Callable[[int], int]
    end: Callable[..., int]


def install(
    app: Flask,
    *,
    known_of: Callable[[int], Iterable[str]],
    links: Links,
    shown: Callable[[], list[tuple[Role, str, str]]],
) -> None:
    """`known_of` an account: names, of higher features too, that its password must not rest on;
    `shown` are the sign-ins of a demonstration, none of a clinic."""
    app.extensions["known_of"] = known_of
    app.extensions["shown_sign_ins"] = shown
    app.extensions["links"] = links
    # Its init_app would add a remember-me cookie, and a look at the user wherever a page is
    # rendered, outside of any transaction.
    app.login_manager = login_manager  # type: ignore[attr-defined]  # where Flask-Login looks
    app.after_request(_note_seen)
    app.after_request(_keep_site)


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _load(token: str) -> queries.SignedIn | None:
    return queries.find_signed_in(token, now=clock.now())


@login_manager.unauthorized_handler  # type: ignore[untyped-decorator]
def _ask_to_sign_in() -> ResponseReturnValue:
    """Of what was sent too late, nothing is done; it is kept for whoever was signed in."""
    if request.headers.get("X-Fetch"):  # the page keeps it, and says so
        return Response(status=401)
    if request.method in SAFE_METHODS:
        target = request.full_path.removesuffix("?")
        return redirect(url_for("accounts.sign_in", next=target))
    token = cookie.get("_user_id")
    view = current_app.view_functions[request.endpoint or ""]
    has_secrets = getattr(view, "keeps_own_transactions", False)  # one's own password
    is_kept = keep_for(queries.find_ended(token) if token and not has_secrets else None)
    return redirect(url_for("accounts.sign_in", next=page_of_form(), kept=is_kept or None))


def _note_seen(response: Response) -> Response:
    user = g.get("_login_user")
    if not isinstance(user, queries.SignedIn) or request.headers.get("X-Poll"):
        return response
    now = clock.now()
    if now - user.seen_at >= rules.SEEN_EVERY:
        try:
            with transaction():
                actions.note_seen(user, now=now)
        except SQLAlchemyError as error:  # the answer is right all the same
            current_app.logger.warning("sign-in not prolonged", exc_info=error)
    return response


def _keep_site(response: Response) -> Response:
    """Keep a site that somebody has chosen on this page, for the next time."""
    user, chosen = g.get("_login_user"), g.get("site_chosen")
    if isinstance(user, queries.SignedIn) and chosen not in {None, user.site_shown}:
        with transaction():
            actions.keep_site(user.account_id, chosen)
    return response


def _knows_who_asks(view: View) -> View:
    """Look up who asks before a view that opens its own transactions."""

    @functools.wraps(view)
    def knowing(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        with transaction(write=False):
            bool(current_user.is_authenticated)
        return view(*args, **kwargs)

    return knowing


@bp.get("/")
@requires(Permission.ANYONE)
def index() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(rules.first_page(current_user.permissions))
    return redirect(url_for("accounts.sign_in"))


@bp.get("/sign-in")
@requires(Permission.ANYONE)
def sign_in() -> Any:
    target = openable(request.args.get("next"))
    if current_user.is_authenticated:
        target = openable(target, current_user.permissions)
        return redirect(target or rules.first_page(current_user.permissions))
    form = forms.SignInForm(formdata=None, next=target or "")
    # A cookie that stands for nobody: they were signed in, and no longer are.
    kept, has_ended = request.args.get("kept"), "_user_id" in cookie
    return page(
        "accounts/sign_in.html",
        form=form,
        problem=None,
        has_ended=has_ended,
        is_kept=bool(kept),
        shown=current_app.extensions["shown_sign_ins"](),
    )


@bp.post("/sign-in")
@keeps_own_transactions
@requires(Permission.ANYONE)
def try_sign_in() -> Any:
    now = clock.now()
    form = forms.SignInForm()
    if not form.validate_on_submit():
        return _sign_in_again(form)
    email, password = form.email.data or "", form.password.data or ""
    bucket = _bucket_of(rules.normal_email(email))
    with transaction(write=False):
        pause = queries.pause(bucket, now=now)
        known = queries.find_credentials(email)
    if pause:
        return too_many_tries(
            "accounts/sign_in.html", pause, form=form, has_ended=False, is_kept=False, shown=[]
        )
    stored = known.password_hash if known else None
    is_right = passwords.is_password(password, stored)
    better_hash = passwords.better_hash(password, stored) if is_right and stored else None
    with transaction():
        token = actions.try_sign_in(
            known,
            is_right=is_right,
            better_hash=better_hash,
            bucket=bucket,
            device=device_here(),
            now=now,
        )
        user = queries.find_signed_in(token, now=now) if token else None
    if user is None:
        return _sign_in_again(form, problem=WRONG)
    target = openable(form.next.data, user.permissions)
    with transaction(write=False):
        if has_drafts(user.account_id, now=now):
            target = url_for("drafts.drafts")
    return begin(user, rules.normal_email(email), target)


@bp.post("/sign-out")
@requires(Permission.ANYONE)
def sign_out() -> ResponseReturnValue:
    if current_user.is_authenticated:
        actions.sign_out(current_user, now=clock.now())
    cookie.clear()
    return redirect(url_for("accounts.sign_in"))


@bp.get("/account")
@requires(Permission.OWN_ACCOUNT)
def account() -> ResponseReturnValue:
    """Of whoever is signed in, staff or participant."""
    now = clock.now()
    return page(
        "accounts/account.html",
        email=queries.get_credentials(current_user.account_id).email,
        roles=current_user.roles,
        home=own_home(now),
        sign_ins=queries.sign_ins_of(current_user, now=now),
        this_id=current_user.sign_in_id,
    )


@bp.post("/account/sign-ins/end")
@requires(Permission.OWN_ACCOUNT)
def end_sign_ins() -> ResponseReturnValue:
    number = actions.sign_out_elsewhere(current_user, now=clock.now())
    flash(f"Signed out in {counted(number, 'other place')}.")
    return redirect(url_for("accounts.account"))


@bp.post("/account/sign-ins/<int:sign_in_id>/end")
@requires(Permission.OWN_ACCOUNT)
def end_sign_in(sign_in_id: int) -> ResponseReturnValue:
    if not actions.sign_out_elsewhere(current_user, only=sign_in_id, now=clock.now()):
        raise NotFound
    flash("Signed out there.")
    return redirect(url_for("accounts.account"))


@bp.get("/account/password")
@requires(Permission.OWN_ACCOUNT)
def password() -> Any:
    links = calendar_links().number_of(current_user.account_id)
    return page("accounts/password.html", form=forms.PasswordForm(), problem=None, links=links)


@bp.post("/account/password")
@keeps_own_transactions
@_knows_who_asks
@requires(Permission.OWN_ACCOUNT)
def change_password() -> Any:
    now = clock.now()
    form = forms.PasswordForm()
    bucket = keyed("throttle", f"sign-in:{current_user.sign_in_id}")
    with transaction(write=False):
        pause = queries.pause(bucket, now=now)
        known = queries.get_credentials(current_user.account_id)
        own = known_words(known.id, known.email)
        links = calendar_links().number_of(known.id)
    if not is_fit(form, own=own):
        return page("accounts/password.html", form=form, problem=None, links=links, status=422)
    if pause:
        return too_many_tries("accounts/password.html", pause, form=form, links=links)
    is_right = passwords.is_password(form.current.data or "", known.password_hash)
    password_hash = passwords.hash_password(form.password.data or "") if is_right else None
    with transaction():
        token = actions.change_password(
            known,
            is_right=is_right,
            password_hash=password_hash,
            bucket=bucket,
            device=device_here(),
            now=now,
        )
        user = queries.find_signed_in(token, now=now) if token else None
        ended = end_links(user, form, now=now)
    if user is None:
        form.current.errors = [WRONG_PASSWORD]
        return page("accounts/password.html", form=form, problem=None, links=links, status=422)
    answer = begin(user, known.email, url_for("accounts.password"))
    flash(f"Your password is changed. Every other sign-in of yours has ended.{ended}")
    return answer


def calendar_links() -> Links:
    return cast("Links", current_app.extensions["links"])


def end_links(
    user: queries.SignedIn | None,
    form: forms.NewPasswordForm | forms.PasswordForm,
    *,
    now: datetime,
) -> str:
    """End the calendar links of somebody with another password, where they asked for it."""
    if user is None or not form.ends_links.data:
        return ""
    number = calendar_links().end(user.account_id, by=user.actor, now=now)
    return f" {counted(number, 'calendar link has', 'calendar links have')} ended too."


def begin(user: queries.SignedIn, email: str, target: str | None = None) -> Response:
    """Answer somebody who has just signed in: they go on, and this browser is known for them."""
    # Nothing of before stays in the cookie: what somebody else put there is worth nothing now.
    cookie.clear()
    # A form that was typed before stands for whoever signs in again, and for nobody else.
    cookie["csrf_token"] = keyed("forms", str(user.account_id))
    login_user(user)
    response = current_app.make_response(redirect(target or rules.first_page(user.permissions)))
    devices.remember(response, email)
    return response


def device_here() -> str | None:
    return rules.device_name(request.user_agent.string)


def _bucket_of(email: str) -> str:
    """Where wrong passwords of an account are counted: by network, but apart for a browser that
    its owner has signed in with, so that nobody else keeps them waiting."""
    device = devices.known_for(email)
    where = f"on {device}" if device else rules.network_of(request.remote_addr)
    return keyed("throttle", f"{email} {where}")


def known_words(account_id: int, email: str | None) -> list[str]:
    """What others know of somebody, and would try first."""
    return [email or "", *current_app.extensions["known_of"](account_id)]


def is_fit(form: forms.NewPasswordForm | forms.PasswordForm, *, own: Iterable[str]) -> bool:
    """Whether the form is filled in, and its new password one that we take."""
    is_filled_in = form.validate_on_submit()
    why_not = None
    if form.password.data:
        why_not = passwords.why_not_password(form.password.data, own=own)
    if why_not:
        form.password.errors = [why_not]
    return is_filled_in and why_not is None


def _sign_in_again(form: forms.SignInForm, *, problem: str | None = None) -> Any:
    return page(
        "accounts/sign_in.html",
        form=form,
        problem=problem,
        has_ended=False,
        is_kept=False,
        shown=[],
        status=422,
    )


def too_many_tries(template: str, pause: timedelta, **context: Any) -> ResponseReturnValue:
    """Answer with a form that may be sent again after a while."""
    unit = "minute" if pause > timedelta(minutes=1) else "second"
    length = counted(-(-pause // timedelta(**{f"{unit}s": 1})), unit)
    sentence = f"There have been too many tries. Please try again in {length}."
    response = current_app.make_response(page(template, problem=sentence, status=429, **context))
    response.headers["Retry-After"] = str(-(-pause // timedelta(seconds=1)))
    return response
