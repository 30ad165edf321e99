"""The demonstration is alive whenever somebody looks at it: on every day of the week and the year,
and at whatever hour of theirs."""

from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from clinic import clock
from clinic.building.queries import buildings
from clinic.days import WEEK, week_of
from clinic.db import db
from clinic.demo import actions
from clinic.demo.clinic import ZONE
from clinic.enrollment.models import Enrollment
from clinic.hours.queries import weeks_on
from clinic.hours.rules import State
from clinic.participants.models import Participant
from clinic.programs.queries import sites
from clinic.schedule.models import Booking, Session
from tests import make
from tests.chance import TORTURE

MOMENTS = (  # a holiday in the evening
    "2026-12-25 19:30",
    # A Sunday on which nothing was left to come, and when the clocks change.
    "2026-11-29 12:00",
    "2026-11-01 13:30",
)
MORE_MOMENTS = (  # days of two weeks with holidays; early and late, at noon and at night
    "2026-12-21 09:30",
    "2026-12-23 09:50",
    "2026-12-27 23:30",
    "2026-12-29 23:30",
    "2027-01-01 10:00",
    # The other days, Thanksgiving, and when the clocks change in spring
    "2026-12-20 12:00",
    "2026-12-22 14:00",
    "2026-12-24 18:00",
    "2026-12-26 15:00",
    "2026-12-28 12:45",
    "2026-12-30 17:00",
    "2026-12-31 11:00",
    "2027-01-02 23:00",
    "2026-11-26 10:30",
    "2027-03-14 12:00",
)
OPEN = (10, 18)  # hours between which somebody is in the building, on the quarter of each


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("moment", MOMENTS + MORE_MOMENTS if TORTURE else MOMENTS)
@pytest.mark.torture
@pytest.mark.crawl
def test_it_is_alive(app, at, moment):
    now = at(moment)
    shown = actions.build(password_hash="", now=now)
    make.saved()

    today = clock.day_of(now, clock.zone(ZONE))
    assert days_of_sessions("p-001") & {today, today + timedelta(days=1)}
    assert times_without_anybody(today, now) == []

    this = week_of(today, 0)
    states = {each.hours.state for each in weeks_on(this, now=now)}
    assert {State.REACHED, State.ON_COURSE, State.NEEDS_MAKE_UP, State.PARTIAL} <= states
    before = {each.hours.state for each in weeks_on(this - WEEK, now=now)}
    assert {State.REACHED, State.SHORT, State.UNCONFIRMED} <= before

    db.rollback()
    calendar = Calendar.from_ical(app.test_client().get(shown.feed_path).data)
    assert len([one for one in calendar.walk("VEVENT") if one.decoded("DTSTART") > now]) > 10


def days_of_sessions(key):
    return set(
        db.scalars(
            select(Session.day)
            .join(Booking, Booking.session_id == Session.id)
            .join(Enrollment, Enrollment.id == Booking.enrollment_id)
            .join(Participant, Participant.id == Enrollment.participant_id)
            .where(Participant.key == key, ~Session.is_cancelled)
        )
    )


def times_without_anybody(today, now):
    hours = range(*OPEN) if today.weekday() in (5, 6) else range(OPEN[0], OPEN[1] + 2)
    times = [make.instant(f"{today} {hour}:{minute}") for hour in hours for minute in (15, 45)]
    places = sites()
    return [
        time
        for time in times
        if time <= now and not any(place.here for place in buildings(places, now=time))
    ]
