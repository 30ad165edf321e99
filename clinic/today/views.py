from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts.queries import administrators
from clinic.attendance.queries import rows_on
from clinic.days import DAY, week_of
from clinic.db import AnyRow
from clinic.formats import told_apart
from clinic.hours.queries import weeks_on
from clinic.hours.rules import State
from clinic.kiosk.queries import refused_taps
from clinic.kiosk.rules import INBOX
from clinic.paging import paged
from clinic.participants.queries import called
from clinic.permissions import Permission
from clinic.policy.queries import alerts_on
from clinic.policy.rules import asks
from clinic.programs.models import Organization, Site
from clinic.programs.queries import get_organization, programs, sites
from clinic.programs.views import own_site, site_asked
from clinic.schedule.models import Method
from clinic.schedule.queries.bookings import carried_from
from clinic.schedule.queries.sessions import leaders_of
from clinic.today import queries
from clinic.today.rules import sheet_state
from clinic.web import day_asked, looked_at, page, requires, scope

bp = Blueprint("today", __name__)
bp.add_app_template_filter(sheet_state)

MOST_ROWS = 200  # on a page of alerts
IN_DANGER = (State.NEEDS_MAKE_UP, State.OUT_OF_REACH)


@bp.get("/today")
@requires(Permission.SEE_SCHEDULE)
def today() -> ResponseReturnValue:
    now = clock.now()
    clinic = queries.find_clinic()
    if clinic is None:
        if Permission.SET_UP_CLINIC in current_user.permissions:
            return redirect(url_for("setup.guide"))
        return page("not_set_up.html", administrators=administrators())
    organization, places = clinic
    site = site_asked(places, request.args.get("site"))
    here = site or own_site(places, now)  # whose day it is
    day_now = here.today(now)
    day = day_asked("day", day_now)
    limits = {"site_id": site.id if site else None, "scope": scope()}
    recent = queries.sessions_until(day_now, **limits)
    shown = [each for each in recent if each.day == day] or queries.sessions_on(day, **limits)
    taps = _refused_taps(site, now)
    return page(
        "today/today.html",
        now=now,
        day=day,
        is_today=day == day_now,
        previous_day=day - DAY,
        next_day=day + DAY,
        sites={place.id: place for place in places},
        site=site.key if site else "",
        reader=here.zone,
        parts=queries.parts_of(shown, organization),
        leaders=leaders_of([each.id for each in shown]),
        open_sheets=queries.open_sheets(recent, now=now),
        refused_taps=taps,
        called=called(
            {tap.participant_id for tap in taps if tap.participant_id},
            by_year=Permission.SEE_PARTICIPANTS in current_user.permissions,
        ),
        **_attention(day_now, organization, now, **limits),
    )


@bp.get("/today/sheets")
@requires(Permission.SEE_SCHEDULE)
def sheets() -> ResponseReturnValue:
    """All sheets of a day, to be printed: for a day without power, or for the file."""
    now = clock.now()
    places = sites()
    if not places:
        return page("not_set_up.html", administrators=administrators())
    site = site_asked(places, request.args.get("site"))
    day = day_asked("day", (site or own_site(places, now)).today(now))
    limits = {"site_id": site.id if site else None, "scope": scope()}
    shown = [each for each in queries.sessions_on(day, **limits) if not each.is_cancelled]
    rows = rows_on([each.id for each in shown])
    everybody = [row for each in rows.values() for row in each]
    looked_at(row.participant_id for row in everybody)
    by_year = Permission.SEE_PARTICIPANTS in current_user.permissions
    return page(
        "today/sheets.html",
        now=now,
        day=day,
        sites={place.id: place for place in places},
        places=[(place.key, place.name) for place in places],
        site=site.key if site else "",
        sessions=shown,
        rows=rows,
        names={each: told_apart(people, by_year=by_year) for each, people in rows.items()},
        leaders=leaders_of(list(rows)),
        came=carried_from([row.id for row in everybody if row.method is Method.CARRIED]),
    )


def _attention(
    day: date,
    organization: Organization,
    now: datetime,
    *,
    site_id: int | None,
    scope: int | None,
) -> dict[str, Any]:
    """Weeks in danger, misses, who is away or whose license runs out, of what one may see."""
    may = current_user.permissions
    limits = {"site_id": site_id, "scope": scope}
    states: list[State] = []
    if Permission.SEE_HOURS in may:
        weeks = weeks_on(week_of(day, organization.week_starts), now=now, scope=scope)
        states = [
            each.hours.state for each in weeks if site_id is None or each.program.site_id == site_id
        ]
    return {
        "in_danger": {state: number for state in IN_DANGER if (number := states.count(state))},
        "missed": alerts_on(day, now=now, **limits) if Permission.SEE_PARTICIPANTS in may else [],
        "notices": queries.notices(
            day,
            **limits,
            with_caseloads=Permission.SEE_PARTICIPANTS in may and scope is None,
            with_licenses=Permission.MANAGE_STAFF in may,
            now=now,
        ),
        "day_now": day,
    }


def _refused_taps(site: Site | None, now: datetime) -> Sequence[AnyRow]:
    if Permission.SEE_KIOSK_INBOX not in current_user.permissions:
        return []
    taps = refused_taps(site.id if site else None, now - INBOX)
    looked_at(tap.participant_id for tap in taps if tap.participant_id)
    return taps


@bp.get("/attendance-alerts")
@requires(Permission.SEE_PARTICIPANTS)
def attendance_alerts() -> ResponseReturnValue:
    now = clock.now()
    places = sites()
    if not places:
        return page("not_set_up.html", administrators=administrators())
    site = site_asked(places, request.args.get("site"))
    today = (site or own_site(places, now)).today(now)
    offered = [program.name for program in programs()]
    program = request.args.get("program", "")
    found = alerts_on(today, site_id=site.id if site else None, now=now, scope=scope())
    listed = [each for each in found if program in {"", each.program}]
    number = request.args.get("page", 1, type=int)
    people, paging = paged(listed, page=number, most=MOST_ROWS)
    looked_at(person.participant_id for person in people)
    return page(
        "today/attendance_alerts.html",
        sites=[(place.key, place.name) for place in places],
        site=site.key if site else "",
        programs=[(name, name) for name in offered if name in {each.program for each in found}],
        program=program,
        people=people,
        paging=paging,
        asks=asks(get_organization()),
    )
