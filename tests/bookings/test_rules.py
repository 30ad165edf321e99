from typing import Any

from clinic.bookings.rules import (
    Booked,
    facts_of,
    is_mode_alone,
    is_same_mark,
    left_alone_words,
    marked,
    needs_seat,
    put_back,
    undo_words,
    why_not_put_back,
    why_not_undone,
)
from clinic.schedule.models import ANNOUNCED, Method, Mode, Status
from tests.bookings.by_hand import KNOWN, NEW_YORK, NOON, TEN, VIDEO, at, booked, came


def is_same(booking: Booked, status: Status, **facts: Any) -> bool:
    return is_same_mark(booking, marked(booking, status, now=NOON, **facts))


def test_the_same_mark_again_is_recognised():
    excused = marked(TEN, Status.EXCUSED, reason="sick", now=NOON)
    assert is_same(excused, Status.EXCUSED)
    assert is_same(excused, Status.EXCUSED, reason="sick")
    assert not is_same(excused, Status.EXCUSED, reason="travel")
    assert not is_same(excused, Status.EXCUSED, reason="")
    assert not is_same(excused, Status.NO_SHOW, reason="sick")
    assert not is_same(excused, Status.NO_SHOW)
    there = booked("10:00", "11:00", **came("10:05"))
    assert is_same(there, Status.PRESENT, arrived_at=at("10:05"))
    assert not is_same(there, Status.PRESENT)
    assert not is_same(there, Status.PRESENT, arrived_at=at("10:05"), left_at=at("10:40"))


def test_a_mark_confirms_an_arrival_that_was_carried_on():
    carried = booked("10:00", "11:00", **came("10:00", Method.CARRIED))
    assert not is_same(carried, Status.PRESENT, arrived_at=at("10:00"))
    confirmed = marked(carried, Status.PRESENT, arrived_at=at("10:00"), now=NOON)
    assert confirmed.method is Method.STAFF


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


def reason_of(booking: Booked) -> tuple[str | None, Status | None]:
    return booking.reason, booking.reason_for


def test_a_reason_belongs_to_the_mark_it_is_given_with_and_stays_for_an_undo():
    sick = marked(TEN, Status.EXCUSED, reason="sick", now=NOON)
    assert reason_of(sick) == ("sick", Status.EXCUSED)
    for status in (Status.PRESENT, Status.NO_SHOW, Status.EXPECTED):
        assert reason_of(marked(sick, status, now=NOON)) == ("sick", Status.EXCUSED)
    bus = marked(sick, Status.PRESENT, reason="bus", now=NOON)
    assert reason_of(bus) == ("bus", Status.PRESENT)
    assert reason_of(marked(bus, Status.PRESENT, reason="", now=NOON)) == (None, None)


def test_everybody_but_who_announced_an_absence_needs_a_seat():
    for status in Status:
        needs = needs_seat(TEN._replace(status=status, seat_no=None))
        assert needs == (status not in ANNOUNCED)
        assert not needs_seat(TEN._replace(status=status))


# Undo


def test_the_trail_keeps_values_and_no_words():
    sick = marked(TEN, Status.EXCUSED, reason="sick", now=at("09:00"))
    assert facts_of(TEN, sick) == {
        "before": {
            "status": "expected",
            "arrived_at": None,
            "left_at": None,
            "method": None,
            "recorded_at": None,
            "has_seat": True,
            "took_part": None,
            "identified_by": None,
        },
        "after": {
            "status": "excused",
            "arrived_at": None,
            "left_at": None,
            "method": "staff",
            "recorded_at": "2026-03-02T14:00:00+00:00",
            "has_seat": False,
            "took_part": None,
            "identified_by": None,
        },
        "is_new_reason": True,
        "reason_for": None,
        "reason_is_for": "excused",
        "is_signed": False,
        "signed_at": None,
        "enrollment": None,
        "session": 1,
        "form": 2,
    }


def test_what_the_trail_keeps_can_be_put_back():
    there = booked("10:00", "11:00", **came("10:05"))._replace(
        left_at=at("10:40"), reason="bus", reason_for=Status.PRESENT
    )
    gone = marked(there, Status.NO_SHOW, now=NOON)
    assert put_back(gone, facts_of(there, gone)) == there
    gone = marked(there, Status.NO_SHOW, reason="never came", now=NOON)
    assert put_back(gone, facts_of(there, gone)) == there._replace(reason=None, reason_for=None)
    sick = marked(TEN, Status.EXCUSED, reason="sick", now=at("09:00"))
    present = marked(sick, Status.PRESENT, now=NOON)._replace(seat_no=3)
    assert put_back(present, facts_of(sick, present)) == sick
    late = marked(sick, Status.LATE_CANCEL, reason="sick", now=at("09:00"))
    assert put_back(late, facts_of(sick, late)) == sick
    older = facts_of(sick, present)
    del older["reason_for"]
    assert put_back(present, older) == sick


def test_who_was_not_there_took_part_in_no_way():
    there = TEN._replace(**came("09:58"), **VIDEO, **KNOWN)
    gone = marked(there, Status.NO_SHOW, now=NOON)
    assert (gone.took_part, gone.identified_by) == (None, None)
    assert put_back(gone, facts_of(there, gone)) == there
    older = facts_of(there, gone)
    for values in (older["before"], older["after"]):  # as they were before it was noted
        del values["took_part"], values["identified_by"]
    assert why_not_put_back(gone, older) is None
    assert put_back(gone, older) == there._replace(took_part=None, identified_by=None)


def test_a_change_of_how_somebody_took_part_is_told_from_a_mark():
    there = booked("10:00", "11:00", **came("10:05"))
    by_video = there._replace(took_part=Mode.VIRTUAL, recorded_at=NOON)
    assert is_mode_alone(facts_of(there, by_video))
    assert not is_mode_alone(facts_of(there, marked(by_video, Status.NO_SHOW, now=NOON)))
    assert not is_mode_alone(facts_of(TEN, by_video))


def test_an_undo_leaves_alone_what_has_changed_or_been_signed_since():
    present = marked(TEN, Status.PRESENT, now=NOON)
    facts = facts_of(TEN, present)
    assert why_not_put_back(present, facts) is None
    later = marked(present, Status.NO_SHOW, now=NOON)
    assert why_not_put_back(later, facts) == "changed since"
    signed = present._replace(signed_at=NOON)
    assert why_not_put_back(signed, facts) == "signed since"


def test_of_two_sessions_of_a_day_that_an_undo_left_alone_each_is_named_by_its_time():
    one, other = TEN, booked("12:00", "13:00")
    assert [left_alone_words(each, "changed since", NEW_YORK) for each in (one, other)] == [
        "Mon, Mar 2, 10:00 am (changed since)",
        "Mon, Mar 2, 12:00 pm (changed since)",
    ]


def test_an_undo_says_whom_it_left_alone():
    stuck = ["Jo A. (changed since)", "Max B. (signed since)", "Lu C. (changed since)"]
    assert undo_words([]) == "Undone."
    assert undo_words(stuck[:1]) == "Undone, but not Jo A. (changed since)."
    assert undo_words(stuck[:2]) == (
        "Undone, but not Jo A. (changed since) and Max B. (signed since)."
    )
    assert why_not_undone(stuck) == (
        "Not undone: Jo A. (changed since), Max B. (signed since) and Lu C. (changed since)."
    )
