from datetime import date

import pytest

from clinic.digest.queries import news, running
from clinic.schedule.models import Status
from clinic.told.models import State
from tests import make

MONDAY = date(2026, 3, 2)


@pytest.fixture
def two_places(app):
    """Sunday evening in Los Angeles, and Monday already in New York."""
    found = []
    for zone in ("America/New_York", "America/Los_Angeles"):
        program = make.program(make.site(timezone=zone))
        found.append(make.enrollment(program=program))
    return found


def test_of_two_sites_each_has_the_week_that_runs_there(two_places):
    here, there = two_places
    now = make.instant("2026-03-02 01:00")
    found = {each.week.enrollment_id: (each.week.hours.week, each.today) for each in running(now)}
    assert found == {
        here.id: (MONDAY, MONDAY),
        there.id: (date(2026, 2, 23), date(2026, 3, 1)),
    }


def test_news_is_what_was_not_kept_last(app):
    session = make.session("2026-03-03", "09:00", "18:00")
    one, other = make.enrollment(), make.enrollment()
    make.booking(session, one, Status.NO_SHOW)
    make.booking(session, other)
    now = make.instant("2026-03-03 12:00")
    make.told_state(other, "2026-03-02", State.ON_COURSE)
    make.told_state(one, "2026-03-02", State.ON_COURSE)
    (said,) = news(now)
    assert said[:3] == (one.id, MONDAY, date(2026, 3, 3))
    assert (said.missing, said.reachable) == (540, 0)
    assert said.state in {State.NEEDS_MAKE_UP, State.OUT_OF_REACH}


def test_a_clinic_without_anybody_has_no_news(app):
    assert news(make.instant("2026-03-03 12:00")) == []
