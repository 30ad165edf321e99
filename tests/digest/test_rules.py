from datetime import date, datetime
from types import SimpleNamespace

import pytest

from clinic.digest import rules
from clinic.permissions import Role

FRIDAY, SUNDAY = date(2026, 3, 6), date(2026, 3, 8)


@pytest.mark.parametrize(
    ("day", "is_closed", "has_sessions", "is_open"),
    [
        (FRIDAY, False, True, True),
        (FRIDAY, False, False, True),
        (FRIDAY, True, False, False),
        (FRIDAY, True, True, True),  # something takes place all the same
        (SUNDAY, False, False, False),
        (SUNDAY, False, True, True),
        (SUNDAY, True, False, False),
    ],
)
def test_a_day_on_which_something_can_be_done(day, is_closed, has_sessions, is_open):
    assert rules.is_open(day, is_closed=is_closed, has_sessions=has_sessions) is is_open


@pytest.mark.parametrize(
    ("time", "is_morning"),
    [("06:59", False), ("07:00", True), ("11:59", True), ("12:00", False), ("00:00", False)],
)
def test_the_morning(time, is_morning):
    assert rules.is_morning(datetime.fromisoformat(f"2026-03-06 {time}")) is is_morning


def test_who_is_written_to_at_all():
    roles = (Role.CLINICIAN, Role.COORDINATOR, Role.BILLING, Role.FRONT_DESK)
    found = [rules.is_written_to(SimpleNamespace(roles=frozenset([role]))) for role in roles]
    assert found == [True, True, False, False]


def test_a_clinician_has_their_caseload_and_others_everybody():
    assert [rules.is_own(7, None), rules.is_own(7, 7), rules.is_own(8, 7)] == [True, True, False]
    assert not rules.is_own(None, 7)


def test_the_message_tells_of_nobody_and_of_no_number():
    body = rules.message("https://clinic.example/hours/digest")
    assert "there is something to look at this morning.\n\nhttps://clinic.example/hours" in body
    assert not set("023456789") & set(body)
