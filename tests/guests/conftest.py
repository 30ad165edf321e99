"""A meeting of a group, and somebody who is on no group."""

from datetime import date

import pytest

from tests import make
from tests.sessions.conftest import ana, jo, now, process  # noqa: F401 - fixtures


@pytest.fixture
def sam(app):
    person = make.participant(name="Sam Lee", birth_on=date(1990, 2, 3))
    return make.enrollment(from_on="2026-02-01", participant=person)
