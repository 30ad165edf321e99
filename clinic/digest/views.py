"""Whose week is in danger this morning, since when that is known, and what would repair it."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from clinic import clock
from clinic.digest import queries
from clinic.hours.views import make_ups, why_short
from clinic.permissions import Permission
from clinic.programs.queries import find_clinic
from clinic.programs.views import own_site, site_asked
from clinic.told.models import State
from clinic.told.queries import known_since
from clinic.web import looked_at, page, requires, scope

bp = Blueprint("digest", __name__)


@bp.get("/hours/digest")
@requires(Permission.DO_TASKS)
def digest() -> ResponseReturnValue:
    now = clock.now()
    clinic = find_clinic()
    places = clinic.sites
    if not places:
        return page("not_set_up.html", administrators=[])
    site = site_asked(places, request.args.get("site"))
    here = own_site(places, now)
    running = queries.running(clinic, now=now, scope=scope())
    found = queries.in_danger(running, site_id=site.id if site else None, scope=scope())
    weeks = [each.week for each in found]
    looked_at(each.participant_id for each in weeks)
    return page(
        "digest/digest.html",
        rows=found,
        known=known_since(
            (each.enrollment_id, each.hours.week, each.hours.state) for each in weeks
        ),
        **_beside(found, here.zone, now),
        reader=here.zone,
        states=sorted(
            Counter(each.hours.state for each in weeks).items(),
            key=lambda each: [*State].index(each[0]),
        ),
        missing=sum(each.hours.missing for each in weeks),
        is_own=scope() is not None,
        today=here.today(now),
        now=now,
        sites=[(place.key, place.name) for place in places],
        site=site.key if site else "",
    )


def _beside(rows: Collection[queries.Running], reader: ZoneInfo, now: datetime) -> dict[str, Any]:
    """By enrollment: why its week falls short, what was offered and what is to be offered next.
    Not every site has the same week."""
    weeks: dict[date, list[queries.Running]] = defaultdict(list)
    for each in rows:
        weeks[each.week.hours.week].append(each)
    found: dict[str, Any] = {"why": {}, "offers": {}, "best": {}, "asked": set()}
    for week, running in weeks.items():
        theirs = [each.week for each in running]
        places = {(each.week.enrollment_id, week): each.places for each in running}
        why = why_short(theirs, week, reader, now)
        found["why"] |= why["why"]
        for name, what in make_ups(theirs, why["losses"], places, week).items():
            found[name] |= what
    return found
