from clinic.attendance.rules.marks import marked
from clinic.attendance.rules.undo import (
    facts_of,
    put_back,
    undone,
    why_not_put_back,
    why_not_undone,
)
from clinic.schedule.models import Status
from tests.attendance.bookings import NOON, TEN, at, booked, came


def test_the_trail_is_told_values_and_no_words():
    sick = marked(TEN, Status.EXCUSED, reason="sick", now=at("09:00"))
    assert facts_of(TEN, sick) == {
        "before": {
            "status": "expected",
            "arrived_at": None,
            "left_at": None,
            "method": None,
            "recorded_at": None,
            "has_seat": True,
        },
        "after": {
            "status": "excused",
            "arrived_at": None,
            "left_at": None,
            "method": "staff",
            "recorded_at": "2026-03-02T14:00:00+00:00",
            "has_seat": False,
        },
        "is_new_reason": True,
    }


def test_what_the_trail_was_told_can_be_put_back():
    there = booked("10:00", "11:00", **came("10:05"))._replace(left_at=at("10:40"), reason="bus")
    gone = marked(there, Status.NO_SHOW, now=NOON)
    facts = facts_of(there, gone)
    assert put_back(gone, facts) == there._replace(reason=None)
    sick = marked(TEN, Status.EXCUSED, reason="sick", now=at("09:00"))
    present = marked(sick, Status.PRESENT, now=NOON)._replace(seat_no=3)
    assert put_back(present, facts_of(sick, present)) == sick


def test_an_undo_leaves_alone_what_has_changed_or_been_signed_since():
    present = marked(TEN, Status.PRESENT, now=NOON)
    facts = facts_of(TEN, present)
    assert why_not_put_back(present, facts) is None
    later = marked(present, Status.NO_SHOW, now=NOON)
    assert why_not_put_back(later, facts) == "changed since"
    signed = present._replace(signed_at=NOON)
    assert why_not_put_back(signed, facts) == "signed since"


def test_an_undo_says_whom_it_left_alone():
    stuck = ["Jo A. (changed since)", "Max B. (signed since)", "Lu C. (changed since)"]
    assert undone([]) == "Undone."
    assert undone(stuck[:1]) == "Undone, but not Jo A. (changed since)."
    assert undone(stuck[:2]) == ("Undone, but not Jo A. (changed since) and Max B. (signed since).")
    assert why_not_undone(stuck) == (
        "Not undone: Jo A. (changed since), Max B. (signed since) and Lu C. (changed since)."
    )
