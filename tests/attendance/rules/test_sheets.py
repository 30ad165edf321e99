from datetime import date, datetime, time
from types import SimpleNamespace

import pytest

from clinic.attendance.rules.bookings import opens_at
from clinic.attendance.rules.sheets import counts, label, note_of, notice_hint, opening
from clinic.schedule.models import Status
from tests.attendance.bookings import MONDAY, NEW_YORK, TEN, at, booked, came, so_marked


def test_a_sheet_says_when_check_in_opens():
    doors_at = opens_at(at("18:00"), 15)
    assert opening(doors_at, now=at("17:44"), zone=NEW_YORK) == (
        "Check-in opens at 5:45 pm. Until then only absences can be marked."
    )
    assert opening(doors_at, now=at("17:45"), zone=NEW_YORK) is None


def label_of(status: Status, arrived: str = "", left: str = "", grace: int = 0) -> str:
    mark = SimpleNamespace(
        status=status,
        arrived_at=at(arrived) if arrived else None,
        left_at=at(left) if left else None,
    )
    session = SimpleNamespace(starts_at=at("10:00"), ends_at=at("11:00"), grace_minutes=grace)
    return label(mark, session)


def test_a_mark_has_a_label():
    assert [label_of(status) for status in Status] == [
        "Expected",
        "Present",
        "Excused",
        "Late cancel",
        "No-show",
    ]
    assert label_of(Status.PRESENT, "09:50", "11:05") == "Present"
    assert label_of(Status.PRESENT, "10:12") == "Late, 12 min"
    assert label_of(Status.PRESENT, "10:12:50") == "Late, 12 min"
    assert label_of(Status.PRESENT, "10:00:50") == "Present"
    assert label_of(Status.PRESENT, "", "10:30") == "Left early"
    assert label_of(Status.PRESENT, "10:12", "10:30") == "Late, 12 min, left early"


def test_within_the_grace_nobody_is_late_or_early():
    assert label_of(Status.PRESENT, "10:05", "10:55", grace=5) == "Present"
    assert label_of(Status.PRESENT, "10:06", grace=5) == "Late, 6 min"
    assert label_of(Status.PRESENT, "", "10:54", grace=5) == "Left early"


def test_a_sheet_counts_who_holds_a_seat():
    rows = [
        TEN,
        TEN,
        booked("10:00", "11:00", **came("10:00")),
        booked("10:00", "11:00", **so_marked(Status.NO_SHOW)),
        booked("10:00", "11:00", **so_marked(Status.EXCUSED, seat_no=None)),
    ]
    assert counts(rows) == {"present": 1, "expected": 4, "absent": 2, "unmarked": 2}


def note(day: date, starts: datetime, ends: datetime, start: str, end: str) -> str | None:
    session = SimpleNamespace(
        day=day,
        starts_at=starts,
        ends_at=ends,
        planned_start=time.fromisoformat(start) if start else None,
        planned_end=time.fromisoformat(end) if end else None,
    )
    return note_of(session, NEW_YORK)


def test_an_occurrence_moved_by_the_change_of_clocks_says_so():
    spring = date(2026, 3, 8)
    two, three, four = at("01:30", spring), at("03:30", spring), at("04:30", spring)
    assert note(spring, three, four, "02:30", "03:30") == (
        "Clocks change: moved from 2:30 am to 3:30 am"
    )
    assert note(spring, two, three, "01:30", "02:30") == (
        "Clocks change: ends at 3:30 am instead of 2:30 am"
    )


def test_an_occurrence_at_its_planned_time_or_moved_by_hand_says_nothing():
    assert note(MONDAY, at("18:00"), at("21:00"), "18:00", "21:00") is None
    assert note(MONDAY, at("17:00"), at("20:00"), "18:00", "21:00") is None
    assert note(MONDAY, at("17:00"), at("20:00"), "", "") is None


EXCUSED = "Announced until Sun, Mar 1, 6:00 pm, an absence is excused; later it is a late cancel."


@pytest.mark.parametrize(
    ("day", "wall", "hours", "hint"),
    [
        (date(2026, 3, 1), "17:59", 24, EXCUSED),
        (date(2026, 3, 1), "18:00", 24, EXCUSED),
        (
            date(2026, 3, 1),
            "18:01",
            24,
            "With less than 24 hours of notice, an absence announced now is a late cancel.",
        ),
        (
            MONDAY,
            "17:30",
            1,
            "With less than 1 hour of notice, an absence announced now is a late cancel.",
        ),
        (MONDAY, "18:00", 24, None),
        (MONDAY, "12:00", 0, None),  # no notice is asked for
    ],
)
def test_before_the_start_the_notice_says_what_an_absence_counts_as(day, wall, hours, hint):
    now = at(wall, day)
    assert notice_hint(at("18:00"), hours, now=now, zone=NEW_YORK) == hint
