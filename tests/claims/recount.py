"""What days are worth, counted anew: plain Python over rows, sharing nothing with the clinic."""

from collections import defaultdict
from datetime import UTC, date, datetime
from fractions import Fraction

from sqlalchemy import text

from clinic.db import db

ROWS = """
SELECT enrollment.key AS enrollment, program.key AS program, session.day, session.kind,
  session.credit_minutes, session.grace_minutes, session.starts_at, session.ends_at,
  session.held_from, session.held_until, booking.arrived_at, booking.left_at
FROM booking
JOIN session ON session.id = booking.session_id
JOIN enrollment ON enrollment.id = booking.enrollment_id
JOIN program ON program.id = enrollment.program_id
WHERE booking.status = 'present' AND NOT session.is_cancelled AND session.is_counted
"""
FIGURES = """
SELECT program.key AS program, rule.measure, rule.kind, rule.value
FROM rule JOIN program ON program.rule_set_id = rule.rule_set_id
WHERE rule.population IS NULL OR rule.population = program.population
"""


def recount():
    """By enrollment and day, by their keys: units and minutes, where there are any."""
    figures = defaultdict(dict)
    for row in db.execute(text(FIGURES)):
        figures[row.program][row.measure, row.kind] = row.value
    days = defaultdict(list)
    for row in db.execute(text(ROWS)):
        minutes = there(row)
        least = figures[row.program].get(("unit_session_minutes", row.kind), 0)
        if minutes and minutes >= least:
            days[row.enrollment, as_day(row.day), row.program].append(minutes)
    return {
        (enrollment, day): (worth(figures[program], minutes), sum(minutes))
        for (enrollment, day, program), minutes in days.items()
    }


def there(row):
    """Minutes of the session that somebody was there for, as far as it was held."""
    starts, ends = seconds(row.starts_at), seconds(row.ends_at)
    came = starts if row.arrived_at is None else seconds(row.arrived_at)
    went = ends if row.left_at is None else seconds(row.left_at)
    if row.held_from is not None:
        came = max(came, seconds(row.held_from))
    if row.held_until is not None:
        went = min(went, seconds(row.held_until))
    if came >= ends or went <= starts or came >= went:
        return 0
    grace = row.grace_minutes * 60
    came = starts if came <= starts + grace else came
    went = ends if went >= ends - grace else went
    return int(Fraction(row.credit_minutes) * Fraction(went - came) / Fraction(ends - starts))


def worth(figures, minutes):
    def of(name, usual=None):
        return figures.get((name, None), usual)

    if not any(of(name) for name in ("unit_minutes_min", "unit_services_min", "unit_step_minutes")):
        return 0
    total, units = sum(minutes), 1
    if total < of("unit_minutes_min", 0) or len(minutes) < of("unit_services_min", 1):
        return 0
    if step := of("unit_step_minutes"):
        units = total // step + (total % step >= (of("unit_round_minutes") or step))
    return min(units, of("units_day_max", units))


def as_day(value):
    return value if isinstance(value, date) else date.fromisoformat(value)


def seconds(value):
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return Fraction((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
