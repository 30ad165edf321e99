"""A Monday, and who leads on it."""

import pytest

from tests import make


@pytest.fixture
def now(app, at):
    return at("2026-03-09 12:00")  # a Monday


@pytest.fixture
def ana(now):
    return make.staff(name="Ana Rivera")
