from datetime import datetime
from typing import Any

from clinic.attendance.rules.bookings import ANNOUNCED, Booked
from clinic.attendance.rules.marks import given_back, is_marked, marked, needs_seat, why_not_mark
from clinic.schedule.models import Method, Status
from tests.attendance.bookings import NOON, TEN, at, booked, came, so_marked


def why_not(status: Status, now: str, booking: Booked = TEN, **times: datetime) -> str | None:
    return why_not_mark(booking, status, now=at(now), **times)


def test_nobody_is_marked_on_a_cancelled_session():
    cancelled = TEN._replace(is_cancelled=True)
    for status in Status:
        assert why_not(status, "10:30", cancelled) == "This session has been cancelled."


def test_a_signed_mark_is_not_changed():
    signed = TEN._replace(signed_at=NOON)
    for status in Status:
        assert why_not(status, "10:30", signed) == (
            "This attendance has been signed: only an amendment can change it."
        )


def test_nobody_is_present_before_the_doors_open():
    assert why_not(Status.PRESENT, "09:44") == "Check-in has not opened yet."
    assert why_not(Status.PRESENT, "09:45") is None


def test_nobody_is_a_no_show_before_the_start():
    assert why_not(Status.NO_SHOW, "09:59") == ("Nobody is a no-show before the session has begun.")
    assert why_not(Status.NO_SHOW, "10:00") is None


def test_absences_and_taking_back_need_no_open_doors():
    for status in (*ANNOUNCED, Status.EXPECTED):
        assert why_not(status, "06:00") is None


def test_times_of_presence_fit_the_session():
    came_late = {"arrived_at": at("11:01")}
    assert why_not(Status.PRESENT, "12:00", **came_late) == (
        "They cannot have arrived after the session had ended."
    )
    assert why_not(Status.PRESENT, "12:00", arrived_at=at("11:00")) is None
    assert why_not(Status.PRESENT, "12:00", left_at=at("09:59")) == (
        "They cannot have left before the session began."
    )
    assert why_not(Status.PRESENT, "12:00", left_at=at("10:00")) is None
    assert why_not(Status.PRESENT, "12:00", arrived_at=at("10:30"), left_at=at("10:29")) == (
        "They cannot have left before they arrived."
    )
    assert why_not(Status.PRESENT, "12:00", arrived_at=at("10:30"), left_at=at("10:30")) is None


def test_times_are_not_set_ahead():
    assert why_not(Status.PRESENT, "10:00", arrived_at=at("10:02")) is None
    assert why_not(Status.PRESENT, "10:00", arrived_at=at("10:03")) == (
        "That time is still to come."
    )
    assert why_not(Status.PRESENT, "10:00", left_at=at("10:03")) == "That time is still to come."


def test_only_presence_has_times():
    assert why_not(Status.NO_SHOW, "10:30", arrived_at=at("10:10")) == (
        "Only somebody who was present came and went."
    )
    assert why_not(Status.EXCUSED, "10:30", left_at=at("10:10")) == (
        "Only somebody who was present came and went."
    )


def is_same(booking: Booked, status: Status, **facts: Any) -> bool:
    return is_marked(
        booking, status, **{"arrived_at": None, "left_at": None, "reason": None} | facts
    )


def test_the_same_mark_again_is_recognised():
    excused = booked("10:00", "11:00", **so_marked(Status.EXCUSED, reason="sick"))
    assert is_same(excused, Status.EXCUSED)
    assert is_same(excused, Status.EXCUSED, reason="sick")
    assert not is_same(excused, Status.EXCUSED, reason="travel")
    assert not is_same(excused, Status.NO_SHOW)
    there = booked("10:00", "11:00", **came("10:05"))
    assert is_same(there, Status.PRESENT, arrived_at=at("10:05"))
    assert not is_same(there, Status.PRESENT)
    assert not is_same(there, Status.PRESENT, arrived_at=at("10:05"), left_at=at("10:40"))


def test_a_mark_says_how_and_when_it_was_made():
    present = marked(TEN, Status.PRESENT, arrived_at=at("10:05"), now=NOON)
    assert present == TEN._replace(
        status=Status.PRESENT, arrived_at=at("10:05"), method=Method.STAFF, recorded_at=NOON
    )
    assert marked(present, Status.EXPECTED, now=NOON) == TEN


def test_an_absence_announced_before_the_start_gives_the_seat_away():
    early, late = at("09:59"), at("10:00")
    for status in ANNOUNCED:
        assert marked(TEN, status, now=early).seat_no is None
        assert marked(TEN, status, now=late).seat_no == 1
    assert marked(TEN, Status.NO_SHOW, now=early).seat_no == 1


def test_a_reason_belongs_to_its_absence_and_stays_for_an_undo():
    sick = marked(TEN, Status.EXCUSED, reason="sick", now=NOON)
    assert sick.reason == "sick"
    assert marked(sick, Status.PRESENT, now=NOON).reason == "sick"
    assert marked(sick, Status.PRESENT, reason="bus", now=NOON).reason == "bus"
    assert marked(sick, Status.NO_SHOW, now=NOON).reason is None


def test_everybody_but_who_announced_an_absence_needs_a_seat():
    for status in Status:
        needs = needs_seat(TEN._replace(status=status, seat_no=None))
        assert needs == (status not in ANNOUNCED)
        assert not needs_seat(TEN._replace(status=status))


def test_whoever_leaves_gives_back_what_was_only_carried_and_had_not_begun():
    left = booked("10:00", "11:00", **so_marked(Status.PRESENT, left_at=at("11:00")))
    carried = came("11:00", Method.CARRIED)
    day = [
        left,
        booked("10:59", "11:30", 2, **carried),
        booked("11:00", "11:30", 3, **carried),
        booked("11:00", "11:30", 4, **came("11:00")),
        booked("11:00", "11:30", 5, **carried, signed_at=NOON),
        booked("11:00", "11:30", 6, **carried, is_cancelled=True),
        booked("11:00", "11:30", 7),
    ]
    assert [each.id for each in given_back(day, left=left)] == [3]
