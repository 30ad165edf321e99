"""Weeks that fell short: closed by a line of whoever is responsible, looked at together in the
staffing meeting; and the review sheet of one person."""

from collections.abc import Collection
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.days import WEEK
from clinic.db import AnyRow
from clinic.errors import NotFound
from clinic.hours.rules import WeekOf
from clinic.losses.rules import reasons
from clinic.paging import PAGE, paged
from clinic.participants.queries import get_participant
from clinic.permissions import Permission
from clinic.policy.queries import alerts_of, counters_of
from clinic.programs.queries import Home, find_clinic, sites
from clinic.programs.views import own_home, own_site, site_asked
from clinic.records.queries import authorizations_of, lived_by, weeks_so_far
from clinic.schedule.queries.people import get_in_scope
from clinic.schedule.rules.words import led_name
from clinic.shortweeks import actions, queries, rules
from clinic.shortweeks.forms import CloseForm
from clinic.shortweeks.rules import Name
from clinic.told.models import GoesOn, Offered, ShortBy
from clinic.web import back_to, flash_undo, form_page, looked_at, page, requires, scope

bp = Blueprint("shortweeks", __name__)
bp.add_app_template_filter(rules.since_closed)
bp.add_app_template_filter(rules.to_carry_out)
bp.add_app_template_filter(rules.SHORT_BY.get, "short_by")
bp.add_app_template_filter(rules.OFFERED.get, "offered_word")
bp.add_app_template_filter(rules.GOES_ON.get, "goes_on")


class Here(NamedTuple):
    """The clock and the day of the reader."""

    zone: ZoneInfo
    today: date


MOST = 100  # on a page of weeks to close: a meeting goes through them
MOST_PRINTED = 1000
OWN = "own"
EVERYBODYS = "all"  # who has a caseload begins with their own
LAST = "last"
BACK = 12  # weeks of a review


@bp.get("/hours/short-weeks")
@requires(Permission.DO_TASKS)
def short_weeks() -> ResponseReturnValue:
    now = clock.now()
    places = sites()
    if not places:
        return page("not_set_up.html", administrators=[])
    site = site_asked(places, request.args.get("site"))
    state = request.args.get("state", "")
    whose = request.args.get("whose", EVERYBODYS if scope() is None else OWN)
    which = request.args.get("weeks", "")
    if state not in {"", "closed"} or whose not in {EVERYBODYS, OWN} or which not in {"", LAST}:
        raise NotFound
    at = own_site(places, now)
    here = Here(at.zone, at.today(now))
    found = queries.listed(is_open=not state, site_id=site.id if site else None, scope=scope())
    last = own_home(now).week - WEEK if which else None
    asked = [
        row
        for row in found
        if (whose == EVERYBODYS or row.clinician_id == current_user.staff_id)
        and last in {None, row.week}
    ]
    stands = {} if state else queries.stands_of(asked, now=now)
    if not state:  # the next tick takes the others off
        asked = [row for row in asked if rules.is_short(stands.get(_name(row)))]
    is_whole = "whole" in request.args
    most = MOST_PRINTED if is_whole else PAGE if state else MOST
    rows, paging = paged(asked, page=request.args.get("page", 1, type=int), most=most)
    looked_at(row.participant_id for row in rows)
    if state:  # what they are by now, beside what they were when they were closed
        stands = queries.stands_of(rows, now=now)
    names = {_name(row) for row in rows}
    stands = {name: week for name, week in stands.items() if name in names}
    return page(
        "shortweeks/short_weeks.html",
        rows=rows,
        paging=paging,
        is_whole=is_whole,
        stands=stands,
        name_of=_name,
        why=_why(rows, stands, here, now) if not state else {},
        offers=queries.offered_in(rows) if not state else {},
        state=state,
        whose=whose,
        which=which,
        sites=[(place.key, place.name) for place in places],
        site=site.key if site else "",
        home=here,
        now=now,
    )


