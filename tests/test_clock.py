from datetime import UTC, date, datetime, timedelta

import pytest

from clinic import clock

NEW_YORK = clock.zone("America/New_York")


def test_now_is_an_aware_instant_in_utc():
    assert clock.now().tzinfo is UTC
    assert clock.now() <= clock.now()


@pytest.mark.parametrize("name", ["", "New York", "Mars/Olympus", "../etc/passwd", "America"])
def test_a_zone_that_does_not_exist_is_a_value_error(name):
    with pytest.raises(ValueError, match=f"^{name}$"):
        clock.zone(name)


def test_the_rules_of_zones_come_from_the_pinned_package_not_from_the_machine():
    assert clock.zoneinfo.TZPATH == ()
    assert clock.zone("America/New_York").key == "America/New_York"


def test_an_instant_belongs_to_the_local_day():
    late = datetime(2026, 3, 3, 4, 59, tzinfo=UTC)  # 23:59 the day before
    assert clock.day_of(late, NEW_YORK) == date(2026, 3, 2)
    assert clock.day_of(late + timedelta(minutes=1), NEW_YORK) == date(2026, 3, 3)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-07", 24), ("2026-03-08", 23), ("2026-11-01", 25)]
)
def test_a_day_is_as_long_as_the_clocks_make_it(day, hours):
    first, after = clock.bounds_of(date.fromisoformat(day), NEW_YORK)
    assert after - first == timedelta(hours=hours)
    assert first.tzinfo is after.tzinfo is UTC
    assert clock.day_of(first, NEW_YORK).isoformat() == day
    assert clock.day_of(after - timedelta(microseconds=1), NEW_YORK).isoformat() == day


def test_the_names_of_all_zones_are_known():
    names = clock.zone_names()
    assert {"America/New_York", "Europe/Berlin", "UTC"} <= names
    assert all(clock.zone(name).key == name for name in names)


@pytest.mark.parametrize(
    "text", ["", "rubbish", "2026-03-05", "2026-03-05T10:00", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_instant_that_we_know_of_is_none(text):
    assert clock.instant_from(text) is None


def test_an_instant_is_read_with_its_offset():
    assert clock.instant_from("2026-03-05T10:00:00-05:00") == datetime(2026, 3, 5, 15, tzinfo=UTC)
