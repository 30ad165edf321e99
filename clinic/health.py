"""Whether this server is alive, and ready to be asked: for whatever watches over it."""

from flask import Flask, Response, current_app
from sqlalchemy.exc import OperationalError

from clinic.db import why_not_ready
from clinic.permissions import Permission
from clinic.web import keeps_own_transactions, requires


def install(app: Flask) -> None:
    app.add_url_rule("/healthz", "healthz", _healthz)
    app.add_url_rule("/readyz", "readyz", _readyz)


@requires(Permission.ANYONE)
@keeps_own_transactions
def _healthz() -> Response:
    return current_app.response_class("ok", mimetype="text/plain")


@requires(Permission.ANYONE)
@keeps_own_transactions
def _readyz() -> Response:
    try:
        sentence = why_not_ready()
    except OperationalError:
        sentence = "The database is out of reach."
    status = 503 if sentence else 200
    return current_app.response_class(sentence or "ready", status, mimetype="text/plain")
