from typing import Any

from clinic.bookings.actions import record_history
from clinic.schedule.models import Booking, Method, Status
from tests import make
from tests.bookings.stored import DESK, NOON, events, jo, mark, refusal, state, wall

# History


def recorded(booking: Booking, status: Status = Status.PRESENT, **facts: Any) -> bool:
    defaults = {"arrived_at": None, "left_at": None, "reason": None}
    return record_history(booking, status=status, by=DESK, now=NOON, **defaults | facts)


def test_imported_history_is_signed_by_the_import(app):
    (booking,) = jo(make.session())
    assert recorded(booking, arrived_at=wall("10:05"), left_at=wall("10:55")) is True
    assert state(booking)[:5] == (
        Status.PRESENT,
        wall("10:05"),
        wall("10:55"),
        Method.IMPORT,
        NOON,
    )
    assert booking.signed_at == NOON
    assert [event.verb for event in events()] == ["attendance.imported"]


def test_importing_twice_changes_nothing(app):
    (booking,) = jo(make.session())
    recorded(booking, Status.EXCUSED, reason="sick")
    before = state(booking)
    assert recorded(booking, Status.EXCUSED, reason="sick") is False
    assert (state(booking), len(events())) == (before, 1)


def test_an_import_confirms_what_staff_had_marked_alike(app):
    (booking,) = jo(make.session())
    mark(booking, Status.PRESENT)
    assert recorded(booking) is True
    assert (state(booking)[3], booking.signed_at) == (Method.IMPORT, NOON)


def test_an_import_does_not_change_what_is_signed(app):
    (booking,) = jo(make.session())
    recorded(booking)
    assert refusal(recorded, booking, Status.NO_SHOW) == (
        "This attendance has been signed: only an amendment can change it."
    )


def test_an_import_keeps_to_the_rules_of_times(app):
    (booking,) = jo(make.session())
    assert refusal(recorded, booking, arrived_at=wall("10:30"), left_at=wall("10:20")) == (
        "They cannot have left before they arrived."
    )
    assert state(booking)[0] == Status.EXPECTED


def test_an_import_on_a_cancelled_session_is_refused(app):
    (booking,) = jo(make.session(is_cancelled=True))
    assert refusal(recorded, booking) == "This session has been cancelled."


def test_an_import_takes_a_seat_where_one_had_been_given_back(app):
    session = make.session(seats=1)
    (booking,) = jo(session)
    mark(booking, Status.EXCUSED, "09:00")
    assert (recorded(booking), state(booking)[5]) == (True, 1)


def test_an_import_is_refused_where_the_seat_is_gone(app):
    session = make.session(seats=1)
    (booking,) = jo(session)
    mark(booking, Status.EXCUSED, "09:00")
    make.booking(session)
    assert refusal(recorded, booking) == (
        "Their seat has been given away, and no other one is free."
    )
