"""What holds days back from billing, and what somebody's days are worth."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock, formats
from clinic.billable.queries import PersonDay
from clinic.billable.rules import Hold, Part, uncounted
from clinic.billing import actions, queries, rules
from clinic.billing.forms import LeaveOutForm, UndoForm, seen_text
from clinic.billing.models import NotBilled
from clinic.billing.rules import Seen, What
from clinic.consequences import Consequences
from clinic.days import DAY, WEEK, week_of
from clinic.errors import NotFound
from clinic.names import sort_key
from clinic.paging import Filter, filter_asked, paged
from clinic.permissions import Permission
from clinic.preview import Shown, consider, is_asked
from clinic.programs.queries import find_clinic, program_filter
from clinic.programs.views import own_home
from clinic.receipts.queries import claimed_in, number_differing
from clinic.schedule.queries.people import get_whose
from clinic.schedule.rules.words import session_name
from clinic.signing.queries import sheets_of
from clinic.web import (
    back_to,
    day_asked,
    flash_undo,
    looked_at,
    page,
    reads_first,
    requires,
    scope,
    this_page,
)

bp = Blueprint("billing", __name__)
bp.add_app_template_filter(rules.why_words, "hold_words")
bp.add_app_template_filter(rules.worth_words, "units_come_to")
bp.add_app_template_filter(rules.lost_words)
bp.add_app_template_filter(rules.besides)
bp.add_app_template_filter(rules.figures_words, "unit_figures")
bp.add_app_template_filter(rules.figure_words, "no_unit_figure")
bp.add_app_template_filter(seen_text)

MOST_LINES: Final = 100  # on a page
FEW_LINES: Final = 12  # of which none are folded
RECENT: Final = timedelta(days=92)
SINCE: Final = {"half": timedelta(days=183), "year": timedelta(days=366)}


@bp.get("/billing")
@requires(Permission.SEE_BILLING)
def holds() -> ResponseReturnValue:
    return _holds_page(LeaveOutForm(formdata=None), now=clock.now())


@bp.post("/billing")
@requires(Permission.DO_BILLING)
@reads_first
def leave_out_several() -> ResponseReturnValue:
    """Days of several people that are not to be billed, shown before it is saved."""
    now, form = clock.now(), LeaveOutForm()
    ask = partial(_holds_page, form, now=now)
    if not is_asked(form):
        return ask()
    why = NotBilled(form.why.data)
    left: list[PersonDay] = []

    def act() -> Consequences:
        found = _leave_out(form.chosen, why, now=now)
        left.extend(found)
        looked_at({each.participant_id for each in found})
        return Consequences(rules.left_out_parts(found, why))

    def done(_found: Consequences | None) -> ResponseReturnValue:
        _say_left_out(left, back, now=now)
        return redirect(back)

    back = this_page()
    shown = Shown("Do not bill", back, "Hold list", save="Do not bill")
    return consider(form, act, shown=shown, ask=ask, done=done)


def _leave_out(seen: Collection[Seen], why: NotBilled, *, now: datetime) -> list[PersonDay]:
    return actions.leave_out(seen, why=why, scope=scope(), by=current_user.actor, now=now)


def _say_left_out(days: Sequence[PersonDay], back: str, *, now: datetime) -> None:
    fields = {"said_at": now.isoformat(), "next": back}
    flash_undo(rules.left_out_words(days), url_for("billing.undo"), fields=fields)


def _holds_page(form: LeaveOutForm, *, now: datetime) -> ResponseReturnValue:
    clinic, args = find_clinic(), request.args
    home = own_home(now, clinic)
    reason, since, words = (args.get(name, "") for name in ("reason", "since", "person"))
    if reason not in {"", *Hold} or since not in {"", *SINCE}:
        raise NotFound
    first = home.today - SINCE.get(since, RECENT)
    last = home.today + DAY
    claimed = claimed_in(first, last)  # waits for nothing: where it differs it is corrected
    found = [
        each
        for each in queries.days(first, last, now=now, scope=scope(), programs=clinic.programs)
        if (each.enrollment_id, each.day) not in claimed
    ]
    filters = _filters(found)
    theirs = [each for each in found if _is_asked(each, filters, words)]
    held = [each for each in theirs if each.billable.holds]
    billable = [
        each.day
        for each in theirs
        if each.billable.is_billable and each.day < each.program.site.today(now)
    ]
    lines = [line for line in rules.lines(held) if not reason or Hold(reason) in line.holds]
    groups = rules.groups(lines)
    ordered = [line for line in lines if line.what is not What.UNDER]
    ordered += [line for group in groups for line in group.lines]
    number = args.get("page", 1, type=int)
    if form.is_submitted():  # what was chosen is shown again, though the list be shorter now
        number = min(number, -(-len(ordered) // MOST_LINES) or 1)
    shown, paging = paged(ordered, page=number, most=MOST_LINES)
    sheets = sheets_of(rules.ids_of(shown, What.SHEET, What.AMENDMENT, What.LEADER), scope())
    staff = {
        part.lead_id: part.lead
        for line in shown
        for part in line.one.parts
        if line.what is What.LICENSE and part.lead_id
    }
    looked_at(each.participant_id for line in shown for each in line.named)
    return page(
        "billing/holds.html",
        status=422 if form.errors else 200,
        form=form,
        lines=[line for line in shown if line.what is not What.UNDER],
        groups=rules.groups(shown),  # of this page
        is_short=len(shown) <= FEW_LINES,
        ticked={
            line.thing_id for line in shown if line.what is What.UNDER and form.has(line.of_days)
        },
        whole={group.program.id: group for group in groups},
        paging=paging,
        numbers=rules.numbers(held),
        number=len(held),
        free=sum(rules.may_be_freed(each.billable) for each in held),
        billable=billable,
        differing=number_differing() if Permission.DO_BILLING in current_user.permissions else 0,
        words=rules.HOLDS,
        shapes=rules.SHAPES,
        sheets=sheets,
        titles={each: _title(row) for each, row in sheets.items()},
        staff={each: row.name for each, row in staff.items()},
        signed_without={
            line.thing_id: rules.signed_without(line, staff[line.thing_id])
            for line in shown
            if line.what is What.LICENSE
        },
        filters=filters.values(),
        reason=reason,
        since=since,
        first=first,
        person=words,
        home=home,
        recent=RECENT.days,
    )


def _title(row: Any) -> str:
    topics = Permission.SEE_TOPICS in current_user.permissions
    return session_name(row, [row.lead] if row.lead else [], with_topics=topics)


def _filters(found: Sequence[PersonDay]) -> dict[str, Filter]:
    """The sites and programs that these days can be narrowed down to."""
    site, program = (request.args.get(name, "") for name in ("site", "program"))
    programs = {each.program.id: each.program for each in found}.values()
    return {
        "site": filter_asked(
            "site",
            "Site",
            "All sites",
            {(each.site.key, each.site.name) for each in programs},
            asked=site,
            called=queries.site_called,
        ),
        "program": program_filter([(each.key, each.name) for each in programs], asked=program),
    }


def _is_asked(each: PersonDay, filters: dict[str, Filter], words: str) -> bool:
    program = each.program
    return (
        filters["site"].chosen in {"", program.site.key}
        and filters["program"].chosen in {"", program.key}
        and sort_key(words) in sort_key(f"{each.name} {each.participant_key}")
    )


@bp.get("/billing/days/<int:enrollment_id>")
@requires(Permission.SEE_BILLING)
def days(enrollment_id: int) -> ResponseReturnValue:
    """A week of somebody's days: what they are worth, and what holds them back."""
    return _days_page(enrollment_id, LeaveOutForm(formdata=None), now=clock.now())


