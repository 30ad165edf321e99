"""What is planned one by one is planned with: a person, who sees them, and where."""

import pytest

from clinic.schedule.actions.series import lay_out
from clinic.trail import SYSTEM
from tests import make


@pytest.fixture
def now(app, at):
    return at("2026-03-09 12:00")  # a Monday


@pytest.fixture
def ana(now):
    return make.staff(name="Ana Rivera")


@pytest.fixture
def jo(ana):
    return make.enrollment(
        from_on="2026-02-01", participant=make.participant(name="Jordan Avery"), clinician=ana
    )


@pytest.fixture
def office(jo):
    return make.room(name="Office 1", seats=3)


@pytest.fixture
def process(ana, jo):
    """A group on Thursdays with Jordan and Blake on it, laid out for two weeks."""
    garden = make.room(name="Garden", seats=3)
    series = make.series(
        weekdays="3", end="13:00", until_on="2026-03-19", leaders=[ana], room=garden, seats=3
    )
    make.roster_entry(series, jo, from_on="2026-03-01")
    blake = make.enrollment(from_on="2026-02-01", participant=make.participant(name="Blake Ortiz"))
    make.roster_entry(series, blake, from_on="2026-03-01")
    lay_out(series, by=SYSTEM, now=make.instant("2026-03-09 12:00"))
    return series
