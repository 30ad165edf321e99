from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.names import one_line
from clinic.participants.queries import search as people_found
from clinic.permissions import Permission
from clinic.programs.views import own_home
from clinic.schedule.queries.bookings import next_of
from clinic.schedule.queries.people import condition_of
from clinic.schedule.queries.series import groups_found, leaders_of_series
from clinic.schedule.queries.sessions import leaders_of
from clinic.search import queries, rules
from clinic.staff.queries import staff_found
from clinic.web import looked_at, page, requires, scope

bp = Blueprint("search", __name__)

SHOWN = 8  # of each kind


class Found(NamedTuple):
    """The first of a kind, and how many there are in all."""

    shown: Sequence[Any]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.shown)


NOTHING = Found((), 0)


@bp.get("/search")
@requires(Permission.SEARCH)
def search() -> ResponseReturnValue:
    """People, groups, staff, sites and pages by a few letters, each as far as one may see it."""
    now = clock.now()
    typed = one_line(request.args.get("q", ""))[: rules.LONGEST]
    sentence = rules.why_not_look(typed)
    may = current_user.permissions
    is_asked = bool(typed) and sentence is None
    people = _people(typed) if is_asked else NOTHING
    coming = {}
    if Permission.SEE_SCHEDULE in may:
        coming = next_of([person.id for person in people.shown], now=now)
    groups = _first(groups_found(scope(), typed)) if is_asked and _may("SEE_TOPICS") else NOTHING
    return page(
        "search/search.html",
        query=typed,
        sentence=sentence if typed else None,
        people=people,
        coming=coming,
        leaders=leaders_of([row.session_id for row in coming.values()]),
        groups=groups,
        led_by=leaders_of_series([row.id for row in groups.shown]),
        staff=_staff(typed) if is_asked and _may("SEE_STAFF") else NOTHING,
        sites=queries.sites_found(typed) if is_asked and _may("SEE_SCHEDULE") else [],
        places=list(rules.places(typed, _open_pages())) if is_asked else [],
        now=now,
        home=own_home(now),
    )


def _may(permission: str) -> bool:
    return Permission[permission] in current_user.permissions


def _first(rows: Sequence[Any]) -> Found:
    return Found(rows[:SHOWN], len(rows))


def _people(typed: str) -> Found:
    """Whoever may not know contacts finds nobody by them either."""
    rows, paging = people_found(
        typed,
        page=1,
        only=condition_of(scope()),
        by_contacts=_may("SEE_PARTICIPANTS"),
    )
    looked_at(row.id for row in rows[:SHOWN])
    return Found(rows[:SHOWN], paging.total)


def _staff(typed: str) -> Found:
    rows, paging = staff_found(typed, page=1, now=clock.now())
    return Found(rows[:SHOWN], paging.total)


def _open_pages() -> list[str]:
    """The endpoints of the pages that one may open."""
    views = current_app.view_functions
    return [
        place.endpoint
        for place in rules.PLACES
        if getattr(views[place.endpoint], "permission", None) in current_user.permissions
    ]
