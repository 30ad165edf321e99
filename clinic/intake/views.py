from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.formats import counted
from clinic.forms import Form
from clinic.intake import actions, queries, rules
from clinic.intake.forms import UploadForm, chosen_columns, corrections
from clinic.intake.models import Part, Upload
from clinic.intake.rules import Standing
from clinic.paging import paged
from clinic.participants.rules import language_name
from clinic.permissions import Permission
from clinic.tables.rules import LABELS, STYLES, Style, guess_style
from clinic.web import locked, looked_at, page, reads_first, requires, takes_up_to

bp = Blueprint("intake", __name__)

PAGE = 50  # rows
FEW = 3  # values of a column, to recognise it by
HEADERS = 5  # rows that may name the columns
EVERYTHING = "all"


@bp.get("/participants/import")
@requires(Permission.MANAGE_PARTICIPANTS)
def upload() -> ResponseReturnValue:
    return _upload_page(UploadForm(formdata=None))


@bp.post("/participants/import")
@takes_up_to(5 * 1024 * 1024)  # 10,000 people, also as UTF-16
@requires(Permission.MANAGE_PARTICIPANTS)
def keep_upload() -> ResponseReturnValue:
    form = UploadForm()
    account_id, now = current_user.account_id, clock.now()
    if form.validate() and form.attempt(
        lambda: actions.keep(form.sheets, file_name=form.file_name, account_id=account_id, now=now)
    ):
        return redirect(url_for("intake.columns", upload_id=form.done.id))
    return _upload_page(form, status=422)


