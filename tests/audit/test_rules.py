from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from clinic.attendance.rules import Booked, facts_of
from clinic.audit.rules import is_told_whole, why_not_as_recorded
from clinic.schedule.models import Method, Status
from tests.attendance.bookings import TEN as EXPECTED
from tests.attendance.bookings import came, so_marked

PRESENT = EXPECTED._replace(**came("10:05"))
ABSENT = EXPECTED._replace(**so_marked(Status.NO_SHOW), reason="A word.")
ANNOUNCED = EXPECTED._replace(**so_marked(Status.EXCUSED), seat_no=None)
LATER = datetime(2026, 3, 3, tzinfo=UTC)
CAME, MISSED = facts_of(EXPECTED, PRESENT), facts_of(PRESENT, ABSENT)


_ = datetime.isoformat


def row(booked: Booked, **facts):
    return SimpleNamespace(**booked._asdict() | facts)


def without(facts, *names):
    return {name: value for name, value in facts.items() if name not in names}


@pytest.mark.parametrize(
    ("booked", "events"),
    [
        (EXPECTED, []),
        (PRESENT, [CAME]),
        (ABSENT, [CAME, MISSED]),
        (EXPECTED, [CAME, facts_of(PRESENT, EXPECTED)]),
        (ANNOUNCED, [facts_of(EXPECTED, ANNOUNCED)]),
    ],
)
def test_a_booking_that_is_what_its_events_made_of_it(booked, events):
    assert why_not_as_recorded(row(booked), events) is None
    assert is_told_whole(events)


@pytest.mark.parametrize(
    ("stored", "events", "sentence"),
    [
        (row(PRESENT), [], "its row says present, its events say expected"),
        (row(EXPECTED), [CAME], "its row says expected, its events say present"),
        (
            row(PRESENT, arrived_at=LATER),
            [CAME],
            f"its row says arrived {_(LATER)}, its events say arrived {_(PRESENT.arrived_at)}",
        ),
        (
            row(PRESENT, left_at=LATER),
            [CAME],
            "its row says left 2026-03-03T00:00:00+00:00, its events say left -",
        ),
        (
            row(PRESENT, method=Method.STAFF),
            [CAME],
            "its row says captured by staff, its events say captured by kiosk",
        ),
        (
            row(PRESENT, recorded_at=None),
            [CAME],
            "its row says recorded -, its events say recorded 2026-03-02T17:00:00+00:00",
        ),
        (
            row(ANNOUNCED, seat_no=3),
            [facts_of(EXPECTED, ANNOUNCED)],
            "its row says has a seat: yes, its events say has a seat: no",
        ),
        (
            row(PRESENT, signed_at=LATER),
            [CAME],
            "its row says is signed: yes, its events say is signed: no",
        ),
        (
            row(ABSENT, reason=None),
            [CAME, MISSED],
            "its row says has a reason: no, its events say has a reason: yes",
        ),
        (
            row(ABSENT),
            [MISSED],
            "an event found it present, those before it say expected",
        ),
        (None, [CAME], "its row is gone, its events say present"),
    ],
)
def test_the_first_difference_is_named(stored, events, sentence):
    assert why_not_as_recorded(stored, events) == sentence


@pytest.mark.parametrize("events", [[], [facts_of(EXPECTED, ANNOUNCED)]])
def test_who_was_not_here_may_be_taken_off_a_session(events):
    assert why_not_as_recorded(None, events) is None


def test_events_from_before_signatures_were_told_are_compared_as_far_as_they_tell():
    older = [without(CAME, "is_signed", "has_reason")]
    assert not is_told_whole(older)
    assert why_not_as_recorded(row(PRESENT, signed_at=LATER, reason="A word."), older) is None
    assert why_not_as_recorded(row(EXPECTED), older) == (
        "its row says expected, its events say present"
    )


def test_of_events_that_tell_no_state_nothing_is_claimed():
    bare = [without(CAME, "before", "after")]
    assert not is_told_whole(bare)
    assert why_not_as_recorded(row(EXPECTED), bare) is None
