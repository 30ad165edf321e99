from typing import Any

from flask import Blueprint, request
from werkzeug.exceptions import BadRequest

from clinic import clock, formats
from clinic.days import DAY, WEEK, week_of
from clinic.errors import NotFound
from clinic.hours import queries
from clinic.hours.rules import State, danger
from clinic.names import sort_key
from clinic.paging import paged
from clinic.permissions import Permission
from clinic.policy.queries import alerts_on
from clinic.programs.queries import home, programs, sites
from clinic.programs.views import own_home, site_asked
from clinic.web import day_asked, looked_at, page, requires, scope

bp = Blueprint("hours", __name__)
bp.add_app_template_filter(queries.delivered_in)


MOST_ROWS = 200  # on a page


@bp.get("/hours")
@requires(Permission.SEE_HOURS)
def week() -> Any:
    now = clock.now()
    places = sites()
    if not places:
        return page("not_set_up.html", administrators=[])
    site = site_asked(places, request.args.get("site"))
    zone, today, current, week_starts = home(now, site.id) if site else own_home(now)
    shown = week_of(day_asked("week", current), week_starts)
    offered = [(program.key, program.name) for program in programs()]
    program_key = request.args.get("program", "")
    if program_key and program_key not in dict(offered):
        raise NotFound
    state = request.args.get("state", "")
    if state and state not in set(State):
        raise BadRequest
    weeks = [
        each
        for each in queries.weeks_on(shown, now=now, program_key=program_key or None, scope=scope())
        if site is None or each.program.site_id == site.id
    ]
    listed = [each for each in weeks if not state or each.hours.state == state]
    listed.sort(key=lambda each: (danger(each.hours), sort_key(each.name)))
    rows, paging = paged(listed, page=request.args.get("page", 1, type=int), most=MOST_ROWS)
    looked_at(each.participant_id for each in rows)
    # What the misses so far call for is said now, not of other weeks.
    alerted = alerts_on(today, now=now, scope=scope()) if shown == current else []
    states = [each.hours.state for each in weeks]
    return page(
        "hours/week.html",
        week=shown,
        week_label=formats.week_range(shown, this_year=current.year),
        previous_week=shown - WEEK,
        next_week=shown + WEEK,
        is_current=shown == current,
        last_day=shown + WEEK - DAY,
        programs=offered,
        program=program_key,
        sites=[(place.key, place.name) for place in places],
        site=site.key if site else "",
        state=state,
        rows=rows,
        paging=paging,
        alerts={each.participant_id: each.alerts for each in alerted},
        totals=[(each, number) for each in State if (number := states.count(each))],
        as_of=f"as of {formats.day_short(today)}, {formats.clock_time(now, zone)}",
        zone_note=formats.zone_note(zone.key)
        if len({each.timezone for each in places}) > 1
        else "",
    )
