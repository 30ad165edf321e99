import json
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock, trail
from clinic.attendance import actions, forms, queries, rules
from clinic.attendance.forms import MarkForm
from clinic.attendance.rules import counts, late_by, leaders_there, why_not_close
from clinic.bookings.queries import events_of, recorded_by
from clinic.bookings.rules import is_mode_alone, why_not_put_back
from clinic.codes.models import PhoneEvent
from clinic.codes.queries import phones_at
from clinic.codes.rules import asks_code, notes
from clinic.db import AnyRow
from clinic.errors import NotFound
from clinic.formats import told_apart
from clinic.permissions import Permission
from clinic.schedule.actions.undoing import why_not_now
from clinic.schedule.models import Method, Mode, Status
from clinic.schedule.queries.amendments import amendments_on
from clinic.schedule.queries.bookings import carried_from
from clinic.schedule.queries.changes import changes_of, last_undoable
from clinic.schedule.queries.sessions import get_session
from clinic.schedule.rules.seats import Rail, group_rail
from clinic.schedule.rules.sessions import opens_at
from clinic.schedule.rules.words import (
    MODES,
    NO_ROW,
    attendance_label,
    change_words,
    clocks_note,
    left_words,
    notice_hint,
    opening,
    session_name,
)
from clinic.sent import only_shown
from clinic.web import looked_at, page, requires, scope

bp = Blueprint("attendance", __name__)


def install(app: Flask, *, say_undone: Callable[..., None]) -> None:
    """`say_undone`: says what is undone, with the make-ups that stay. A higher feature knows."""
    app.extensions["say_undone"] = say_undone


@bp.get("/sessions/<int:session_id>")
@requires(Permission.SEE_SCHEDULE)
def sheet(session_id: int) -> ResponseReturnValue:
    return _page(session_id, now=clock.now())


@bp.get("/sessions/<int:session_id>/pulse")
@requires(Permission.SEE_SCHEDULE)
def pulse(session_id: int) -> ResponseReturnValue:
    """Whether something on the sheet is new: asked every two seconds by a page that is open."""
    text = queries.pulse_of(session_id, scope(), now=clock.now())
    return text, {"Content-Type": "text/plain"}


@bp.post("/sessions/<int:session_id>/marks")
@requires(Permission.RECORD_ATTENDANCE)
def mark(session_id: int) -> ResponseReturnValue:
    now = clock.now()
    booking_id, version, word = forms.pressed(request.form)
    if only_shown() or not booking_id:  # Enter was, in a field
        return _page(session_id, {}, status=200 if only_shown() else 422, now=now)
    try:
        booking = queries.get_booking(session_id, booking_id, scope=scope())
        form = MarkForm(booking, word, at=forms.pressed_at(request.form, now))
        if form.asks:
            return _to_sheet(session_id, f"row-{booking_id}", late=booking_id)
        is_marked = form.validate_on_submit() and form.attempt(
            lambda: actions.mark(
                booking,
                status=form.status or booking.status,
                arrived_at=form.arrived_at,
                left_at=form.left_at,
                reason=form.given_reason,
                **form.noted,
                version=version,
                press=forms.press(request.form),
                by=current_user.actor,
                now=now,
            )
        )
    except NotFound:  # taken off meanwhile; what was typed in other rows stays
        flash(NO_ROW)
        return _page(session_id, {}, status=404, now=now)
    if is_marked:
        late = booking_id if word == forms.LATE else None
        return _to_sheet(session_id, f"row-{booking_id}", late=late)
    return _page(session_id, {booking_id: form}, now=now)


