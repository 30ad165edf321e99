import json
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.attendance import actions, forms, queries
from clinic.attendance.forms import MarkForm
from clinic.attendance.rules import (
    SIGNED,
    change_words,
    counts,
    notice_hint,
    opening,
    opens_at,
    why_not_put_back,
)
from clinic.db import AnyRow
from clinic.formats import short_name
from clinic.permissions import Permission
from clinic.schedule.models import Status
from clinic.schedule.rules.words import KINDS, clocks_note, zone_note
from clinic.web import looked_at, page, requires, scope

bp = Blueprint("attendance", __name__)


@bp.get("/sessions/<int:session_id>")
@requires(Permission.SEE_SCHEDULE)
def sheet(session_id: int) -> ResponseReturnValue:
    return _page(session_id, now=clock.now())


@bp.post("/sessions/<int:session_id>/marks")
@requires(Permission.RECORD_ATTENDANCE)
def mark(session_id: int) -> ResponseReturnValue:
    now = clock.now()
    booking_id, version, status = forms.pressed(request.form)
    if not booking_id:  # Enter was, in a field
        return _page(session_id, {}, now=now)
    booking = queries.get_booking(session_id, booking_id, scope=scope())
    form = MarkForm(booking, status)
    if form.validate_on_submit() and form.attempt(
        lambda: actions.mark(
            booking,
            status=form.status or booking.status,
            arrived_at=form.arrived_at,
            left_at=form.left_at,
            reason=form.reason.data or None,
            version=version,
            by=current_user.actor,
            now=now,
        )
    ):
        return _to_sheet(session_id, f"row-{booking_id}")
    return _page(session_id, {booking_id: form}, now=now)


@bp.post("/sessions/<int:session_id>/marks/rest")
@requires(Permission.RECORD_ATTENDANCE)
def mark_rest(session_id: int) -> ResponseReturnValue:
    session = queries.get_session(session_id, scope=scope())
    if not actions.mark_rest(session, by=current_user.actor, now=clock.now()):
        flash("Everybody had been marked already.")
    return _to_sheet(session_id)


@bp.post("/sessions/<int:session_id>/undo")
@requires(Permission.RECORD_ATTENDANCE)
def undo(session_id: int) -> ResponseReturnValue:
    session = queries.get_session(session_id, scope=scope())
    change = forms.change(request.form)
    flash(actions.undo(session, change=change, by=current_user.actor, now=clock.now()))
    return _to_sheet(session_id)


def _to_sheet(session_id: int, row: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("attendance.sheet", session_id=session_id, _anchor=row))


def _typed(rows: Iterable[AnyRow], zone: ZoneInfo) -> dict[int, MarkForm]:
    """By booking, what was typed in rows none of whose buttons was pressed."""
    forms = {row.id: MarkForm(row) for row in rows if f"{row.id}-reason" in request.form}
    return {booking_id: form for booking_id, form in forms.items() if form.differs(zone)}


def _page(
    session_id: int, refused: dict[int, MarkForm] | None = None, *, now: datetime
) -> ResponseReturnValue:
    """The sheet; with what was typed, where it could not be saved, and the form that was refused
    by its booking."""
    session, leaders, rows = queries.sheet_of(session_id, scope())
    looked_at(row.participant_id for row in rows)
    zone = clock.zone(session.timezone)
    permissions = current_user.permissions
    can_mark = Permission.RECORD_ATTENDANCE in permissions and not session.is_cancelled
    doors_at = opens_at(session.starts_at, session.doors_minutes)
    return page(
        "attendance/sheet.html",
        status=200 if refused is None else 422,
        session=session,
        title=session.title if Permission.SEE_TOPICS in permissions else KINDS[session.kind],
        zone=zone,
        zone_note=zone_note(session.timezone),
        leaders=", ".join(leaders),
        clocks_note=clocks_note(session, zone),
        can_mark=can_mark,
        can_move=session.series_id is None
        and session.starts_at > now
        and Permission.PLAN_SESSIONS in permissions,
        why_not_present=opening(doors_at, now=now, zone=zone) if can_mark else None,
        why_not_signed=SIGNED,
        notice_hint=notice_hint(session.starts_at, session.notice_hours, now=now, zone=zone)
        if can_mark
        else None,
        rows=rows,
        forms={} if refused is None else _typed(rows, zone) | refused,
        counts=counts(rows),
        undo=_undo(session_id, rows) if can_mark else None,
    )


def _undo(session_id: int, rows: Iterable[AnyRow]) -> dict[str, str] | None:
    """The last thing this person did here, if it can still be undone."""
    change = queries.last_change(session_id, current_user.actor)
    facts = {each.subject_id: json.loads(each.facts) for each in change}
    names = [
        short_name(row.name, row.preferred_name)
        for row in rows
        if row.id in facts and why_not_put_back(row, facts[row.id]) is None
    ]
    if not names:
        return None
    status = next(iter(facts.values()))["after"]["status"]
    return {"text": change_words(names, Status(status)), "change": change[0].act}
