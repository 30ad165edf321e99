from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.days import WEEK, week_of
from clinic.db import AnyRow, id_from
from clinic.effects.views import beside
from clinic.errors import NotFound
from clinic.forms import to_choose
from clinic.permissions import Permission
from clinic.programs.models import Site
from clinic.programs.queries import get_organization, get_program, sites
from clinic.programs.views import own_site, site_asked
from clinic.schedule.forms import SlotsForm, kind_of, title_of
from clinic.schedule.models import Mode
from clinic.schedule.queries.free_times import free_times
from clinic.schedule.queries.offers import leaders_to_offer, rooms_to_offer
from clinic.schedule.queries.people import met_in, people_to_plan
from clinic.schedule.queries.sessions import sessions_between
from clinic.schedule.queries.staff import get_staff, site_of
from clinic.web import day_asked, looked_at, page, requires, scope

bp = Blueprint("slots", __name__)


@bp.get("/sessions/new")
@requires(Permission.PLAN_SESSIONS)
def slots() -> ResponseReturnValue:
    """Free times, this week and next: each leads to the form with everything filled in."""
    now = clock.now()
    ids = request.args.getlist("enrollment", type=id_from)
    if not ids:
        return redirect(url_for("sessions.book"))
    people = people_to_plan(ids, scope=scope())
    if not people:
        raise NotFound
    looked_at(person.participant_id for person in people)
    site = get_program(people[0].program_id).site
    form = _form([(row.id, row.name) for row in leaders_to_offer()], people[0].clinician_id)
    week, days = _days(site.today(now), weeks=2)
    found = (
        free_times(
            site,
            days,
            lead_id=form.lead.data,
            people=people,
            minutes=form.minutes.data,
            seats=len(people) if form.mode.data != Mode.VIRTUAL else None,
            now=now,
        )
        if form.lead.data and days
        else []
    )
    return _week_page(
        "slots/slots.html",
        form,
        site,
        week,
        people=people,
        asked={"enrollment": [one.id for one in people]} | form.data,
        days=found,
        rooms={room.id: room.name for room in rooms_to_offer(site.id)},
        beside=beside([one.participant_id for one in people], week, now=now),
        now=now,
    )


@bp.get("/staff/<int:staff_id>/week")
@requires(Permission.PLAN_SESSIONS)
def staff_week(staff_id: int) -> ResponseReturnValue:
    """Somebody's week by day: their sessions, and the free times between."""
    now = clock.now()
    staff = get_staff(staff_id)
    places = sites(active_only=True)
    if not places:
        raise NotFound
    works_at = site_of(staff.id, now)
    usual = next((one for one in places if one.id == works_at), None) or own_site(places, now)
    site = site_asked(places, request.args.get("site")) or usual
    form = _form([(staff.id, staff.name)], staff.id)
    week, days = _days(site.today(now), weeks=1, with_past=True)
    led: dict[date, list[AnyRow]] = {day: [] for day in days}
    for row in sessions_between(days[0], days[-1], scope=staff_id):
        led[row.day].append(row)
    sees_led = scope() in {None, staff_id}
    ids = [row.id for each in led.values() for row in each] if sees_led else []
    met = met_in(ids, by_year=True)
    looked_at(one.participant_id for each in met.values() for one in each)
    return _week_page(
        "slots/staff_week.html",
        form,
        site,
        week,
        staff=staff,
        sites=places,
        asked={"minutes": form.minutes.data, "kind": form.kind.data, "site": site.key},
        days=free_times(site, days, lead_id=staff.id, minutes=form.minutes.data, now=now),
        led=led,
        sees_led=sees_led,
        met=met,
        now=now,
    )


def _week_page(
    template: str,
    form: SlotsForm,
    site: Site,
    week: date,
    *,
    people: Sequence[AnyRow] = (),
    now: datetime,
    **context: Any,
) -> ResponseReturnValue:
    """Free times, the weeks around, and what the form of a booking is filled in with."""
    purpose = form.kind.data
    to_book = {
        "people": [person.id for person in people],
        "lead": form.lead.data,
        "kind": kind_of(purpose).value,
        "title": title_of(purpose),
        "mode": form.mode.data,
    }
    return page(
        template,
        form=form,
        site=site,
        people=people,
        to_book=to_book,
        week=week,
        today=site.today(now),
        is_this_week=week == _week_of(site.today(now)),
        previous_week=week - WEEK,
        next_week=week + WEEK,
        **context,
    )


def _form(leaders: list[tuple[int, str]], usual: int | None) -> SlotsForm:
    """What is asked for in the address; whatever makes no sense there is as usual."""
    form = SlotsForm(request.args, meta={"csrf": False})
    form.lead.choices = to_choose(leaders)
    form.validate()
    for field in form:
        if field.errors:
            field.data, field.errors = field.default, []
    ids = [staff_id for staff_id, _ in leaders]
    if form.lead.data not in ids:
        only = ids if len(ids) == 1 else []
        wished = [one for one in (usual, current_user.staff_id, *only) if one in ids]
        form.lead.data = wished[0] if wished else None
    return form


def _week_of(day: date) -> date:
    return week_of(day, get_organization().week_starts)


def _days(today: date, *, weeks: int, with_past: bool = False) -> tuple[date, list[date]]:
    """The first day of the week asked for, and the days to show."""
    week = _week_of(day_asked("week", today))
    days = [week + timedelta(days=n) for n in range(7 * weeks)]
    return week, [day for day in days if with_past or day >= today]
