"""Addresses of our own pages: which of them one may be led on to."""

from collections.abc import Collection
from urllib.parse import unquote, urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from clinic.permissions import Permission


def safe_next(target: str | None) -> str | None:
    """The path to go on to, if it leads nowhere but back into this application."""
    if not target:
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    is_ours = not parts.scheme and not parts.netloc and target.startswith("/")
    return target if is_ours and not target.startswith(("//", "/\\")) else None


def openable(target: str | None, permissions: Collection[Permission] | None = None) -> str | None:
    """The same, if it is a page that can be opened, and by somebody with these permissions."""
    path = safe_next(target)
    endpoint = _page_at(unquote(urlsplit(path).path)) if path else None
    if endpoint is None:
        return None
    needed = getattr(current_app.view_functions[endpoint], "permission", Permission.ANYONE)
    is_theirs = permissions is None or needed is Permission.ANYONE or needed in permissions
    return path if is_theirs else None


def page_of_form() -> str | None:
    """Where what was sent in this request was typed: its own address, the one that it names, or
    the nearest page above."""
    own = request.full_path.removesuffix("?")
    return openable(own) or openable(request.form.get("next")) or page_above()


def page_above() -> str | None:
    """The address of the nearest page that the path of a form lies below."""
    path = request.path.rpartition("/")[0]
    while path and _page_at(path) is None:
        path = path.rpartition("/")[0]
    return request.script_root + path if path else None


def _page_at(path: str) -> str | None:
    """The view that shows what is there, whoever may see it."""
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None  # there is one in every request
    try:
        endpoint: str = adapter.match(path, method="GET")[0]
    except (HTTPException, RequestRedirect):
        return None
    return endpoint
