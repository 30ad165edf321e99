from datetime import date, datetime

from clinic.days import WEEK
from clinic.hours.queries import EnrollmentWeek, weeks_on
from clinic.hours.rules import danger
from clinic.placing.queries import places_of
from clinic.schedule.models import Series

MOST = 20  # people to choose from


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
