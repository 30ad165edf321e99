from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from clinic import clock
from clinic.days import minute_of
from clinic.db import db
from clinic.hours.queries import EnrollmentWeek, weeks_between
from clinic.programs.models import DayPart, Organization, Site
from clinic.schedule.models import Booking, Session
from clinic.schedule.rules.sessions import day_part
from clinic.trends import rules


def weeks_of_all(
    weeks: Sequence[date], *, now: datetime, site_id: int | None, scope: int | None
) -> list[EnrollmentWeek]:
    """These weeks of all enrollments at a site; of one's own caseload where there is a limit."""
    return [
        each
        for each in weeks_between(weeks[0], weeks[-1], now=now, scope=scope)
        if site_id in {None, each.program.site_id} and (scope is None or each.clinician_id == scope)
    ]


def parts_of(weeks: Sequence[date], policy: Organization) -> dict[tuple[int, date], DayPart]:
    """By enrollment and week: the part of the day in which most of it was planned."""
    counts = (
        Session.site_id.in_(select(Site.id)),  # the index of sessions begins with it
        Session.week.between(weeks[0], weeks[-1]),
        Session.is_counted,
        ~Session.is_cancelled,
    )
    limits = {"afternoon_from": policy.afternoon_from, "evening_from": policy.evening_from}
    sessions = {
        session_id: (week, credit, _part(starts_at, timezone, limits))
        for session_id, week, credit, starts_at, timezone in db.execute(
            select(
                Session.id, Session.week, Session.credit_minutes, Session.starts_at, Site.timezone
            )
            .join(Site, Site.id == Session.site_id)
            .where(*counts)
        )
    }
    minutes: dict[tuple[int, date], dict[DayPart, int]] = defaultdict(lambda: defaultdict(int))
    for enrollment_id, session_id in db.execute(
        select(Booking.enrollment_id, Booking.session_id)
        .join(Session, Session.id == Booking.session_id)
        .where(*counts)
    ):
        week, credit, part = sessions[session_id]
        minutes[enrollment_id, week][part] += credit
    return {key: rules.main_part(theirs) for key, theirs in minutes.items()}


def _part(starts_at: datetime, timezone: str, limits: dict[str, int]) -> DayPart:
    return DayPart(day_part(minute_of(starts_at.astimezone(clock.zone(timezone))), **limits))
