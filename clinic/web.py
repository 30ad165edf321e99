"""The door: one request, one transaction; who may pass; and every way an answer can look."""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from secrets import token_hex
from types import MappingProxyType
from typing import Any, Final, cast
from urllib.parse import urlencode

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

from clinic import clock, sent, trail
from clinic.addresses import openable, page_above, page_of_form, safe_next
from clinic.db import LARGEST_ID, transaction
from clinic.errors import NotFound, Refused
from clinic.permissions import Permission

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
BAD_REQUEST: Final = 400
SIGN_IN: Final = 401
SERVER_ERROR: Final = 500
TRIES: Final = 3  # of a request that PostgreSQL stopped to undo a deadlock

HEADERS: Final = {  # of every answer; no view has its own
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

View = Callable[..., ResponseReturnValue]


@dataclass(frozen=True)
class Page:
    """A page still to be rendered: after its transaction, so that rendering holds no lock."""

    template: str
    status: int = 200
    context: dict[str, Any] = field(default_factory=dict)


def page(template: str, *, status: int = 200, **context: Any) -> ResponseReturnValue:
    """What a view answers with; a status of 400 or more undoes what the request did."""
    return cast("ResponseReturnValue", Page(template, status, context))


def form_page(template: str, form: Any, **context: Any) -> ResponseReturnValue:
    """The page of a form, to be filled in or, where something is wrong with it, mended."""
    return page(template, status=422 if form.errors else 200, form=form, **context)


class _Undone(Exception):
    def __init__(self, answer: Any) -> None:
        self.answer = answer


@dataclass(frozen=True)
class Locked:
    """The rest of a view that reads first: what it does with the writer's lock."""

    act: Callable[[], ResponseReturnValue]
    status: int = 200


def locked(act: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """What a view that `reads_first` answers with, to go on in a writing transaction.

    A page that `act` answers with undoes what it did, whatever its status: it only shows.
    """
    return cast("ResponseReturnValue", Locked(act))


class Clinic(Flask):
    """One request, one transaction: an answer of 400 or more undoes everything."""

    def dispatch_request(self) -> ResponseReturnValue:
        view = self.view_functions.get(request.endpoint or "")
        if getattr(view, "keeps_own_transactions", False) or request.endpoint == "static":
            return super().dispatch_request()
        writes = request.method not in SAFE_METHODS
        only_shows = writes and sent.only_shown()
        if writes:  # who asks is looked up before the lock is taken
            with transaction(write=False):
                bool(current_user.is_authenticated)
        reads_first = getattr(view, "reads_first", False)
        undone_by = (object,) if only_shows else ()
        answer = _in_transaction(
            super().dispatch_request, write=writes and not reads_first, undone_by=undone_by
        )
        if reads_first and isinstance(answer, Locked):
            answer = _in_transaction(answer.act, write=True, undone_by=(Page, *undone_by))
        if only_shows and _signed_in():
            g.opens_draft = draft = request.form.get("draft")
            # Where a preview leads back to no form, it says nothing: that is a way back, too.
            is_back = isinstance(answer, Page) or not (draft or "_flashes" in cookie)
            answer = answer if is_back else _to_be_sent_again()
        self._record_looks()
        return answer

    def make_response(self, rv: Any) -> Response:
        if isinstance(rv, Page):
            rv = render_template(rv.template, **rv.context), rv.status
        return super().make_response(rv)

    def log_exception(self, exc_info: Any) -> None:
        # By its endpoint: the path of a calendar or an invitation is a secret.
        g.error_number = token_hex(4)
        what = f"{g.error_number} {request.method} {request.endpoint}"
        self.logger.error(what, exc_info=exc_info)

    def _record_looks(self) -> None:
        """Note who was shown; a page that renews itself is one look until it shows somebody new."""
        looks: set[int] = g.pop("looks", set())
        if not looks:
            return
        where, by = request.endpoint or "", current_user.actor
        if request.headers.get("X-Poll") is not None:
            with transaction(write=False):
                if looks <= trail.last_look(where, by):
                    return
        with transaction():
            trail.look(looks, page=where, by=by, now=clock.now())


class Id(IntegerConverter):
    """A number in a path that a database can look for; larger ones are paths we do not know."""

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": LARGEST_ID, **options})


def _to_be_sent_again() -> ResponseReturnValue:
    """The page for what has no form to stand in again: it would have been done."""
    cookie.pop("_flashes", None)  # what was said of it has not happened
    above, path = page_of_form(), request.full_path.removesuffix("?")
    return page("drafts/again.html", typed=[*sent.typed()], above=above, path=path)


def looked_at(participant_ids: Iterable[int]) -> None:
    """Have the trail say that this page showed these participants to whoever asked."""
    if "looks" not in g:
        g.looks = set()
    g.looks.update(participant_ids)


def requires(permission: Permission) -> Callable[[View], View]:
    """Let only those pass who have the permission. Every view carries one."""

    def guard(view: View) -> View:
        if permission is Permission.ANYONE:
            view.permission = permission  # type: ignore[attr-defined]
            return view

        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if not current_user.is_authenticated:
                return current_app.login_manager.unauthorized()  # type: ignore[attr-defined,no-any-return]
            if permission not in current_user.permissions:
                abort(403)
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return guard


def scope() -> int | None:
    """Whose groups and caseload this person is limited to: a staff id, or None for no limit."""
    if Permission.SEE_WHOLE_CLINIC in current_user.permissions:
        return None
    return current_user.staff_id or 0  # nobody has the id 0


def roster_scope() -> int | None:
    """Whose groups and caseload this person manages rosters of: a staff id, or None for all."""
    permissions = current_user.permissions
    if Permission.MANAGE_ROSTERS not in permissions:
        return 0
    if Permission.MANAGE_PARTICIPANTS in permissions:
        return None
    return current_user.staff_id or 0


def day_asked(name: str, default: date) -> date:
    """The day in the address, or the default; rubbish there is an address we do not know."""
    text = request.args.get(name)
    if not text:
        return default
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotFound from None
    if day.year not in clock.YEARS:
        raise NotFound
    return day


def keeps_own_transactions(view: View) -> View:
    """For a view whose refusals must leave something behind: it opens `transaction()` itself."""
    view.keeps_own_transactions = True  # type: ignore[attr-defined]
    return view


def reads_first(view: View) -> View:
    """For a view that reads and parses first, and takes the lock with what `locked` is given."""
    view.reads_first = True  # type: ignore[attr-defined]
    return view


def takes_up_to(size: int) -> Callable[[View], View]:
    """For a view that takes files: the most bytes that a request to it may have."""

    def marked(view: View) -> View:
        view.takes_up_to = size  # type: ignore[attr-defined]
        return view

    return marked


def allow_size() -> None:
    """Before anything reads the request: what its view takes at most."""
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(
        view, "takes_up_to", current_app.config["MAX_CONTENT_LENGTH"]
    )


def address_of(path: str) -> str:
    """A path of ours as others reach it."""
    # As whoever asks has reached us, where nobody said under which name others do.
    base = current_app.config["CLINIC_BASE_URL"] or request.host_url
    return f"{base.rstrip('/')}{path}"


def refuse_nul() -> None:
    """Before any view: text with a NUL in it is no text, and PostgreSQL keeps none."""
    typed = request.form.items(multi=True) if sent.is_form() else ()
    if any("\0" in text for _, text in chain(request.args.items(multi=True), typed)):
        abort(400)


def flash_undo(
    text: str, undo: str, *, fields: Mapping[str, str] = MappingProxyType({}), swap: str = ""
) -> None:
    """Say what has been done, with a button that posts these fields to where it is undone.

    `swap` is the part of the page that is shown anew, where it is one alone.
    """
    message = {"text": text, "undo": undo, "fields": dict(fields), "swap": swap}
    flash(message)  # type: ignore[arg-type]  # `messages` of macros/parts.html takes it


def flash_link(text: str, words: str, href: str) -> None:
    """Say what has been done, with a link to what it leads to."""
    flash({"text": text, "link": (words, href)})  # type: ignore[arg-type]


def back_to(default: str, **values: Any) -> Response:
    """Redirect to where the form said it came from, else to a page of its own."""
    target = safe_next(request.form.get("next"))
    return redirect(target or url_for(default, **values))  # type: ignore[return-value]


def install(app: Clinic) -> None:
    """Answers to everything that can go wrong, and the headers of every answer."""
    app.url_map.converters["int"] = Id
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(IntegrityError, lambda _: _sorry(409, **_where_from()))
    app.register_error_handler(StaleDataError, lambda _: _sorry(409, **_where_from()))
    app.register_error_handler(OperationalError, _unavailable)
    app.register_error_handler(CSRFError, _of_another_sign_in)
    app.register_error_handler(HTTPException, _http_error)
    app.after_request(_headers)
    app.add_template_global(_signed_in, "signed_in")
    app.add_template_global(_can, "can")
    app.add_template_global(_path_before_id, "path_before_id")
    app.add_template_global(this_page, "this_page")


def _in_transaction(
    act: Callable[[], ResponseReturnValue],
    *,
    write: bool,
    undone_by: tuple[type, ...] = (),
    tries: int = TRIES,
) -> ResponseReturnValue:
    """Return its answer, from a transaction that a bad one undoes; again after a deadlock."""
    try:
        with transaction(write=write):
            answer = act()
            if _status_of(answer) >= BAD_REQUEST or isinstance(answer, undone_by):
                raise _Undone(answer)  # noqa: TRY301 - it ends the transaction
    except _Undone as undone:
        return cast("ResponseReturnValue", undone.answer)
    except OperationalError as error:
        if tries == 1 or not _was_deadlock(error):
            raise
        return _in_transaction(act, write=write, undone_by=undone_by, tries=tries - 1)
    return answer


def _status_of(answer: Any) -> int:
    if isinstance(answer, Page | Locked):
        return answer.status
    return current_app.make_response(answer).status_code


def _was_deadlock(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlstate", None) in {"40001", "40P01"}


def _refused(refused: Refused) -> Any:
    return page("errors/refused.html", status=409, sentence=refused.sentence, **_where_from())


def _not_found(_: NotFound) -> Any:
    if request.method in SAFE_METHODS:
        return _sorry(404)
    return page("errors/gone.html", status=404, **_where_from())


def _where_from() -> dict[str, str | None]:
    """The page that a form says it was sent from, and the nearest one above."""
    return {"came_from": openable(request.form.get("next")), "above": page_above()}


def _of_another_sign_in(_: CSRFError) -> Any:
    """Answer a form that was opened by somebody else, or is sent by nobody who is signed in."""
    answer = _sorry(BAD_REQUEST)
    permission = getattr(current_app.view_functions[request.endpoint or ""], "permission", None)
    if permission in {None, Permission.ANYONE} or not isinstance(answer, Page):
        return answer
    return page("errors/other_sign_in.html", status=BAD_REQUEST)


def _sorry(status: int, **facts: Any) -> Any:
    if "_login_user" not in g and status < SERVER_ERROR:  # an unknown address, a forged form
        with transaction(write=False):
            bool(current_user.is_authenticated)
    if status == BAD_REQUEST and request.headers.get("X-Fetch") and not _signed_in():
        return current_app.response_class(status=SIGN_IN)  # signed out in another tab
    return page(f"errors/{status}.html", status=status, number=g.get("error_number"), **facts)


def _unavailable(error: OperationalError) -> Response:
    current_app.logger.error("database unavailable", exc_info=error)
    response = current_app.make_response(_sorry(503))
    response.headers["Retry-After"] = "5"
    return response


def _http_error(error: HTTPException) -> Any:
    if error.code is None or error.code < BAD_REQUEST:
        return error
    if error.code in {403, 404, 405, 413, 429}:
        return _sorry(error.code)
    return _sorry(BAD_REQUEST if error.code < SERVER_ERROR else SERVER_ERROR)


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.update(HEADERS)
    if current_app.config["CLINIC_IS_HTTPS"]:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static" and "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
        headers["Vary"] = "Cookie"
    return response


def _signed_in() -> Any:
    """Whoever asks, when that has been looked up already; templates never query."""
    user = g.get("_login_user")
    return user if user is not None and user.is_authenticated else None


def _can(permission: str) -> bool:
    user = _signed_in()
    return user is not None and Permission[permission] in user.permissions


def this_page(**changes: Any) -> str:
    """The address of the page that is asked for with something else in it, or without it.

    What is not named stays, but for the place in a list: another list begins with its first page.
    """
    kept = {name: text for name, text in request.args.items() if name != "page"} | changes
    asked = urlencode({name: value for name, value in kept.items() if value not in (None, "")})
    return f"{request.script_root}{request.path}{'?' if asked else ''}{asked}"


def _path_before_id(endpoint: str) -> str:
    """What the paths of a view's records begin with, for pages of many rows: url_for is slower."""
    (rule,) = current_app.url_map.iter_rules(endpoint)
    return request.script_root + rule.rule.partition("<")[0]