@bp.route("/hours/short-weeks/<int:closing_id>", methods=["GET", "POST"])
@requires(Permission.DO_TASKS)
def short_week(closing_id: int) -> ResponseReturnValue:
    now = clock.now()
    row = queries.get_row(closing_id, scope=scope())
    looked_at([row.participant_id])
    offers = queries.offered_in([row]).get(_name(row), [])
    form = CloseForm(offered=Offered.MAKE_UP if offers else None)
    if form.validate_on_submit() and form.attempt(
        lambda: actions.close(
            closing_id,
            short_by=ShortBy(form.short_by.data),
            offered=Offered(form.offered.data),
            goes_on=GoesOn(form.goes_on.data),
            note=form.note.data or None,
            scope=scope(),
            by=current_user.actor,
            now=now,
        )
    ):
        undo = url_for("shortweeks.reopen", closing_id=closing_id)
        flash_undo(f"Closed: the week of {row.name}.", undo)
        return redirect(_onwards(GoesOn(form.goes_on.data), row))
    here = own_home(now)
    stands = queries.stands_of([row], now=now)
    return form_page(
        "shortweeks/short_week.html",
        form,
        row=row,
        week=stands.get(_name(row)),
        is_short=rules.is_short(stands.get(_name(row))),
        why=_why([row], stands, here, now).get(_name(row), []),
        offers=offers,
        now=now,
        home=here,
    )


def _onwards(decision: GoesOn, row: AnyRow) -> str:
    """Where what was decided is carried out, for whoever may do that; else the list."""
    endpoint = rules.LEADS_TO.get(decision)
    if endpoint is None or Permission.MANAGE_PARTICIPANTS not in current_user.permissions:
        return url_for("shortweeks.short_weeks")
    return url_for(endpoint, enrollment_id=row.enrollment_id)


@bp.post("/hours/short-weeks/<int:closing_id>/reopen")
@requires(Permission.DO_TASKS)
def reopen(closing_id: int) -> ResponseReturnValue:
    actions.reopen(closing_id, scope=scope(), by=current_user.actor, now=clock.now())
    flash("The week is open again.")
    return back_to("shortweeks.short_week", closing_id=closing_id)


@bp.get("/participants/<int:participant_id>/review")
@requires(Permission.DO_TASKS)
def review(participant_id: int) -> ResponseReturnValue:
    """The last weeks of one person on one sheet, for the meeting that looks at how it goes."""
    kept_id = get_in_scope(participant_id, scope())
    if kept_id != participant_id:
        return redirect(url_for("shortweeks.review", participant_id=kept_id))
    looked_at([participant_id])
    now = clock.now()
    clinic = find_clinic()
    here, organization = own_home(now, clinic), clinic.settings
    person, enrollments = get_participant(participant_id), lived_by(participant_id)
    since = here.week - BACK * WEEK
    lately = [each for each in enrollments if (each.until_on or here.today) >= since]
    return page(
        "shortweeks/review.html",
        person=person,
        enrollments=lately,
        weeks=weeks_so_far(lately, this=here.week, now=now, back=BACK),
        closings=queries.closings_of([each.id for each in lately]),
        name_of=Name,
        counters=counters_of(enrollments, organization, today=here.today, now=now),
        approvals=authorizations_of(lately, clinic, now=now),
        alerts=alerts_of([participant_id], today=here.today, now=now).get(participant_id, []),
        clinic=organization.name,
        home=here,
        now=now,
    )


def _name(row: Any) -> Name:
    return Name(row.enrollment_id, row.week)


def _why(
    rows: Collection[AnyRow], stands: dict[Name, WeekOf], here: Home | Here, now: datetime
) -> dict[Name, list[str]]:
    """Why the weeks of these rows fell short, in words."""
    losses = queries.losses_of(rows, now=now)
    topics = Permission.SEE_TOPICS in current_user.permissions
    return {
        name: reasons(
            losses[name],
            planned=week.balance.planned,
            least=week.target.min_minutes,
            called=partial(led_name, with_topics=topics),
            reader=here.zone,
        )
        for name, week in stands.items()
        if rules.is_short(week)
    }
