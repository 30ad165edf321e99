from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, current_app, request
from flask_login import current_user
from werkzeug.exceptions import BadRequest

from clinic import clock, formats
from clinic.days import DAY, WEEK, week_of
from clinic.hours import queries
from clinic.hours.queries import EnrollmentWeek
from clinic.hours.rules import State, WeekOf, danger, falls_short, is_pressing
from clinic.losses.rules import Cause, Loss, reasons
from clinic.names import sort_key
from clinic.offers.queries import offers_of
from clinic.offers.rules import suggested
from clinic.paging import Filter, KeyOf, in_order, order_asked, paged
from clinic.permissions import Permission
from clinic.policy.queries import alerts_on
from clinic.programs.queries import find_clinic, program_filter
from clinic.programs.views import own_site, site_asked
from clinic.schedule.queries.staff import clinician_filter
from clinic.schedule.rules.words import led_name
from clinic.told.queries import known_since
from clinic.web import day_asked, looked_at, page, requires, roster_scope, scope

bp = Blueprint("hours", __name__)
bp.add_app_template_filter(queries.delivered_in)


MOST_ROWS = 200  # on a page
EVERYONE = "all"  # of the states that can be asked for; without one, those weeks that are pressing
CLOSED = "closed"  # stands for the weeks that fell short, and of which somebody has said why
STANDS = (*State, CLOSED)
COLUMNS: dict[str, KeyOf[EnrollmentWeek]] = {
    "danger": lambda each: danger(each.hours),
    "name": lambda each: sort_key(each.name),
    "done": lambda each: each.hours.balance.delivered,
    "missing": lambda each: each.hours.missing,
    "days": lambda each: each.hours.balance.service_days,
}


def install(app: Flask, *, closings_of: Callable[[Collection[EnrollmentWeek]], Any]) -> None:
    """`closings_of`: by enrollment, what was said of weeks that fell short. A higher feature
    knows it."""
    app.extensions["closings_of"] = closings_of


@bp.get("/hours")
@requires(Permission.SEE_HOURS)
def week() -> Any:
    now = clock.now()
    clinic = find_clinic()  # held on to, or it is read anew for the alerts
    places, week_starts = clinic.sites, clinic.week_starts
    if not places:
        return page("not_set_up.html", administrators=[])
    site = site_asked(places, request.args.get("site"))
    here = site or own_site(places, now)
    today = here.today(now)
    current = week_of(today, week_starts)
    shown = week_of(day_asked("week", current), week_starts)
    order = order_asked(request.args.get("sort", ""), COLUMNS, "danger")
    state = request.args.get("state", "")
    if state not in {"", EVERYONE, CLOSED, *State}:
        raise BadRequest
    everyones, places_of = queries.weeks_and_places_on(
        shown, now=now, scope=scope(), programs=clinic.programs
    )
    at_site = [each for each in everyones if site is None or each.program.site_id == site.id]
    filters = _filters(at_site)
    weeks = [each for each in at_site if _is_asked(each, filters)]
    weeks.sort(key=lambda each: (sort_key(each.name), each.enrollment_key))
    listed = in_order((each for each in weeks if _is_of(each, state)), COLUMNS, order)
    rows, paging = paged(listed, page=request.args.get("page", 1, type=int), most=MOST_ROWS)
    looked_at(each.participant_id for each in rows)
    # What the misses so far call for is said now, not of other weeks.
    alerted = alerts_on(today, now=now, scope=scope()) if shown == current else []
    to_close = {each.enrollment_id for each in rows if _is_to_close(each, current)}
    totals = Counter(map(_stand, weeks))
    calm = Counter(_stand(each) for each in weeks if not _is_of(each, ""))
    return page(
        "hours/week.html",
        week=shown,
        week_label=formats.week_range(shown, this_year=current.year),
        previous_week=shown - WEEK,
        next_week=shown + WEEK,
        is_current=shown == current,
        is_over=shown < current,
        is_ahead=shown > current,
        is_next=shown == current + WEEK,
        last_day=shown + WEEK - DAY,
        filters=filters,
        sites=[(place.key, place.name) for place in places],
        site=site.key if site else "",
        state=state,
        order=order,
        rows=rows,
        paging=paging,
        number=len(weeks),
        closings=current_app.extensions["closings_of"](
            [each for each in rows if each.is_closed or each.enrollment_id in to_close]
        ),
        to_close=to_close,
        at_risk=sum(bool(each.hours.missing) and not each.is_closed for each in weeks),
        calm={each: calm[each] for each in STANDS if calm[each]},
        **(why := why_short(rows, shown, here.zone, now)),
        **make_ups(
            [each for each in rows if not each.is_closed],
            why["losses"],
            places_of,
            shown,
        ),
        reader=here.zone,
        now=now,
        known=known_since((each.enrollment_id, shown, each.hours.state) for each in rows),
        today=today,
        alerts={each.participant_id: each.alerts for each in alerted},
        totals=[(each, totals[each]) for each in STANDS if totals[each]],
        as_of=f"as of {formats.day_short(today)}, {formats.clock_time(now, here.zone)}",
        zone_note=formats.zone_note(here.timezone)
        if len({each.timezone for each in places}) > 1
        else "",
    )


