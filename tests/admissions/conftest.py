import pytest


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")  # a Wednesday


@pytest.fixture
def pages(now, signed_in):
    return signed_in("coordinator", name="Elise Moreau")
