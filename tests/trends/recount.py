"""How many weeks were reached, counted anew: plain Python over rows, sharing nothing with the
clinic."""

from collections import Counter, defaultdict
from datetime import timedelta

from sqlalchemy import text

from clinic.db import db
from tests.claims.recount import ROWS, as_day, there

ENROLLED = """
SELECT enrollment.id, enrollment.key, enrollment.from_on, enrollment.until_on,
  program.name AS program, staff.name AS clinician
FROM enrollment JOIN program ON program.id = enrollment.program_id
LEFT JOIN staff ON staff.id = enrollment.clinician_id
"""
TARGETS = "SELECT enrollment_id, from_on, min_minutes FROM target ORDER BY from_on"
LEAVES = "SELECT enrollment_id, from_on, until_on FROM leave"
TRANSITIONS = "SELECT enrollment_id, week FROM transition_week"
OPEN = """
SELECT enrollment.key AS enrollment, session.day, session.credit_minutes
FROM booking JOIN session ON session.id = booking.session_id
JOIN enrollment ON enrollment.id = booking.enrollment_id
WHERE booking.status = 'expected' AND NOT session.is_cancelled AND session.is_counted
"""


def recount(weeks):
    """By what is asked and its name, for weeks that are over: how many were reached, fell short or
    are not settled."""
    done, unconfirmed = minutes(ROWS, there), minutes(OPEN, lambda row: row.credit_minutes)
    targets, away = defaultdict(list), defaultdict(set)
    for row in db.execute(text(TARGETS)):
        targets[row.enrollment_id].append((as_day(row.from_on), row.min_minutes))
    for row in db.execute(text(LEAVES)):
        away[row.enrollment_id].update(days(as_day(row.from_on), as_day(row.until_on)))
    for row in db.execute(text(TRANSITIONS)):
        away[row.enrollment_id].add(as_day(row.week))
    found = defaultdict(Counter)
    for row in db.execute(text(ENROLLED)):
        first, last = as_day(row.from_on), row.until_on and as_day(row.until_on)
        for week in weeks:
            of_it = days(week, week + timedelta(days=6))
            if week < first or (last and of_it[-1] > last) or away[row.id] & {*of_it}:
                continue
            least = [least for since, least in targets[row.id] if since <= week][-1]
            had = sum(done[row.key, day] for day in of_it)
            may = had + sum(unconfirmed[row.key, day] for day in of_it)
            state = "reached" if had >= least else "open" if may >= least else "short"
            for what in (("program", row.program), ("clinician", row.clinician)):
                found[what][state] += 1
    return found


def minutes(rows, of):
    found = Counter()
    for row in db.execute(text(rows)):
        found[row.enrollment, as_day(row.day)] += of(row)
    return found


def days(first, last):
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
