from datetime import date

import pytest
from sqlalchemy import select

from clinic.days import WeeklyTime
from clinic.db import db
from clinic.errors import Refused
from clinic.schedule.actions.rosters import fill
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Booking, Mode, Session, Status
from clinic.trail import SYSTEM
from clinic.whatif import rules
from clinic.whatif.actions import try_out
from clinic.whatif.rules import Tried
from tests import make

WEDNESDAY, LAST = date(2026, 3, 4), date(2026, 3, 15)


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")


def group(now, *people, **facts):
    series = make.series(
        **{"weekdays": "03", "end": "13:00", "mode": Mode.VIRTUAL, "until_on": "2026-03-29"} | facts
    )
    lay_out(series, by=SYSTEM, now=now)
    for each in people:
        make.roster_entry(series, each)
    fill(series.id)
    return series


def tried(enrollment, now, **facts):
    what = Tried(WEDNESDAY, **facts)
    return try_out(enrollment, what, last_on=LAST, by=SYSTEM, now=now)


def test_nothing_to_try_is_refused(now):
    with pytest.raises(Refused, match=rules.NOTHING):
        tried(make.enrollment(), now)


def test_sessions_at_the_times_somebody_cannot_come_are_called_off_until_the_last_day(now):
    jordan = make.enrollment()
    group(now, jordan)
    off = tried(jordan, now, away=(WeeklyTime(3, 12 * 60, 14 * 60),))
    assert [row.day for row in off] == [date(2026, 3, 5), date(2026, 3, 12)]
    assert jordan.busy == [WeeklyTime(3, 720, 840)]
    rows = db.execute(
        select(Session.day, Booking.status)
        .join(Session, Session.id == Booking.session_id)
        .where(Session.day > WEDNESDAY)
        .order_by(Session.day)
    ).all()
    assert [row.status for row in rows][:3] == [Status.LATE_CANCEL, Status.EXPECTED, Status.EXCUSED]


@pytest.mark.parametrize("is_full", [False, True])
def test_somebody_is_put_on_a_group_which_has_one_more_seat_where_it_is_full(now, is_full):
    other, jordan = make.enrollment(), make.enrollment()
    series = group(now, other, seats=1 if is_full else 2)
    tried(jordan, now, series_id=series.id, adds_seat=True)
    days = db.scalars(
        select(Session.day).join(Booking).where(Booking.enrollment_id == jordan.id)
    ).all()
    assert date(2026, 3, 5) in days
    assert {row.seats for row in db.scalars(select(Session)) if row.day > WEDNESDAY} == {2}


def test_a_full_group_is_refused_where_no_seat_is_added(now):
    series = group(now, make.enrollment(), seats=1)
    with pytest.raises(Refused):
        tried(make.enrollment(), now, series_id=series.id)
