from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.db import savepoint
from clinic.errors import Refused
from clinic.formats import counted, day_numeric, phone
from clinic.intake import actions, queries
from clinic.intake.forms import pages
from clinic.intake.models import Upload
from clinic.intake.rules import people, settings
from clinic.intake.rules.columns import LABELS, STYLES, Column, guess_style
from clinic.intake.rules.people import SOMEBODY_ELSE, Known, Row, Standing
from clinic.participants.queries import Paging
from clinic.participants.rules import language_name
from clinic.permissions import Permission
from clinic.web import looked_at, page, requires, takes_up_to

bp = Blueprint("intake", __name__)

PAGE = 50  # rows
FEW = 3  # values of a column, to recognise it by
HEADERS = 5  # rows that may name the columns
EVERYTHING = "all"


@bp.get("/participants/import")
@requires(Permission.MANAGE_PARTICIPANTS)
def upload() -> ResponseReturnValue:
    return _upload_page(pages.UploadForm(formdata=None))


@bp.post("/participants/import")
@takes_up_to(5 * 1024 * 1024)  # 10,000 people, also as UTF-16
@requires(Permission.MANAGE_PARTICIPANTS)
def keep_upload() -> ResponseReturnValue:
    form = pages.UploadForm()
    if not form.validate():
        return _upload_page(form, status=422)
    try:
        kept = actions.keep(
            form.sheets,
            file_name=form.file_name,
            account_id=current_user.account_id,
            now=clock.now(),
        )
    except Refused as refused:
        form.file.errors = [refused.sentence]
        return _upload_page(form, status=422)
    return redirect(url_for("intake.columns", upload_id=kept.id))