def _upload_page(form: UploadForm, *, status: int = 200) -> ResponseReturnValue:
    now = clock.now()
    unfinished = [
        (row.id, (now - row.uploaded_at) // timedelta(minutes=1))
        for row in queries.unfinished(current_user.account_id)
    ]
    return page(
        "intake/upload.html", status=status, form=form, unfinished=unfinished, labels=LABELS
    )


@bp.get("/participants/import/<int:upload_id>/columns")
@requires(Permission.MANAGE_PARTICIPANTS)
def columns(upload_id: int) -> ResponseReturnValue:
    found = _get(upload_id)
    if found.brought_in_at is not None:
        return redirect(url_for("intake.preview", upload_id=upload_id))
    return _columns_page(found, Form(), found.settings.columns, found.settings.styles)


@bp.post("/participants/import/<int:upload_id>/columns")
@requires(Permission.MANAGE_PARTICIPANTS)
def match_columns(upload_id: int) -> ResponseReturnValue:
    found = _get(upload_id, lock=True)
    if found.brought_in_at is not None:
        return redirect(url_for("intake.preview", upload_id=upload_id))
    before = found.settings
    part = request.form.get("part", before.part, type=int)
    header = request.form.get("header", type=int)
    if (part, header) != (before.part, before.header):
        actions.choose(found, part=part, header=header)
        return redirect(url_for("intake.columns", upload_id=upload_id))
    form = Form()
    chosen = chosen_columns(request.form, len(before.columns))
    if form.attempt(lambda: actions.match(found, *chosen)):
        return redirect(url_for("intake.preview", upload_id=upload_id))
    return _columns_page(found, form, *chosen, status=422)


def _columns_page(
    found: Upload,
    form: Form,
    columns: Sequence[str | None],
    styles: Mapping[int, Style],
    *,
    status: int = 200,
) -> ResponseReturnValue:
    rows, settings = found.rows, found.settings
    return page(
        "intake/columns.html",
        status=status,
        form=form,
        upload=found,
        parts=[(each.name, counted(each.end - each.first, "row")) for each in settings.parts],
        headers=_headers(rows, settings.sheet),
        columns=[_column(found, at, column, styles.get(at)) for at, column in enumerate(columns)],
        people=sum(1 for _ in settings.taken(rows)),
        notices=_notices(found),
        labels=LABELS,
        styles=STYLES,
    )


def _headers(rows: list[list[str]], part: Part) -> list[tuple[int, str]]:
    """The first rows with anything in them, any of which may name the columns."""
    full = [at for at in range(part.first, part.end) if any(rows[at])]
    return [
        (at, f"Row {at - part.first + 1}: " + ", ".join(filter(None, rows[at]))[:60])
        for at in full[:HEADERS]
    ]


def _column(found: Upload, at: int, column: str | None, style: Style | None) -> dict[str, Any]:
    values = found.settings.values_of(found.rows, at)
    guess, is_sure = guess_style(values)
    return {
        "at": at,
        "heading": found.settings.header_of(found.rows)[at] or f"Column {at + 1}",
        "values": values[:FEW],
        "holds": column or "",
        "style": style or guess,
        "is_sure": is_sure,
    }


@bp.get("/participants/import/<int:upload_id>")
@requires(Permission.MANAGE_PARTICIPANTS)
def preview(upload_id: int) -> ResponseReturnValue:
    return _preview_page(_get(upload_id), Form())


@bp.post("/participants/import/<int:upload_id>/rows")
@requires(Permission.MANAGE_PARTICIPANTS)
def correct(upload_id: int) -> ResponseReturnValue:
    found = _get(upload_id, lock=True)
    if found.brought_in_at is None:
        part = found.settings.sheet
        rows = range(part.first, part.end)
        actions.correct(found, **corrections(request.form, rows))
    show, number = request.form.get("show"), request.form.get("page")
    return redirect(url_for("intake.preview", upload_id=upload_id, show=show, page=number))


@bp.post("/participants/import/<int:upload_id>/answers")
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def answer_all(upload_id: int) -> ResponseReturnValue:
    known = _get(upload_id)
    if known.brought_in_at is not None:
        return redirect(url_for("intake.preview", upload_id=upload_id))
    answers = rules.namesakes_in_question(queries.plan_of(known, now=clock.now()))

    def act() -> ResponseReturnValue:
        found = _get(upload_id, lock=True)
        if found.brought_in_at is None:
            actions.answer_all(found, answers)
        return redirect(url_for("intake.preview", upload_id=upload_id))

    return locked(act)


@bp.post("/participants/import/<int:upload_id>/bring-in")
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def bring_in(upload_id: int) -> ResponseReturnValue:
    seen, by, now = request.form.get("seen", ""), current_user.actor, clock.now()
    known = _get(upload_id)
    if known.brought_in_at is not None:
        return redirect(url_for("intake.preview", upload_id=upload_id))
    prepared = actions.prepare(known, now=now)

    def act() -> ResponseReturnValue:
        found, form = _get(upload_id, lock=True), Form()
        if form.attempt(lambda: actions.bring_in(found, prepared, seen=seen, by=by, now=now)):
            return redirect(url_for("intake.preview", upload_id=upload_id))
        return _preview_page(found, form, status=409)

    return locked(act)


@bp.post("/participants/import/<int:upload_id>/give-up")
@requires(Permission.MANAGE_PARTICIPANTS)
def give_up(upload_id: int) -> ResponseReturnValue:
    actions.give_up(_get(upload_id, lock=True))
    flash("The list has been removed. Nobody was added or changed.")
    return redirect(url_for("intake.upload"))


def _get(upload_id: int, *, lock: bool = False) -> Upload:
    return queries.get_upload(upload_id, account_id=current_user.account_id, lock=lock)


def _preview_page(found: Upload, form: Form, *, status: int = 200) -> ResponseReturnValue:
    if found.brought_in_at is not None:
        return page("intake/done.html", result=found)
    settings = found.settings
    if not settings.is_matched:
        return redirect(url_for("intake.columns", upload_id=found.id))
    plan = queries.plan_of(found, now=clock.now())
    counts = rules.counts_of(plan)
    show = _shown(counts)
    rows = [row for row in plan if show in {EVERYTHING, row.standing}]
    number = request.values.get("page", 1, type=int)
    last = max(1, -(-len(rows) // PAGE))
    shown, paging = paged(rows, page=min(max(1, number), last), most=PAGE)
    looked_at(known.id for row in shown for known in (row.match, *row.candidates) if known)
    return page(
        "intake/preview.html",
        status=status,
        form=form,
        upload=found,
        settings=settings,
        notices=_notices(found),
        rows=shown,
        total=len(plan),
        counts=counts,
        show=show,
        paging=paging,
        seen=queries.digest_of(plan),
        why_not=rules.why_not_bring_in(plan),
        questions=len(rules.namesakes_in_question(plan)),
        moving=counts[Standing.ADD] + counts[Standing.CHANGE],
        doubtful={row for row, _ in settings.marks},
        labels=LABELS,
        answers_to=rules.answers_to,
        language_name=language_name,
    )


def _notices(found: Upload) -> list[str]:
    left_out = rules.what_is_left_out(found.rows, found.settings)
    return [*found.settings.sheet.notices, *([left_out] if left_out else [])]


def _shown(counts: dict[Standing, int]) -> str:
    """Which rows are asked for; without a word the ones with problems, if there are any."""
    default = Standing.PROBLEM if counts[Standing.PROBLEM] else EVERYTHING
    asked = request.values.get("show", default)
    return asked if asked in {EVERYTHING, *Standing} else default
