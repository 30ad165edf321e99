import pytest

from tests import make


@pytest.fixture
def jo(app):
    return make.enrollment(from_on="2026-02-01", participant=make.participant(name="Jordan Avery"))


@pytest.fixture
def ana(app):
    return make.staff(name="Ana Rivera")


@pytest.fixture
def office(jo):
    return make.room(name="Office 1", seats=3)