def _upload_page(form: pages.UploadForm, *, status: int = 200) -> ResponseReturnValue:
    now = clock.now()
    unfinished = [
        {"id": row.id, "minutes": (now - row.uploaded_at) // timedelta(minutes=1)}
        for row in queries.unfinished(current_user.account_id)
    ]
    return page("intake/upload.html", status=status, form=form, unfinished=unfinished)


@bp.get("/participants/import/<int:upload_id>/columns")
@requires(Permission.MANAGE_PARTICIPANTS)
def columns(upload_id: int) -> ResponseReturnValue:
    found = _get(upload_id)
    if queries.result_of(found):
        return redirect(url_for("intake.preview", upload_id=upload_id))
    return _columns_page(found)


@bp.post("/participants/import/<int:upload_id>/columns")
@requires(Permission.MANAGE_PARTICIPANTS)
def match_columns(upload_id: int) -> ResponseReturnValue:
    found = _get(upload_id, lock=True)
    if queries.result_of(found):
        return redirect(url_for("intake.preview", upload_id=upload_id))
    before = found.settings
    part = request.form.get("part", before["part"], type=int)
    header = request.form.get("header", type=int)
    if part != before["part"] or header != before["header"]:
        actions.choose(found, part=part, header=header)
        return redirect(url_for("intake.columns", upload_id=upload_id))
    width = len(settings.header_of(found.rows, before))
    try:
        actions.match(found, *pages.chosen_columns(request.form, width))
    except Refused as refused:
        return _columns_page(found, status=422, sentence=refused.sentence)
    return redirect(url_for("intake.preview", upload_id=upload_id))


def _columns_page(
    found: Upload, *, status: int = 200, sentence: str | None = None
) -> ResponseReturnValue:
    rows, how = found.rows, found.settings
    part = settings.part_of(how)
    parts = settings.parts_of(how)
    return page(
        "intake/columns.html",
        status=status,
        sentence=sentence,
        upload={"id": found.id, "file_name": found.file_name},
        notices=part.notices,
        parts=[
            (at, each.name, counted(each.end - each.first, "row")) for at, each in enumerate(parts)
        ],
        part=how["part"],
        headers=_headers(rows, part),
        header=how["header"],
        columns=[_column(found, at, column) for at, column in enumerate(settings.columns_of(how))],
        people=sum(1 for _ in settings.cells_of(rows, how)),
        labels=[(column.value, label) for column, label in LABELS.items()],
        styles=[(style.value, label) for style, label in STYLES.items()],
    )


def _headers(rows: list[list[str]], part: settings.Part) -> list[tuple[int, str]]:
    """The first rows with anything in them, any of which may name the columns."""
    full = [at for at in range(part.first, part.end) if any(rows[at])]
    return [
        (at, f"Row {at - part.first + 1}: " + ", ".join(filter(None, rows[at]))[:60])
        for at in full[:HEADERS]
    ]


def _column(found: Upload, at: int, column: Column | None) -> dict[str, Any]:
    values = settings.values_of(found.rows, found.settings, at)
    guess = guess_style(values)
    return {
        "at": at,
        "heading": settings.header_of(found.rows, found.settings)[at] or f"Column {at + 1}",
        "values": values[:FEW],
        "column": column.value if column else "",
        "style": found.settings["styles"].get(str(at), guess.style.value),
        "is_birth": column is Column.BIRTH,
        "is_sure": guess.is_sure,
    }


@bp.get("/participants/import/<int:upload_id>")
@requires(Permission.MANAGE_PARTICIPANTS)
def preview(upload_id: int) -> ResponseReturnValue:
    return _preview_page(_get(upload_id))


@bp.post("/participants/import/<int:upload_id>/rows")
@requires(Permission.MANAGE_PARTICIPANTS)
def correct(upload_id: int) -> ResponseReturnValue:
    found = _get(upload_id, lock=True)
    if not queries.result_of(found):
        part = settings.part_of(found.settings)
        typed = pages.Corrections(request.form, range(part.first, part.end))
        actions.correct(
            found,
            typed.cells,
            shown=typed.shown,
            left_out=typed.left_out,
            checked=typed.checked,
            answers=typed.answers,
        )
    show, number = request.form.get("show"), request.form.get("page")
    return redirect(url_for("intake.preview", upload_id=upload_id, show=show, page=number))


@bp.post("/participants/import/<int:upload_id>/answers")
@requires(Permission.MANAGE_PARTICIPANTS)
def answer_all(upload_id: int) -> ResponseReturnValue:
    found = _get(upload_id, lock=True)
    if not queries.result_of(found):
        actions.answer_all(found, now=clock.now())
    return redirect(url_for("intake.preview", upload_id=upload_id))


@bp.post("/participants/import/<int:upload_id>/bring-in")
@requires(Permission.MANAGE_PARTICIPANTS)
def bring_in(upload_id: int) -> ResponseReturnValue:
    found = _get(upload_id, lock=True)
    try:
        with savepoint():
            actions.bring_in(
                found,
                seen=request.form.get("seen", ""),
                by=current_user.actor,
                now=clock.now(),
            )
    except Refused as refused:
        return _preview_page(found, status=409, sentence=refused.sentence)
    return redirect(url_for("intake.preview", upload_id=upload_id))


@bp.post("/participants/import/<int:upload_id>/give-up")
@requires(Permission.MANAGE_PARTICIPANTS)
def give_up(upload_id: int) -> ResponseReturnValue:
    actions.give_up(_get(upload_id, lock=True))
    flash("The list has been removed. Nobody was added or changed.")
    return redirect(url_for("intake.upload"))


def _get(upload_id: int, *, lock: bool = False) -> Upload:
    return queries.get_upload(upload_id, account_id=current_user.account_id, lock=lock)


def _preview_page(
    found: Upload, *, status: int = 200, sentence: str | None = None
) -> ResponseReturnValue:
    if result := queries.result_of(found):
        return page("intake/done.html", result=result._asdict())
    if not found.settings["is_matched"]:
        return redirect(url_for("intake.columns", upload_id=found.id))
    plan = queries.plan_of(found, today=clock.now().date())
    counts = people.counts_of(plan.rows)
    show = _shown(counts)
    rows = [row for row in plan.rows if show in {EVERYTHING, row.standing.value}]
    paging = _paging(len(rows))
    first = (paging.page - 1) * PAGE
    shown = rows[first : first + PAGE]
    looked_at(known.id for row in shown for known in (row.match, *row.candidates) if known)
    why_not = people.why_not_bring_in(plan.rows)
    return page(
        "intake/preview.html",
        status=status,
        sentence=sentence,
        upload={"id": found.id, "file_name": found.file_name},
        notices=settings.part_of(found.settings).notices,
        counts={standing.value: number for standing, number in counts.items()},
        total=len(plan.rows),
        show=show,
        paging=paging,
        rows=[_row(row, found.rows[row.at], plan.reading) for row in shown],
        seen=plan.seen,
        why_not=why_not,
        questions=len(people.namesakes_in_question(plan.rows)),
        moving=counts[Standing.ADD] + counts[Standing.CHANGE],
    )


def _shown(counts: dict[Standing, int]) -> str:
    """Which rows are asked for; without a word the ones with problems, if there are any."""
    default = Standing.PROBLEM.value if counts[Standing.PROBLEM] else EVERYTHING
    asked = request.values.get("show", default)
    is_known = asked in {EVERYTHING, *(standing.value for standing in Standing)}
    return asked if is_known else default


def _paging(total: int) -> Paging:
    last = max(1, -(-total // PAGE))
    asked = request.values.get("page", 1, type=int)
    return Paging(page=min(max(1, asked), last), pages=last, total=total)


def _row(row: Row, cells: list[str], reading: people.Reading) -> dict[str, Any]:
    return {
        "at": row.at,
        "number": reading.number(row),
        "standing": row.standing.value,
        "name": row.facts.get("name") or (row.match and row.match.name) or "",
        "key": row.match.key if row.match else row.facts.get("key", ""),
        "problem": row.problems.get(None, ""),
        "cells": [
            {
                "at": at,
                "label": LABELS[column],
                "text": cells[at],
                "problem": row.problems.get(at, ""),
            }
            for at, column in enumerate(reading.columns)
            if column
        ],
        "facts": _facts(row),
        "choices": _choices(row),
        "answer": reading.answers.get(row.at, ""),
        "is_doubtful": any(at == row.at for at, _ in reading.marks),
    }


def _choices(row: Row) -> list[tuple[str, str]]:
    """Whom a row may be about, where that is open."""
    known = [(str(each.id), f"The same person: {_called(each)}") for each in row.candidates]
    if not (known or row.has_twin):
        return []
    return [*known, (SOMEBODY_ELSE, "Somebody else" if known else "Another person")]


def _called(known: Known) -> str:
    born = f", born {day_numeric(known.birth_on)}" if known.birth_on else ""
    return f"{known.name}, {known.key}{born}"


def _facts(row: Row) -> list[dict[str, str]]:
    """What would be written down, or for somebody who is there: what would be another."""
    facts = [name for name in row.facts if name != "name" or name in row.changes]
    return [
        {
            "label": LABELS[Column(name)],
            "value": _worded(name, row.facts[name]),
            "before": _worded(name, row.changes[name][0]) if name in row.changes else "",
            "is_changed": "yes" if name in row.changes else "",
        }
        for name in facts
    ]


def _worded(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if name == Column.BIRTH:
        return day_numeric(value)
    if name == Column.PHONE:
        return phone(value)
    return language_name(value) if name == Column.LANGUAGE else str(value)
