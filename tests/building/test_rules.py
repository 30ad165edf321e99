from datetime import datetime
from typing import NamedTuple

import pytest

from clinic import clock
from clinic.building import rules
from clinic.schedule.models import Mode, Status
from tests.make import instant

DAY = "2026-03-04"
NEW_YORK = clock.zone("America/New_York")


def at(wall: str):
    return instant(f"{DAY} {wall}")


class Stop(NamedTuple):
    booking_id: int
    starts_at: datetime
    ends_at: datetime
    doors_minutes: int
    mode: Mode
    status: Status
    arrived_at: datetime | None
    left_at: datetime | None
    room: str


def stop(start: str, end: str, status=Status.PRESENT, *, arrived=None, left=None, **facts) -> Stop:
    """A place in a session that day; the doors open a quarter of an hour before."""
    hour = int(start[:2])
    defaults = {
        "booking_id": hour,
        "starts_at": at(start),
        "ends_at": at(end),
        "doors_minutes": 15,
        "mode": Mode.IN_PERSON,
        "status": status,
        "arrived_at": at(arrived) if arrived else None,
        "left_at": at(left) if left else None,
        "room": f"Room {hour}",
    }
    return Stop(**defaults | facts)


NINE = stop("09:00", "10:00", arrived="08:50")
TEN = stop("10:15", "11:00", arrived="10:15")  # carried on
LATE = stop("17:00", "18:00", arrived="16:55")


def seen(now: str, *stops: Stop):
    """Room, since when, and whether a leaving can be noted; None for nobody."""
    there = rules.presence(stops, now=at(now))
    if there is None:
        return None
    noted = there.leaves_from.booking_id if there.leaves_from else None
    return there.stop.room, f"{there.since.astimezone(NEW_YORK):%H:%M}", noted


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("08:51", ("Room 9", "08:50", None)),  # nobody can have left what has not begun
        ("09:30", ("Room 9", "08:50", 9)),
        ("10:05", ("Room 10", "08:50", 9)),  # between two, in the room of the next
        ("10:20", ("Room 10", "08:50", 10)),
        ("10:45", ("Room 10", "08:50", 10)),  # half an hour after the first it is the second's
        ("11:30", ("Room 10", "08:50", 10)),
        ("11:31", None),
    ],
)
def test_somebody_is_in_the_building_until_half_an_hour_after_their_last_session(now, found):
    assert seen(now, NINE, TEN) == found
    assert seen(now, TEN, NINE) == found


@pytest.mark.parametrize("now", ["08:50", "10:30", "10:31", "12:00"])
def test_half_an_hour_after_one_session_they_are_gone(now):
    assert (seen(now, NINE) is not None) == (now <= "10:30")


def test_somebody_who_comes_again_is_there_since_then():
    assert seen("16:56", NINE, LATE) == ("Room 17", "16:55", None)
    assert seen("17:30", NINE, LATE) == ("Room 17", "16:55", 17)


def test_a_mark_without_a_time_is_presence_from_the_start():
    marked = stop("09:00", "10:00")
    assert seen("09:30", marked) == ("Room 9", "09:00", 9)
    assert seen("08:50", marked) == ("Room 9", "08:50", None)  # marked as the doors were open
    assert seen("08:40", marked) is None


@pytest.mark.parametrize(
    "stops",
    [
        [NINE._replace(left_at=at("09:40"))],
        [NINE._replace(left_at=at("09:45"))],  # just now
        [NINE, stop("09:05", "09:30", left="09:40")],
        [NINE._replace(status=Status.NO_SHOW)],
        [NINE._replace(status=Status.EXPECTED, arrived_at=None)],
        [NINE._replace(mode=Mode.VIRTUAL)],
        [LATE],
        [],
    ],
)
def test_whoever_left_or_never_came_or_sits_at_home_is_not_there(stops):
    if len(stops) == 2:
        stops = [stops[0]._replace(ends_at=at("09:35")), stops[1]]
    assert seen("09:45", *stops) is None


def test_a_hybrid_session_is_one_in_the_building():
    assert seen("09:45", NINE._replace(mode=Mode.HYBRID)) is not None


def test_leaving_takes_back_also_the_session_before():
    gone = TEN._replace(left_at=at("10:18"))
    assert seen("10:20", NINE, gone) is None
    assert seen("10:17", NINE, gone) is not None  # a time still to come says nothing yet


def test_somebody_who_left_and_came_back_is_there_since_they_came_back():
    assert seen("10:30", NINE._replace(left_at=at("09:30")), TEN) == ("Room 10", "10:15", 10)


def test_leaving_one_of_two_that_overlap_is_not_leaving_the_building():
    short = stop("09:15", "09:45", left="09:40", booking_id=1)
    assert seen("09:50", NINE, short) == ("Room 9", "08:50", 9)


def test_a_long_way_between_two_sessions_begins_a_new_presence():
    noon = stop("10:31", "11:00", arrived="10:31")
    assert seen("10:40", NINE, noon) == ("Room 10", "10:31", 10)


EXPECTED = stop("09:00", "10:00", Status.EXPECTED)


@pytest.mark.parametrize(
    ("now", "is_missing"),
    [("08:44", False), ("08:45", True), ("09:30", True), ("10:00", True), ("10:01", False)],
)
def test_somebody_is_missing_from_the_doors_until_the_end(now, is_missing):
    assert rules.missing([EXPECTED], now=at(now)) == (EXPECTED if is_missing else None)


@pytest.mark.parametrize(
    "other", [NINE, EXPECTED._replace(mode=Mode.VIRTUAL), NINE._replace(status=Status.EXCUSED)]
)
def test_nobody_is_missing_who_came_or_stays_away_or_sits_at_home(other):
    assert rules.missing([other], now=at("09:30")) is None


def test_the_first_session_that_somebody_is_missing_at_counts():
    second = stop("09:55", "11:00", Status.EXPECTED, booking_id=3)
    assert rules.missing([second, EXPECTED], now=at("09:58")) == EXPECTED
