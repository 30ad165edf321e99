import pytest

from tests import make
from tests.schedule.actions.meeting import relay


@pytest.fixture
def jo(app):
    return make.enrollment(from_on="2026-02-01", participant=make.participant(name="Jordan Avery"))


@pytest.fixture
def ana(app):
    return make.staff(name="Ana Rivera")


@pytest.fixture
def office(jo):
    return make.room(name="Office 1", seats=3)


@pytest.fixture
def process(app, ana):
    """A group on Thursdays with Jordan and Blake on it; their sessions as they are planned."""
    series = make.series(
        weekdays="3", until_on="2026-03-26", leaders=[ana], room=make.room(name="Garden", seats=3)
    )
    series.plan.seats = 3
    for name in ("Jordan Avery", "Blake Ortiz"):
        person = make.enrollment(from_on="2026-02-01", participant=make.participant(name=name))
        make.roster_entry(series, person, from_on="2026-03-01")
    relay(series)
    return series
