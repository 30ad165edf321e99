from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.days import WEEK, week_of
from clinic.enrollment.queries import enrollments_of
from clinic.errors import NotFound
from clinic.formats import time_range, week_range
from clinic.hours.queries import Visit, visits_of, weeks_of
from clinic.participants.queries import find_by_account
from clinic.permissions import Permission
from clinic.portal import rules
from clinic.programs.queries import get_organization, home
from clinic.web import day_asked, looked_at, page, requires

bp = Blueprint("portal", __name__)
bp.add_app_template_filter(rules.sentence, "week_sentence")


@bp.get("/me")
@requires(Permission.OWN_WEEK)
def week() -> ResponseReturnValue:
    now = clock.now()
    person = find_by_account(current_user.account_id)
    if person is None:
        raise NotFound
    looked_at([person.id])
    this = home(now).week
    first = week_of(day_asked("week", this), get_organization().week_starts)
    enrollments = enrollments_of([person.id])
    ids = [enrollment.id for enrollment in enrollments]
    visits = visits_of(ids, first, first + timedelta(days=6))
    zones = {enrollment.program.site.timezone for enrollment in enrollments}
    today = clock.day_of(now, clock.zone(min(zones))) if zones else now.date()
    return page(
        "portal/week.html",
        week=first,
        week_label=week_range(first, this_year=this.year),
        previous_week=first - WEEK,
        next_week=first + WEEK,
        is_current=first == this,
        name=person.preferred_name or person.name.split()[0],
        zone_note="",
        enrollments=weeks_of(ids, now=now, first=first, last=first) if ids else [],
        days=[_day(first + timedelta(days=n), visits, today=today, now=now) for n in range(7)],
    )


def _day(day: date, visits: list[Visit], *, today: date, now: datetime) -> dict[str, Any]:
    return {
        "day": day,
        "is_today": day == today,
        "sessions": [
            {
                "time": time_range(visit.starts_at, visit.ends_at, visit.zone),
                "title": visit.title,
                "room": visit.room,
                "status": visit.status,
                "status_label": rules.attendance(visit, now=now),
                "is_cancelled": visit.status == "cancelled",
                "is_now": visit.starts_at <= now <= visit.ends_at,
                "is_past": visit.ends_at < now,
            }
            for visit in visits
            if visit.day == day
        ],
    }
