"""What is planned one by one is planned with: a person, who sees them, and where."""

import pytest

from clinic.schedule.actions.series import lay_out
from clinic.trail import SYSTEM
from tests import make
from tests.slots.conftest import ana, jo, now, office  # noqa: F401 - fixtures


@pytest.fixture
def process(ana, jo):  # noqa: F811 - the fixtures
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
