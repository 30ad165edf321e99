from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from clinic import clock
from clinic.accounts.queries import administrators
from clinic.census.queries import NOBODY, Line, census_on
from clinic.census.rules import caseload_state, end_words
from clinic.days import DAY, week_of
from clinic.names import sort_key
from clinic.paging import KeyOf, in_order, order_asked
from clinic.permissions import Permission
from clinic.programs.queries import get_organization, sites
from clinic.programs.views import own_site, site_asked
from clinic.web import day_asked, looked_at, page, requires, scope

bp = Blueprint("census", __name__)
bp.add_app_template_filter(caseload_state)
bp.add_app_template_filter(end_words)


COLUMNS: dict[str, KeyOf[Line]] = {  # of both tables; whoever is without a clinician stands last
    "name": lambda each: sort_key(each.name) if each.name != NOBODY else None,
    "active": lambda each: each.active,
    "leave": lambda each: each.on_leave,
    "average": lambda each: each.average,
}


@bp.get("/census")
@requires(Permission.SEE_CENSUS)
def census() -> ResponseReturnValue:
    now = clock.now()
    places = sites()
    if not places:
        return page("not_set_up.html", administrators=administrators())
    site = site_asked(places, request.args.get("site"))
    today = (site or own_site(places, now)).today(now)
    day = day_asked("day", today)
    week = week_of(day, get_organization().week_starts)
    order = order_asked(request.args.get("sort", ""), COLUMNS, "name")
    found = census_on(day, week=week, today=today, scope=scope(), site_id=site.id if site else None)
    looked_at(found.participant_ids)
    return page(
        "census/census.html",
        day=day,
        previous_day=day - DAY,
        next_day=day + DAY,
        sites=[(place.key, place.name) for place in places],
        site=site.key if site else "",
        is_limited=scope() is not None,
        census=found,
        programs=in_order(found.programs, COLUMNS, order),
        clinicians=in_order(found.clinicians, COLUMNS, order),
        order=order,
        today=today,
    )
