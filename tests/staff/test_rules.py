from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace

import pytest

from clinic.days import WeeklyTime, wall_at
from clinic.permissions import Role
from clinic.programs.models import Kind
from clinic.staff import rules
from tests import make

PARTICIPANT = frozenset({Role.PARTICIPANT})
STAFF = frozenset({Role.CLINICIAN})


def test_a_participants_address_is_not_one_of_staff():
    assert rules.why_not_staff(STAFF) is None
    assert rules.why_not_staff(PARTICIPANT) == (
        "This e-mail address belongs to a participant. Staff need another one."
    )


@pytest.mark.parametrize(
    ("email", "key"),
    [
        ("rivera@example.org", "rivera"),
        ("Ana.Rivera+work@example.org", "ana-rivera-work"),
        ("zo\u00eb@example.org", "zoe"),
        ("\u5c71@example.org", "staff"),
    ],
)
def test_a_key_comes_from_what_stands_before_the_at(email, key):
    assert rules.staff_key(email) == key


@pytest.mark.parametrize(
    ("is_active", "has_password", "is_invited", "access"),
    [
        (True, True, False, "has access"),
        (True, True, True, "has access"),
        (True, False, True, "invited"),
        (True, False, False, "no access yet"),
        (False, True, True, "access ended"),
    ],
)
def test_a_way_in_is_open_half_open_or_closed(is_active, has_password, is_invited, access):
    until = make.instant("2026-03-09 12:00") if is_invited else None
    row = SimpleNamespace(is_active=is_active, has_password=has_password, invited_until=until)
    assert rules.access(row) == access


def test_a_license_asks_for_attention_sixty_days_before_it_expires():
    today = date(2026, 3, 2)
    days = {None: False, 61: False, 60: True, 0: True, -1: True}
    found = {
        day: rules.is_license_due(None if day is None else today + timedelta(day), today=today)
        for day in days
    }
    assert found == days


def test_hours_of_one_day_may_touch_but_not_overlap():
    nine, noon, five = 540, 720, 1020
    morning, afternoon = WeeklyTime(1, nine, noon), WeeklyTime(1, noon, five)
    assert rules.why_not_shifts([afternoon, morning, WeeklyTime(2, nine, five)]) is None
    assert rules.why_not_shifts([afternoon, WeeklyTime(1, nine, noon + 1)]) == (
        "Two of the working hours are at the same time on Tuesday."
    )
    assert rules.why_not_shifts([morning, morning]) is not None


def test_the_end_of_a_day_is_its_midnight():
    assert [wall_at(minute) for minute in (0, 545, 1439, 1440)] == [
        time(0),
        time(9, 5),
        time(23, 59),
        time(0),
    ]


def test_what_is_still_to_be_led_is_listed_by_group_and_by_whom_it_is_with():
    def row(number, title, kind=Kind.GROUP, series_id=None):
        at = datetime(2026, 3, 2 + number, 10, tzinfo=UTC)
        facts = {"title": title, "kind": kind, "series_id": series_id}
        return SimpleNamespace(id=number, starts_at=at, timezone="America/New_York", **facts)

    one, other = (row(n, "Individual session", Kind.INDIVIDUAL) for n in (2, 4))
    rows = [row(1, "Process", series_id=7), one, row(3, "Process", series_id=7), other]
    met = {2: [SimpleNamespace(name="Jo A.")], 4: [SimpleNamespace(name="Noor H.")]}
    found = rules.still_led(rows, met)
    assert [(each.series_id, each.called, each.number, each.starts_at.day) for each in found] == [
        (7, "Process", 2, 3),
        (None, "Individual with Jo A.", 1, 4),
        (None, "Individual with Noor H.", 1, 6),
    ]
