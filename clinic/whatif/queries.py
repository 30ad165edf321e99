from datetime import date, datetime

from clinic.days import WEEK
from clinic.enrollment.models import Enrollment
from clinic.hours.queries import EnrollmentWeek, weeks_on
from clinic.hours.rules import danger
from clinic.placing.queries import groups_for, places_of
from clinic.programs.models import Kind
from clinic.schedule.models import Series
from clinic.schedule.queries.rosters import full_sessions

MOST = 20  # people to choose from


def groups_to_try(
    enrollment: Enrollment, *, scope: int | None, today: date, now: datetime
) -> list[Series]:
    """The groups that somebody could be on besides their own, those of many people first; an
    individual series whose seat is taken is somebody else's."""
    groups = groups_for(enrollment, scope=scope, running_on=today)
    places = places_of([one.id for one in groups], [enrollment.id])
    alone = [one.id for one in groups if one.plan.kind is Kind.INDIVIDUAL]
    taken = {row.series_id for row in full_sessions(alone, since=today, now=now)}
    free = [
        one
        for one in groups
        if one.id not in taken
        and not any(
            each.until_on is None or each.until_on >= today
            for each in places[enrollment.id, one.id]
        )
    ]
    return sorted(free, key=lambda one: one.plan.kind is Kind.INDIVIDUAL)


def short_of(
    series: Series, *, this: date, scope: int | None, now: datetime
) -> list[EnrollmentWeek]:
    """Those of a group's program who are not on it and lack hours this week or else the next, with
    that week, the most pressing first."""
    weeks: dict[int, EnrollmentWeek] = {}
    for week in (this, this + WEEK):
        for each in weeks_on(week, now=now, program_key=series.program.key, scope=scope):
            if each.hours.missing:
                weeks.setdefault(each.enrollment_id, each)
    places = places_of([series.id], weeks)
    short = [each for each in weeks.values() if not places[each.enrollment_id, series.id]]
    return sorted(short, key=lambda each: (each.hours.week, danger(each.hours)))[:MOST]
