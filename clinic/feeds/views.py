from datetime import datetime

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from clinic import clock
from clinic.db import AnyRow, transaction
from clinic.feeds import actions, queries, rules
from clinic.permissions import Permission
from clinic.tokens import fingerprint
from clinic.web import keeps_own_transactions, requires

bp = Blueprint("feeds", __name__)

ASK_AGAIN = {"Cache-Control": "private, no-cache"}
HEADERS = ASK_AGAIN | {
    "Content-Disposition": 'inline; filename="schedule.ics"',
    "X-Robots-Tag": "noindex",
}


@bp.get("/feeds/<string:token>.ics")
@requires(Permission.ANYONE)
@keeps_own_transactions
def calendar(token: str) -> ResponseReturnValue:
    """Somebody's calendar, for whoever holds the link.

    One row decides: nothing changed, nothing more is read. What was written is kept, so only the
    first fetch after a change writes, and the first of an hour, that it was fetched.
    """
    request.path = "/feeds/"  # what the log says should anything fail: never the token
    now = clock.now()
    link = rules.link_to(current_app.config["CLINIC_BASE_URL"])
    week = rules.week_shown_from(now)
    with transaction(write=False):
        feed = queries.get_feed(fingerprint(token), now=now)
        if feed.revoked_at is not None or not feed.is_active:
            # Without a date: one within the second of the last change would say "not modified".
            return _answer(rules.EMPTY, rules.etag_of(rules.EMPTY), None)
        build = rules.build(feed.places or "", link=link)
        is_kept = rules.is_kept(feed, week=week, build=build, now=now)
        if is_kept:
            answer = _kept(feed)
        else:
            appointments = rules.shown(
                queries.appointments_of(
                    participant_id=feed.participant_id,
                    staff_id=feed.staff_id,
                    since=week,
                    is_full=feed.is_full,
                ),
                now=now,
            )
    if not is_kept:
        body = rules.calendar(appointments, link=link)
        with transaction():
            kept = actions.keep(
                feed,
                body,
                week=week,
                build=build,
                expires_at=rules.expires_at(appointments),
                now=now,
            )
        answer = _answer(body, kept.etag, kept.changed_at)
    _note_fetch(feed, now=now)
    return answer


def _kept(feed: AnyRow) -> Response:
    if _is_known(feed.etag, feed.changed_at):
        return _not_modified(feed.etag)
    return _answer(*queries.get_body(feed.body_id))


def _note_fetch(feed: AnyRow, *, now: datetime) -> None:
    if rules.is_worth_noting(feed.seen_at, now=now):
        try:
            with transaction():
                actions.note_fetch(feed.id, now=now)
        except SQLAlchemyError as error:  # the answer is right all the same
            current_app.logger.warning("fetch of a calendar not noted", exc_info=error)


def _answer(body: bytes, etag: str, changed_at: datetime | None) -> Response:
    if _is_known(etag, changed_at):
        return _not_modified(etag)
    response = current_app.response_class(body, mimetype="text/calendar", headers=HEADERS)
    response.set_etag(etag)
    response.last_modified = changed_at
    return response


def _not_modified(etag: str) -> Response:
    response = current_app.response_class(status=304, headers=ASK_AGAIN)
    response.set_etag(etag)
    return response


def _is_known(etag: str, changed_at: datetime | None) -> bool:
    """Whether whoever asks has this body already. A date counts only where no tag is given."""
    if request.if_none_match:
        return request.if_none_match.contains_weak(etag)
    since = request.if_modified_since
    return since is not None and changed_at is not None and changed_at <= since
