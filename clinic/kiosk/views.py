import json
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import DBAPIError, IntegrityError
from werkzeug.exceptions import RequestEntityTooLarge

from clinic import assets, clock
from clinic.db import transaction
from clinic.errors import BadInput, NotFound
from clinic.kiosk import actions, forms, queries, rules
from clinic.kiosk.forms import Upload
from clinic.kiosk.rules import Answer, Tap
from clinic.permissions import Permission
from clinic.tokens import fingerprint
from clinic.web import TRIES, back_to, keeps_own_transactions, page, requires

bp = Blueprint("kiosk", __name__)

TAPS_A_TRANSACTION = 100  # a backlog lets other writers in between
DEADLOCKS = frozenset({"40001", "40P01"})
NOT_SET_UP = "This kiosk is not set up."


@bp.get("/kiosk")
@requires(Permission.ANYONE)
def keypad() -> ResponseReturnValue:
    return page("kiosk/keypad.html")


@bp.get("/kiosk/worker")
@requires(Permission.ANYONE)
def worker() -> ResponseReturnValue:
    """The script that lets the kiosk open without a line; another one with each release."""
    made = assets.read()
    names = [name for name in made.files if name.startswith("js/kiosk")]
    names += ["js/front_desk.js", "css/stations.css"]
    names += ["css/kiosk.css", "icon.svg", "icon-512.png", "icons.svg", "kiosk.webmanifest"]
    home = url_for("kiosk.keypad")
    shell = [
        home,
        *(url_for("static", filename=name) for name in names),
        url_for("stations.search"),
    ]
    facts = f"const CACHE = {json.dumps(made.digest)};\nconst SHELL = {json.dumps(shell)};\n"
    script = facts.encode() + made.files["js/kiosk_worker.js"].content
    kind = {"Content-Type": "text/javascript; charset=utf-8", "Service-Worker-Allowed": home}
    return script, kind


@bp.post("/kiosk/check-ins")
@requires(Permission.ANYONE)  # the device key stands for a sign-in
@keeps_own_transactions
def check_ins() -> ResponseReturnValue:
    """Taps of a paired kiosk, made just now or kept while it was offline."""
    now = clock.now()
    key = request.authorization.token if request.authorization else None
    sent, problem = _read()
    take = partial(_take, key_hash=fingerprint(key or ""), waiting=sent.waiting, now=now)
    answers: list[Answer] = []
    sent_at = sent.sent_at
    try:
        for start in range(0, len(sent.taps) or 1, TAPS_A_TRANSACTION):
            part = sent.taps[start : start + TAPS_A_TRANSACTION]
            answers += take([tap for _, tap in part], sent_at=sent_at, measures=not start)
    except NotFound:
        return {"error": NOT_SET_UP}, 401, {"WWW-Authenticate": "Bearer"}
    results = [{"id": id_, **answer} for (id_, _), answer in zip(sent.taps, answers, strict=True)]
    if problem:
        return problem
    headers = {"Clock-Offset": str(rules.seconds_between(sent_at, now))} if sent_at else {}
    if not sent.taps:
        # A kiosk that says no more than that it is there learns what it is, and by which clock
        # its door goes.
        station = queries.get_station(fingerprint(key or ""))
        headers |= {"Clock-Time": now.isoformat(), "Clock-Zone": station.timezone}
        headers |= {"Kiosk-Kind": station.kind.value}
    return {"results": results}, headers


def _read() -> tuple[Upload, ResponseReturnValue | None]:
    try:
        return forms.upload_of(request.get_data()), None
    except BadInput as bad:
        return Upload([]), ({"error": str(bad)}, 400)
    except RequestEntityTooLarge:
        return Upload([]), ({"error": forms.TOO_MANY}, 413)


def _take(taps: Sequence[Tap], **how: Any) -> list[Answer]:
    for tries_left in reversed(range(TRIES)):
        try:
            with transaction():
                return actions.take(taps, **how)
        except DBAPIError as error:
            if not (tries_left and _was_overtaken(error)):
                raise
    raise AssertionError("the last try returns or raises")


def _was_overtaken(error: DBAPIError) -> bool:
    """By the same tap at the same moment, or stopped by PostgreSQL to undo a deadlock."""
    return isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", None) in DEADLOCKS


@bp.post("/kiosk/taps/<uuid:tap_id>/seen")
@requires(Permission.SEE_KIOSK_INBOX)
def dismiss(tap_id: UUID) -> ResponseReturnValue:
    now = clock.now()
    tap = queries.get_refused(str(tap_id))
    actions.mark_seen(tap, by=current_user.actor, now=now)
    return back_to("today.today")