@bp.post("/sessions/<int:session_id>/marks/rest")
@requires(Permission.RECORD_ATTENDANCE)
def mark_rest(session_id: int) -> ResponseReturnValue:
    """Mark whoever is left, but for the rows that somebody is at work in."""
    now = clock.now()
    if only_shown():
        return _page(session_id, {}, status=200, now=now)
    session = queries.get_session(session_id, scope=scope())
    opened, busy = forms.at_work(request.form)
    about, _, rows = queries.sheet_of(session_id, scope())
    waiting = [row for row in rows if row.status is Status.EXPECTED and not row.signed_at]
    typed = _typed(waiting, clock.zone(about.timezone))
    left = (opened & {row.id for row in waiting}) | typed.keys()
    marked = actions.mark_rest(session, leaving=left | busy, by=current_user.actor, now=now)
    if left:
        flash(left_words(len(left)))
    elif not marked:
        flash("Everybody had been marked already.")
    if typed:
        return _page(session_id, typed, status=200, now=now)
    return _to_sheet(session_id, late=min(left, default=None))


@bp.post("/sessions/<int:session_id>/marks/known")
@requires(Permission.RECORD_ATTENDANCE)
def identify_rest(session_id: int) -> ResponseReturnValue:
    """Note of whoever is left that they are known here."""
    session = queries.get_session(session_id, scope=scope())
    if not actions.identify_rest(session, by=current_user.actor, now=clock.now()):
        flash("Everybody here had been identified already.")
    return _to_sheet(session_id)


@bp.post("/sessions/<int:session_id>/undo")
@requires(Permission.RECORD_ATTENDANCE)
def undo(session_id: int) -> ResponseReturnValue:
    session = queries.get_session(session_id, scope=scope())
    change, now = forms.change(request.form), clock.now()
    said = actions.undo(session, change=change, by=current_user.actor, now=now)
    ids = {event.subject_id for event in events_of(change)}
    names = queries.names_on(session_id, ids)
    current_app.extensions["say_undone"](said, ids, names, now=now)
    return _to_sheet(session_id)


def _to_sheet(
    session_id: int, row: str | None = None, *, late: int | None = None
) -> ResponseReturnValue:
    """`late` is the row that asks when they came."""
    sheet_path = url_for(
        "attendance.sheet", session_id=session_id, late=late, video=_by_video(), _anchor=row
    )
    return redirect(sheet_path)


def _by_video() -> int | None:
    """Whether the page asks who took part by video: what it shows, it goes on showing."""
    return 1 if "video" in request.args else None


def _typed(rows: Iterable[AnyRow], zone: ZoneInfo) -> dict[int, MarkForm]:
    """By booking, what was typed in rows none of whose buttons was pressed."""
    forms = {row.id: MarkForm(row) for row in rows}
    return {booking_id: form for booking_id, form in forms.items() if form.differs(zone)}