@bp.post("/billing/days/<int:enrollment_id>/left-out")
@requires(Permission.DO_BILLING)
def leave_out(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    get_whose(enrollment_id, scope())
    form = LeaveOutForm()
    theirs = {each for each in form.chosen if each.enrollment_id == enrollment_id}
    if form.validate_on_submit() and form.attempt(
        lambda: _leave_out(theirs, NotBilled(form.why.data), now=now)
    ):
        week = url_for("billing.days", enrollment_id=enrollment_id, week=form.done[0].day)
        _say_left_out(form.done, request.form.get("next") or week, now=now)
        return back_to("billing.days", enrollment_id=enrollment_id, week=form.done[0].day)
    return _days_page(enrollment_id, form, now=now)


@bp.post("/billing/left-out/undo")
@requires(Permission.DO_BILLING)
def undo() -> ResponseReturnValue:
    """Undo of the same, for all days of one press."""
    form = UndoForm()
    said_at = form.instant if form.validate_on_submit() else None
    number = actions.undo(said_at, by=current_user.actor, now=clock.now())
    flash(f"Undone: {formats.counted(number, 'day')} not left out any more.")
    return back_to("billing.holds")


@bp.post("/billing/days/<int:enrollment_id>/left-out/<int:unbilled_id>/end")
@requires(Permission.DO_BILLING)
def bill(enrollment_id: int, unbilled_id: int) -> ResponseReturnValue:
    get_whose(enrollment_id, scope())
    day = actions.bill(enrollment_id, unbilled_id, by=current_user.actor, now=clock.now())
    flash(f"{formats.day_short(day)} is not left out any more.")
    return back_to("billing.days", enrollment_id=enrollment_id, week=day)


def _days_page(enrollment_id: int, form: LeaveOutForm, *, now: datetime) -> ResponseReturnValue:
    whose = get_whose(enrollment_id, scope())
    looked_at([whose.participant_id])
    clinic = find_clinic()
    zone = clock.zone(whose.timezone)
    today = clock.day_of(now, zone)
    shown = week_of(_day_shown(form, today), clinic.week_starts)
    last = shown + WEEK - DAY
    found = queries.days(
        shown,
        last,
        now=now,
        enrollment_ids=[enrollment_id],
        scope=scope(),
        with_all=True,
        programs=clinic.programs,
    )
    claimed = claimed_in(shown, last, [enrollment_id])
    sheets = sheets_of({part.session_id for each in found for part in each.parts}, scope())
    titles = {each: _title(row) for each, row in sheets.items()}
    return page(
        "billing/days.html",
        status=422 if form.errors else 200,
        form=form,
        whose=whose,
        enrollment_id=enrollment_id,
        days=found,
        words=rules.HOLDS,
        shapes=rules.SHAPES,
        not_billed=rules.NOT_BILLED,
        under_way=rules.UNDER_WAY,
        sheets=sheets,
        titles=titles,
        lacking={
            each.day: rules.lacking_to(
                each, called=partial(_called, each.parts, titles, zone), is_over=each.day < today
            )
            for each in found
        },
        unauthorized={each.day for each in found if Hold.NO_AUTHORIZATION in each.billable.reasons},
        lost={each.day: _lost(each) for each in found},
        claimed={day: row for (_, day), row in claimed.items()},
        unbilled={each.day: each.unbilled for each in found if each.unbilled},
        today=today,
        zone=zone,
        as_of=formats.clock_time(now, zone),
        week=shown,
        week_label=formats.week_range(shown, this_year=today.year),
        previous_week=shown - WEEK,
        next_week=shown + WEEK,
        is_current=shown == week_of(today, clinic.week_starts),
    )


def _day_shown(form: LeaveOutForm, today: date) -> date:
    """A day of the week that is asked for, or that the form is about."""
    sent = form.chosen if form.is_submitted() else ()
    return min((each.day for each in sent), default=None) or day_asked("week", today)


def _called(parts: Iterable[Part], titles: dict[int, str], zone: ZoneInfo, session_id: int) -> str:
    starts_at = next(part.starts_at for part in parts if part.session_id == session_id)
    return rules.at_words(starts_at, zone, titles[session_id])


def _lost(each: PersonDay) -> dict[int | None, list[Any]]:
    """By session: what of it does not count, and why."""
    found: dict[int | None, list[Any]] = {}
    for one in uncounted(each.figures, each.parts, each.billable):
        found.setdefault(one.session_id, []).append(one)
    return found
