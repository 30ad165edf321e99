"""A day on paper: its sheets to be filled in by hand, and entered afterwards."""

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.attendance import queries as sheets_of
from clinic.attendance.actions import mark
from clinic.formats import told_apart
from clinic.paper import queries, rules
from clinic.paper.forms import REST, PaperLine, lines_of
from clinic.pdf import pdf_of
from clinic.permissions import Permission
from clinic.programs.queries import get_organization, sites
from clinic.programs.views import own_site, site_shown
from clinic.schedule.models import Method
from clinic.schedule.queries.sessions import leaders_of
from clinic.schedule.rules.words import session_name
from clinic.sent import only_shown
from clinic.today.queries import sessions_on
from clinic.web import day_asked, looked_at, page, requires, scope

bp = Blueprint("paper", __name__)


@bp.get("/today/paper-sheets")
@requires(Permission.RECORD_ATTENDANCE)
def sheets() -> ResponseReturnValue:
    """The sheets of a day in one file, a session a page: for when there is no power."""
    now = clock.now()
    places = {place.id: place for place in sites()}
    if not places:
        return redirect(url_for("today.today"))
    site = site_shown(
        [*places.values()], request.args.get("site"), now, is_limited=scope() is not None
    )
    here = site or own_site([*places.values()], now)
    day = day_asked("day", here.today(now))
    found = sessions_on(day, site_id=site.id if site else None, scope=scope())
    shown = [each for each in found if not each.is_cancelled]
    rows = sheets_of.rows_on([each.id for each in shown])
    looked_at(row.participant_id for each in rows.values() for row in each)
    may = current_user.permissions
    clinic_name, leaders = get_organization().name, leaders_of(list(rows))
    pages = []
    for each in shown:
        names = told_apart(rows[each.id], by_year=Permission.SEE_PARTICIPANTS in may)
        place = places[each.site_id]
        pages.append(
            rules.sheet_of(
                each,
                rows[each.id],
                title=session_name(
                    each, [*names.values()], with_topics=Permission.SEE_TOPICS in may
                ),
                leaders=[leader.name for leader in leaders[each.id]],
                names=names,
                place=place.name if place.name == clinic_name else f"{clinic_name}, {place.name}",
                zone=place.zone,
            )
        )
    body = pdf_of(
        "paper/sheets.typ",
        {
            "title": rules.title_of(day),
            "clinic": clinic_name,
            "note": rules.note_of(now, here.zone),
            "sheets": pages,
        },
    )
    name = {"Content-Disposition": f'inline; filename="{rules.file_name(day)}"'}
    return current_app.response_class(body, mimetype="application/pdf", headers=name)


@bp.route("/sessions/<int:session_id>/paper", methods=["GET", "POST"])
@requires(Permission.RECORD_ATTENDANCE)
def enter(session_id: int) -> ResponseReturnValue:
    """All that stands on a paper sheet, entered in one go: all of it or nothing."""
    now = clock.now()
    session, _, rows = sheets_of.sheet_of(session_id, scope())
    looked_at(row.participant_id for row in rows)
    why_not = rules.why_not_enter(session, rows, now=now)
    lines = {} if why_not else lines_of(queries.bookings_of(session_id), request.form)
    new = [line for line in lines.values() if line.is_new]
    wrong: list[PaperLine] = []
    if request.method == "POST" and not only_shown():
        wrong = _refused(new, now=now)
        if new and not wrong:
            flash(rules.entered_words(len(new)))
            return redirect(url_for("attendance.sheet", session_id=session_id))
        if not new:
            flash(rules.NOTHING_ENTERED)
    may = current_user.permissions
    names = told_apart(rows, by_year=Permission.SEE_PARTICIPANTS in may)
    return page(
        "paper/enter.html",
        status=422 if wrong else 200,
        has_rest=REST in request.form,
        session=session,
        title=session_name(session, [*names.values()], with_topics=Permission.SEE_TOPICS in may),
        zone=clock.zone(session.timezone),
        rows=rows,
        names=names,
        lines=lines,
        wrong=wrong,
        why_not=why_not,
    )


def _refused(lines: Iterable[PaperLine], *, now: datetime) -> list[PaperLine]:
    """Record what these say. Return those that cannot be, with what is wrong on each."""
    act, by = uuid4().hex, current_user.actor

    def is_recorded(line: PaperLine) -> bool:
        return line.validate() and line.attempt(
            lambda: mark(
                line.booking,
                status=line.status or line.booking.status,
                arrived_at=line.arrived_at,
                left_at=line.left_at,
                reason=line.given_reason,
                version=line.version.data or 0,
                method=Method.PAPER,
                act=act,
                by=by,
                now=now,
            )
        )

    return [line for line in lines if not is_recorded(line)]