def _page(
    session_id: int,
    refused: dict[int, MarkForm] | None = None,
    *,
    status: int = 422,
    now: datetime,
) -> ResponseReturnValue:
    """The sheet; with what was typed, where it could not be saved, and the form that was refused
    by its booking."""
    session, leaders, rows = queries.sheet_of(session_id, scope())
    amended = amendments_on([session_id])[session_id] if session.ends_at <= now else []
    looked_at(row.participant_id for row in (*rows, *amended))
    zone = clock.zone(session.timezone)
    permissions = current_user.permissions
    names = told_apart([*rows, *amended], by_year=Permission.SEE_PARTICIPANTS in permissions)
    may_mark = Permission.RECORD_ATTENDANCE in permissions and not session.is_cancelled
    # As it is read, with everybody's history.
    is_record = bool(request.args.get("record"))
    can_mark = may_mark and not is_record
    can_change = Permission.PLAN_SESSIONS in permissions
    doors_at = opens_at(session.starts_at, session.doors_minutes)
    changed = can_change and session.is_changed_by_hand
    is_ahead = changed and session.starts_at > now
    undoable = last_undoable(session_id, session.starts_at, now=now) if is_ahead else None
    signed = queries.signatures_on([session_id])[session_id]
    phones = phones_at(session_id)
    return page(
        "attendance/sheet.html",
        status=200 if refused is None else status,
        session=session,
        title=session_name(
            session, [*names.values()], with_topics=Permission.SEE_TOPICS in permissions
        ),
        zone=zone,
        leaders=leaders,
        clocks_note=clocks_note(session, zone),
        can_mark=can_mark,
        may_mark=may_mark,
        is_record=is_record,
        can_change=can_change,
        can_tell=can_mark and doors_at <= now and not any(row.signed_at for row in rows),
        changes=changes_of(session_id) if session.is_changed_by_hand else (),
        undoable=undoable,
        why_not_undone=why_not_now(get_session(session_id), undoable) if undoable else None,
        today=clock.day_of(now, zone),
        why_not_present=opening(doors_at, now=now, zone=zone) if can_mark else None,
        is_signed=any(row.signed_at for row in rows),
        amended=amended,
        notice_hint=notice_hint(session.starts_at, session.notice_hours, now=now, zone=zone)
        if can_mark
        else None,
        rows=rows,
        names=names,
        forms={} if refused is None else _typed(rows, zone) | refused,
        counts=counts(rows),
        rail=_rail(session, leaders, rows, now=now),
        pulse=_pulse(session, leaders, rows, phones, now=now),
        shows_mode=session.mode is Mode.HYBRID or bool(_by_video()),
        by_video=_by_video(),
        has_begun=session.starts_at <= now,
        came=carried_from(
            [row.id for row in rows if row.method is Method.CARRIED and session.starts_at > now]
        ),
        undo=_undo(session, rows, names, has_begun=session.starts_at <= now) if can_mark else None,
        value=trail.value_now(session.site_id) if any(row.signed_at for row in rows) else None,
        recorded={} if can_mark else recorded_by([row.id for row in rows]),
        asked=request.args.get("late", type=int),
        late_by=late_by(session, now=now),
        is_on=session.starts_at < now <= session.ends_at,
        phone_notes=notes(
            phones,
            names,
            {row.participant_id for row in rows if row.status is Status.PRESENT},
            zone=zone,
        ),
        shows_code=can_mark and asks_code(session) and now <= session.ends_at,
        signed=signed,
        to_sign=Permission.SIGN_SHEETS in permissions
        and bool(rows)
        and why_not_close(session, rows, signed, now=now) is None,
    )


def _rail(
    session: AnyRow, leaders: Collection[AnyRow], rows: Collection[AnyRow], *, now: datetime
) -> Rail | None:
    """What the rule set says of who is there, once it has begun."""
    if session.is_cancelled or now < session.starts_at:
        return None
    return group_rail(
        queries.seat_figures(session.rule_set_id),
        kind=session.kind,
        population=session.population,
        leaders=leaders_there(leaders),
        people=counts(rows)["present"],
        rule_set=session.rule_set,
    )


def _pulse(
    session: AnyRow,
    leaders: Collection[AnyRow],
    rows: Collection[AnyRow],
    phones: Collection[PhoneEvent],
    *,
    now: datetime,
) -> str:
    ids, versions = (sum(getattr(row, name) for row in rows) for name in ("id", "version"))
    led = sum(each.has_led is True for each in leaders)
    return rules.pulse(session, len(rows), ids, versions, led=led, phones=len(phones), now=now)


def _undo(
    session: AnyRow, rows: Iterable[AnyRow], called: Mapping[int, str], *, has_begun: bool
) -> dict[str, Any] | None:
    """The last thing this person did here, if it can still be undone; its row, if it is one."""
    change = queries.last_change(session.id, current_user.actor)
    facts = {each.subject_id: json.loads(each.facts) for each in change}
    undone = [
        row for row in rows if row.id in facts and why_not_put_back(row, facts[row.id]) is None
    ]
    if not undone:
        return None
    first, *others = undone
    is_mode = is_mode_alone(facts[first.id])
    label = MODES.get(first.took_part or session.mode) if is_mode else None
    text = change_words(
        [called[row.participant_id] for row in undone],
        first.status,
        has_begun=has_begun,
        label=None if others else label or attendance_label(first, session),
    )
    return {"text": text, "change": change[0].act, "row": None if others else first.id}
