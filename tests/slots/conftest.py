"""What is planned one by one is planned with: a person, who sees them, and where."""

import pytest

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
