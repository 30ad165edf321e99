"""Days are exported to billing and the files are taken; claims that differ by now are settled."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts.queries import administrators
from clinic.claims import actions, queries, rules
from clinic.claims.forms import (
    CorrectionsForm,
    DaysForm,
    ExportForm,
    SettleForm,
    token,
    worth_token,
)
from clinic.claims.queries import Found, Which
from clinic.claims.rules import COLUMNS, Correction, Day
from clinic.days import DAY, WEEK, Range, usual_periods
from clinic.db import AnyRow
from clinic.errors import NotFound, or_not_found
from clinic.formats import counted, day_short
from clinic.forms import Form
from clinic.names import sort_key
from clinic.paging import PAGE, paged
from clinic.permissions import Permission
from clinic.programs.models import Program, Site
from clinic.programs.queries import find_clinic
from clinic.programs.views import own_home
from clinic.schedule.queries.amendments import amendments_of
from clinic.spreadsheets import csv_lines, workbook
from clinic.web import (
    back_to,
    flash_undo,
    form_page,
    locked,
    looked_at,
    page,
    reads_first,
    requires,
)

bp = Blueprint("claims", __name__)

MOST_PEOPLE, MOST_RECEIPTS = 100, 200  # on a page
ENDINGS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Asked(NamedTuple):
    """Whose days an address asks for."""

    site: Site | None
    program: Program | None

    def on(self, days: Range) -> Which:
        site, program = self.site, self.program
        return Which(days, site.id if site else None, program.id if program else None)


@bp.route("/billing/export", methods=["GET", "POST"])
@requires(Permission.DO_BILLING)
@reads_first
def export() -> ResponseReturnValue:
    """The days of a time that are to be claimed, and what is left out; one press exports them."""
    now = clock.now()
    clinic = find_clinic()
    places, offered = clinic.sites, [*clinic.programs.values()]
    if not places:
        return page("not_set_up.html", administrators=administrators())
    home, form = own_home(now, clinic), ExportForm()
    asked = Asked(_chosen("site", places), _chosen("program", offered))
    days = DaysForm(home.week - WEEK, home.week - DAY)

    def show(found: Found | None) -> ResponseReturnValue:
        return page(
            "claims/export.html",
            status=422 if form.errors or days.errors else 200,
            form=form,
            asked=asked,
            days=days,
            found=found.sorted if found else None,
            twice=found.twice if found else (),
            **_people(found),
            places=places,
            programs=offered,
            periods=[  # that are over, for no other day is exported
                (words, each)
                for words, each in usual_periods(home.today, home.week)
                if not (each.covers(home.today) or rules.why_not_days(each))
            ],
        )

    if not days.validate():
        return show(None)
    which = asked.on(days.days)

    def save() -> ResponseReturnValue:
        at = clock.now()  # of what was amended before it had waited for its turn it knows
        seen, by = form.seen.data or "", current_user.actor
        if not form.attempt(lambda: actions.export(which, seen=seen, by=by, now=at)):
            return show(queries.to_export(which, now=at))
        return _to_batch(form.done.id, queries.get_batch(form.done.id).days)

    if form.validate_on_submit():
        return locked(save)
    return show(queries.to_export(which, programs=clinic.programs, now=now))


def _chosen(name: str, offered: Sequence[Any]) -> Any:
    key = request.args.get(name)
    return or_not_found(next((e for e in offered if e.key == key), None)) if key else None


def _people(found: Found | None) -> dict[str, Any]:
    """Whose days are ready, by name, each with them: a page of all."""
    by_person: dict[int, list[Day]] = defaultdict(list)
    for day in found.sorted.ready if found else ():
        by_person[day.enrollment_id].append(day)
    people = [(found.whose[each], days) for each, days in by_person.items()] if found else []
    people.sort(key=lambda one: (sort_key(one[0].name), one[0].enrollment_key))
    number = 1 if request.method == "POST" else request.args.get("page", 1, type=int)
    shown, paging = paged(people, page=number, most=MOST_PEOPLE)
    looked_at(whose.participant_id for whose, _ in shown)
    looked_at(one.participant_id for one in (found.twice if found else ()))
    return {"people": shown, "paging": paging}


def _to_batch(batch_id: int, number: int) -> ResponseReturnValue:
    flash(f"{counted(number, 'day')} exported. The file can be taken now, and again at any time.")
    return redirect(url_for("claims.batch", batch_id=batch_id))


@bp.get("/billing/batches")
@requires(Permission.SEE_BILLING)
def batches() -> ResponseReturnValue:
    """All that was exported, the latest first."""
    rows, paging = queries.batches(page=request.args.get("page", 1, type=int), most=PAGE)
    home = own_home(clock.now())
    return page("claims/batches.html", rows=rows, paging=paging, home=home)


@bp.get("/billing/batches/<int:batch_id>")
@requires(Permission.SEE_BILLING)
def batch(batch_id: int) -> ResponseReturnValue:
    found, receipts = queries.get_batch(batch_id), queries.receipts_in(batch_id)
    rows, paging = paged(receipts, page=request.args.get("page", 1, type=int), most=MOST_RECEIPTS)
    looked_at(row.participant_id for row in rows)
    return page(
        "claims/batch.html",
        batch=found,
        rows=rows,
        paging=paging,
        notice=rules.NOTICE if any(row.is_part2 for row in receipts) else "",
        home=own_home(clock.now()),
    )


@bp.post("/billing/batches/<int:batch_id>/file")
@requires(Permission.DO_BILLING)
@reads_first
def file(batch_id: int) -> ResponseReturnValue:
    """The file of an export, made of its receipts: it is the same whenever it is taken."""
    ending = request.form.get("as", "csv")
    if ending not in ENDINGS:
        raise NotFound
    rows = queries.receipts_in(queries.get_batch(batch_id).id)
    looked_at(row.participant_id for row in rows)
    body = _written(rows, ending)
    name = rules.file_name(batch_id, ending)

    def give() -> ResponseReturnValue:
        by, now = current_user.actor, clock.now()
        actions.note_taken(batch_id, rows, ending=ending, by=by, now=now)
        return current_app.response_class(
            body,
            mimetype=ENDINGS[ending],
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    return locked(give)


def _written(rows: Iterable[AnyRow], ending: str) -> bytes:
    records = map(rules.record_of, rows)
    if ending == "xlsx":
        return workbook(records, COLUMNS, name="Units")
    return "".join(csv_lines(records, COLUMNS)).encode()


@bp.route("/billing/corrections", methods=["GET", "POST"])
@requires(Permission.DO_BILLING)
@reads_first
def corrections() -> ResponseReturnValue:
    """Claims that are not as their days are now; those that are chosen are exported anew."""
    now, form = clock.now(), CorrectionsForm()
    found = queries.corrections(now=now)
    form.offer(found)
    if not form.validate_on_submit():
        return _corrections_page(form, found)

    def save() -> ResponseReturnValue:
        by = current_user.actor
        if not form.attempt(lambda: actions.export_corrections(form.chosen, by=by, now=now)):
            return _corrections_page(form, queries.corrections(now=now))
        return _to_batch(form.done.id, len(form.chosen))

    return locked(save)


def _corrections_page(form: Form, found: Sequence[Correction]) -> ResponseReturnValue:
    rows = queries.receipts([one.claim.receipt_id for one in found])
    looked_at(row.participant_id for row in rows.values())
    return form_page(
        "claims/corrections.html",
        form,
        found=found,
        rows=rows,
        tokens={one.claim.receipt_id: token(one) for one in found},
        home=own_home(clock.now()),
    )


@bp.get("/billing/corrections/<int:receipt_id>")
@requires(Permission.SEE_BILLING)
def correction(receipt_id: int) -> ResponseReturnValue:
    """One claim: what was exported, what its day is now and why, and what is done about it."""
    return _claim_page(queries.get_receipt(receipt_id), SettleForm(), now=clock.now())


@bp.post("/billing/corrections/<int:receipt_id>")
@requires(Permission.DO_BILLING)
def settle(receipt_id: int) -> ResponseReturnValue:
    now, form = clock.now(), SettleForm()
    row, by = queries.get_receipt(receipt_id), current_user.actor
    if form.validate() and form.attempt(
        lambda: actions.settle(receipt_id, **form.facts, by=by, now=now)
    ):
        undo = url_for("claims.take_back", settlement_id=form.done)
        onwards = url_for("claims.corrections")
        sentence = f"The claim of {row.name}, {day_short(row.day)}, is settled."
        flash_undo(sentence, undo, fields={"next": onwards})
        return redirect(onwards)
    return _claim_page(row, form, now=now)


def _claim_page(row: AnyRow, form: SettleForm, *, now: datetime) -> ResponseReturnValue:
    looked_at([row.participant_id])
    found = queries.find_correction(row.id, now=now)
    if found:  # what is shown is what is settled
        form.seen.data = worth_token(found.now)
    of_day = queries.receipts_on(row.enrollment_id, row.day)
    settlements = queries.settlements_of([each.id for each in of_day])
    return form_page(
        "claims/correction.html",
        form,
        row=row,
        found=found,
        history=rules.history(of_day, settlements),
        taken_back=rules.taken_back(settlements),
        last=rules.last_standing(settlements, of_day[-1].id),
        amendments=[
            each
            for each in amendments_of([row.enrollment_id])
            if each.day == row.day and each.decided_at
        ],
        home=clock.here(clock.zone(row.timezone), now),  # that of the day and its arrivals
    )


@bp.post("/billing/settlements/<int:settlement_id>/take-back")
@requires(Permission.DO_BILLING)
def take_back(settlement_id: int) -> ResponseReturnValue:
    """What was said of a claim by mistake does not count."""
    by, now = current_user.actor, clock.now()
    receipt_id = actions.take_back(settlement_id, by=by, now=now)
    flash("Taken back: the claim stands as it did before it was settled.")
    return back_to("claims.correction", receipt_id=receipt_id)