def _filters(weeks: Sequence[EnrollmentWeek]) -> dict[str, Filter]:
    """The programs and the clinicians that these weeks can be narrowed down to."""
    programs = ((each.program.key, each.program.name) for each in weeks)
    return {
        "program": program_filter(programs, asked=request.args.get("program", "")),
        "clinician": _caseloads(weeks),
    }


def _caseloads(weeks: Sequence[EnrollmentWeek]) -> Filter:
    """The clinicians; who does not see the whole clinic begins with their own caseload."""
    own = scope()
    asked = request.args.get("clinician", "" if own is None else str(own))
    clinicians = [(each.clinician_id, each.clinician) for each in weeks]
    if own is not None:
        clinicians.append((own, None))
    found = clinician_filter(
        clinicians, asked="" if asked == EVERYONE else asked, own=current_user.staff_id
    )
    return found if own is None else found._replace(whole=EVERYONE, chosen=found.chosen or EVERYONE)


def _is_asked(each: EnrollmentWeek, filters: Mapping[str, Filter]) -> bool:
    program, clinician = filters["program"].chosen, filters["clinician"]
    is_theirs = not clinician.is_narrow or clinician.chosen == str(each.clinician_id)
    return program in {"", each.program.key} and is_theirs


def _stand(each: EnrollmentWeek) -> str:
    return CLOSED if each.is_closed else each.hours.state


def _is_of(each: EnrollmentWeek, state: str) -> bool:
    if not state:
        return not each.is_closed and is_pressing(each.hours)
    return state in {EVERYONE, _stand(each)}


def _is_to_close(each: EnrollmentWeek, current: date) -> bool:
    """Whether the list of short weeks has it to be closed, for who does that."""
    may = Permission.DO_TASKS in current_user.permissions
    return may and each.hours.week == current - WEEK and falls_short(each.hours)


def make_ups(
    rows: Collection[EnrollmentWeek],
    losses: Mapping[int, Sequence[Loss]],
    places: queries.Places,
    week: date,
) -> dict[str, Any]:
    """By enrollment: what they have been offered in that week, and the session to offer next; and
    to whom all that is free was offered before."""
    ids = [each.enrollment_id for each in rows if each.hours.missing]
    offers = offers_of(ids, first=week, last=week + WEEK - DAY)
    may = Permission.RECORD_ATTENDANCE in current_user.permissions
    best, asked = {}, set()
    for each in rows:
        is_own = may and roster_scope() in {None, each.clinician_id}
        free = queries.places_in(places, each) if each.hours.missing and is_own else ()
        found = suggested(
            free,
            losses.get(each.enrollment_id, ()),
            offers.get(each.enrollment_id, ()),
            missing=each.hours.missing,
        )
        if found:
            best[each.enrollment_id] = found[0]
        elif free:
            asked.add(each.enrollment_id)
    return {"offers": offers, "best": best, "asked": asked}


def why_short(
    rows: Collection[EnrollmentWeek], week: date, reader: ZoneInfo, now: datetime
) -> dict[str, Any]:
    """By enrollment: why its week falls short, in words, and the first sheet that is to be done."""
    ids = [each.enrollment_id for each in rows if is_pressing(each.hours)]
    losses = queries.losses_led(ids, week, scope=scope(), now=now)
    topics = Permission.SEE_TOPICS in current_user.permissions

    def is_said(week: WeekOf) -> bool:
        """Whether the word for a week says how much of it is planned: as much as is booked."""
        return week.is_to_plan and week.balance.planned == week.balance.booked

    def is_theirs(loss: Loss) -> bool:
        return loss.cause is Cause.UNCONFIRMED and bool(loss.booked.is_mine)

    return {
        "losses": losses,
        "why": {
            each.enrollment_id: reasons(
                losses[each.enrollment_id],
                planned=each.hours.balance.planned,
                least=0 if is_said(each.hours) else each.hours.target.min_minutes,
                called=partial(led_name, with_topics=topics),
                reader=reader,
            )
            for each in rows
            if is_pressing(each.hours)
        },
        "sheets": {
            each: found[0]
            for each, one in losses.items()
            if (found := [loss.booked.session_id for loss in one if is_theirs(loss)])
        },
    }
