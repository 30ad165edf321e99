from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.attendance import actions, forms, queries
from clinic.attendance.forms import Moment, Typed
from clinic.attendance.queries import Sheet
from clinic.attendance.rules import (
    METHODS,
    SIGNED,
    change_words,
    counts,
    label,
    notice_hint,
    opening,
    opens_at,
    why_not_put_back,
)
from clinic.errors import Refused
from clinic.formats import field_time, short_name, time_range
from clinic.permissions import Permission
from clinic.schedule.models import Booking, Status
from clinic.schedule.rules.words import KINDS, clocks_note, zone_note
from clinic.web import looked_at, page, requires, scope

bp = Blueprint("attendance", __name__)


@bp.get("/sessions/<int:session_id>")
@requires(Permission.SEE_SCHEDULE)
def sheet(session_id: int) -> ResponseReturnValue:
    found = queries.sheet_of(session_id, scope())
    looked_at(row.participant_id for row in found.rows)
    return _page(found, now=clock.now())


@bp.post("/sessions/<int:session_id>/marks")
@requires(Permission.RECORD_ATTENDANCE)
def mark(session_id: int) -> ResponseReturnValue:
    now = clock.now()
    typed = forms.typed(request.form)
    booking = queries.get_booking(session_id, typed.booking_id, scope=scope())
    arrived, left = _moments(typed, booking)
    problem = forms.problem(typed) or arrived.problem or left.problem
    if problem or typed.status is None:
        return _page_again(session_id, typed, problem, status=422, now=now)
    try:
        actions.mark(
            booking,
            status=typed.status,
            arrived_at=arrived.at,
            left_at=left.at,
            reason=typed.reason or None,
            version=typed.version,
            by=current_user.actor,
            now=now,
        )
    except Refused as refused:
        return _page_again(session_id, typed, refused.sentence, status=409, now=now)
    return _to_sheet(session_id, f"row-{booking.id}")


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


def _moments(typed: Typed, booking: Booking) -> tuple[Moment, Moment]:
    """When the person came and left, as typed; only whoever was present did either."""
    if typed.status is not Status.PRESENT:
        return Moment(), Moment()
    day, zone = booking.session.day, booking.session.site.zone
    return (
        forms.moment(typed.arrived, day=day, zone=zone, known=booking.arrived_at),
        forms.moment(typed.left, day=day, zone=zone, known=booking.left_at),
    )


def _page_again(
    session_id: int, typed: Typed, problem: str | None, *, status: int, now: datetime
) -> ResponseReturnValue:
    """The sheet with what was typed and what is wrong with it, at its row."""
    found = queries.sheet_of(session_id, scope())
    return _page(found, now=now, status=status, typed=typed, problem=problem)


def _page(
    found: Sheet,
    *,
    now: datetime,
    status: int = 200,
    typed: Typed | None = None,
    problem: str | None = None,
) -> ResponseReturnValue:
    session = found.session
    zone = clock.zone(session.timezone)
    permissions = current_user.permissions
    can_mark = Permission.RECORD_ATTENDANCE in permissions and not session.is_cancelled
    doors_at = opens_at(session.starts_at, session.doors_minutes)
    return page(
        "attendance/sheet.html",
        status=status,
        sheet={
            "id": session.id,
            "title": session.title if Permission.SEE_TOPICS in permissions else KINDS[session.kind],
            "time": time_range(session.starts_at, session.ends_at, zone),
            "day": session.day,
            "room": session.room or "",
            "leaders": ", ".join(found.leaders),
            "kind": session.kind.value,
            "seats": session.seats,
            "zone_note": zone_note(session.timezone),
            "is_cancelled": session.is_cancelled,
            "cancel_reason": session.cancel_reason or "",
            "note": clocks_note(session, zone),
            "can_mark": can_mark,
            "can_move": session.series_id is None
            and session.starts_at > now
            and Permission.PLAN_SESSIONS in permissions,
            "why_not": opening(doors_at, now=now, zone=zone) if can_mark else None,
            "notice_hint": notice_hint(session.starts_at, session.notice_hours, now=now, zone=zone)
            if can_mark
            else None,
        },
        rows=_rows(found, typed, problem),
        counts=counts(found.rows),
        undo=_undo(found) if can_mark else None,
    )


def _rows(found: Sheet, typed: Typed | None, problem: str | None) -> list[dict[str, Any]]:
    session = found.session
    zone = clock.zone(session.timezone)
    # `url_for` in every row would double the page.
    sees_people = Permission.SEE_PARTICIPANTS in current_user.permissions
    path = url_for("records.participant", participant_id=0).removesuffix("0")
    rows = []
    for row in found.rows:
        wrong = typed if typed is not None and typed.booking_id == row.id else None
        rows.append(
            {
                "booking_id": row.id,
                "version": row.version,
                "name": short_name(row.name, row.preferred_name),
                "participant_href": f"{path}{row.participant_id}" if sees_people else None,
                "status": row.status.value,
                "arrived": field_time(row.arrived_at, zone),
                "left": field_time(row.left_at, zone),
                "label": label(row, session),
                "delivered": "",
                "method": METHODS[row.method] if row.method else "",
                "is_signed": row.signed_at is not None,
                "why_not": SIGNED if row.signed_at is not None else None,
                "error": problem if wrong else None,
                "typed_arrived": wrong.arrived if wrong else "",
                "typed_left": wrong.left if wrong else "",
                "typed_reason": wrong.reason if wrong else "",
            }
        )
    return rows


def _undo(found: Sheet) -> dict[str, str] | None:
    """The last thing this person did here, if it can still be undone."""
    change = queries.find_change(found.session.id, current_user.actor)
    if change is None:
        return None
    names = [
        short_name(row.name, row.preferred_name)
        for row in found.rows
        if row.id in change.facts and why_not_put_back(row, change.facts[row.id]) is None
    ]
    if not names:
        return None
    status = next(iter(change.facts.values()))["after"]["status"]
    return {"text": change_words(names, Status(status)), "change": change.act}
