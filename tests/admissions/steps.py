from datetime import date

from sqlalchemy import select

from clinic.db import db
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Booking, Session
from clinic.trail import SYSTEM
from tests import make


def on_a_group(now, enrollment=None, **facts):
    """An enrollment on a group that meets on Mondays, with its bookings."""
    enrollment = enrollment or make.enrollment()
    series = make.series(enrollment.program, **{"weekdays": "0", "until_on": "2026-04-27"} | facts)
    make.roster_entry(series, enrollment)
    lay_out(series, by=SYSTEM, now=now)
    return enrollment


def booked_days(enrollment):
    return [
        f"{day:%b} {day.day}"
        for day in db.scalars(
            select(Session.day)
            .join(Booking, Booking.session_id == Session.id)
            .where(Booking.enrollment_id == enrollment.id, Session.day >= date(2026, 3, 1))
            .order_by(Session.day)
        )
    ]


def shown(pages, path, status=200, **typed):
    """The page that shows what an act leads to."""
    pages.get(path)
    return pages.submit(path, status=status, **typed).page


def save(pages, path, status=302, **more):
    return pages.submit(path, status=status, step="save", **more)
