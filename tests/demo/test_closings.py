from datetime import date

from sqlalchemy import select

from clinic.days import WEEK
from clinic.db import db
from clinic.demo.closings import SAID, WEEKS_CLOSED, close_weeks
from clinic.told.models import ShortBy, WeekClosing
from tests import make

WEDNESDAY = make.instant("2026-03-11 12:00")
LAST_WEEK = date(2026, 3, 2)


def test_weeks_that_fell_short_are_closed_but_for_most_of_the_last_one(app):
    make.organization()
    ana = make.staff(name="Ana Rivera")
    make.enrollment(clinician=ana)  # planned for nothing, as the others
    for _ in range(3):
        make.enrollment()
    close_weeks(WEDNESDAY)
    rows = db.scalars(select(WeekClosing)).all()
    open_ = [row.week for row in rows if row.closed_at is None]
    assert sorted(set(open_)) == [LAST_WEEK, LAST_WEEK + WEEK]  # the running one is out of reach
    closed = [row for row in rows if row.closed_at is not None]
    assert {row.week for row in closed} == {
        LAST_WEEK - number * WEEK for number in range(WEEKS_CLOSED + 1)
    }
    assert len(closed) == 4 * WEEKS_CLOSED + 2
    assert {row.closed_by_id for row in closed} == {ana.account_id, None}
    assert all(said.note or said.short_by is not ShortBy.OTHER for said in SAID)
