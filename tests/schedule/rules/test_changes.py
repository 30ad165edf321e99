import json
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from clinic import clock
from clinic.schedule.rules import changes as rules
from tests import make

NOW = make.instant("2026-03-09 12:00")
ZONE = clock.zone(make.ZONE)
FACTS = {
    "starts_at": "2026-03-12T14:00:00+00:00",
    "ends_at": "2026-03-12T15:00:00+00:00",
    "room_id": 1,
    "mode": "in_person",
    "kind": "group",
    "seats": 12,
    "leaders": [3],
    "guests": [],
    "is_cancelled": False,
}


def test_the_facts_of_a_session_are_ids_values_and_times(app):
    ana, room = make.staff(), make.room()
    session = make.session("2026-03-12", leaders=[ana], room=room)
    assert rules.facts_of(session, [9, 4]) == FACTS | {
        "room_id": room.id,
        "leaders": [ana.id],
        "guests": [4, 9],
    }


@pytest.mark.parametrize(
    ("after", "names", "words"),
    [
        ({}, [], "title"),
        ({"room_id": None}, ["room_id"], "room"),
        (
            {"starts_at": "2026-03-13T14:00:00+00:00", "ends_at": "2026-03-13T15:00:00+00:00"},
            ["starts_at", "ends_at"],
            "day and time",
        ),
        ({"leaders": [4], "seats": 13}, ["seats", "leaders"], "seats and leader"),
    ],
)
def test_what_differs_is_named_in_words(after, names, words):
    assert rules.differing(FACTS, FACTS | after) == names
    assert rules.changed_words(names) == words
    sentence = f"Since then somebody has changed the {words}. Look at it again." if names else None
    assert rules.why_not_as_left(FACTS, FACTS | after) == sentence


def test_who_is_on_it_takes_no_article():
    said = "Since then somebody has changed who is on it. Look at it again."
    assert rules.why_not_as_left(FACTS, FACTS | {"guests": [8]}) == said


def test_only_what_a_change_has_changed_must_be_as_it_left_it():
    assert rules.why_not_as_left({"room_id": 1}, FACTS | {"leaders": [5]}) is None


@pytest.mark.parametrize(
    ("verb", "facts", "words"),
    [
        ("session.changed", {"room_id": 1}, "room, today, 12:00 pm, by Ana Rivera"),
        ("session.changed", {}, "title, today, 12:00 pm, by Ana Rivera"),
        ("session.cancelled", {"is_cancelled": False}, "cancelled, today, 12:00 pm, by Ana Rivera"),
    ],
)
def test_a_change_says_what_was_changed_when_and_by_whom(verb, facts, words):
    change = {"verb": verb, "facts": json.dumps({"before": facts}), "happened_at": NOW}
    by_ana = SimpleNamespace(**change, by="Ana Rivera")
    assert rules.change_by_hand_words(by_ana, ZONE, date(2026, 3, 9)) == words
    by_nobody = SimpleNamespace(**change, by=None)
    assert "by" not in rules.change_by_hand_words(by_nobody, ZONE, date(2026, 3, 9))


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ([], None),
        ([date(2026, 3, 12)], "1 session changed by hand stays as it is: Thu, Mar 12."),
        (
            [date(2026, 3, 12), date(2026, 3, 19)],
            "2 sessions changed by hand stay as they are: Thu, Mar 12; Thu, Mar 19.",
        ),
    ],
)
def test_what_an_edit_of_a_group_leaves_alone_is_said_by_date(days, sentence):
    assert rules.stays_words(days) == sentence


def test_nothing_is_changed_that_is_cancelled_or_signed():
    why = rules.why_not_touch
    assert why(is_cancelled=False, is_signed=False) is None
    assert why(is_cancelled=True, is_signed=True) == (
        "This session is cancelled. Reinstate it first."
    )
    assert why(is_cancelled=False, is_signed=True) == (
        "Attendance is signed off, so this session can no longer be changed."
    )


@pytest.mark.parametrize(
    ("has_begun", "is_attended", "begins"),
    [
        (False, False, None),
        (True, False, "It has begun"),
        (True, True, "It has begun"),
        (False, True, "Somebody has checked in already"),
    ],
)
def test_the_time_is_fixed_once_it_has_begun_or_somebody_came(has_begun, is_attended, begins):
    sentence = begins and f"{begins}: its day, times and format stay as they are."
    assert rules.why_fixed(has_begun=has_begun, is_attended=is_attended) == sentence


def test_what_took_place_or_is_over_is_not_cancelled():
    why = rules.why_not_cancel
    assert why(is_attended=False, is_over=False) is None
    assert why(is_attended=True, is_over=True).startswith("Attendance has been recorded")
    assert why(is_attended=False, is_over=True).startswith("That day is over")


def test_more_seats_need_a_reason():
    assert rules.why_not_more_seats(12, 12, None) is None
    assert rules.why_not_more_seats(12, 13, "A guest") is None
    assert rules.why_not_more_seats(12, 13, None) == (
        "Say why there are more seats than the group has."
    )


@pytest.mark.parametrize(
    ("verb", "ago", "ahead", "why"),
    [
        ("session.changed", 24, 1, None),
        ("session.cancelled", 0, 1, None),
        ("session.changed", 25, 1, rules.TOO_LATE),
        ("session.changed", 1, 0, rules.BEGUN),
        (rules.GUEST_PUT_ON, 1, 0, None),
        (rules.GUEST_TAKEN_OFF, 25, 0, rules.TOO_LATE),
        ("session.reinstated", 1, 1, rules.UNDONE_ALREADY),
        (None, 1, 1, rules.UNDONE_ALREADY),
    ],
)
def test_a_change_can_be_undone_for_a_day_until_it_begins(verb, ago, ahead, why):
    done_at, starts_at = NOW - timedelta(hours=ago), NOW + timedelta(hours=ahead)
    assert rules.why_not_undo(verb, done_at, starts_at=starts_at, now=NOW) == why


def test_a_session_that_was_to_begin_earlier_begins_then_for_an_undo():
    before = {"starts_at": "2026-03-09T15:00:00+00:00"}
    assert rules.first_start(NOW, before) == make.instant("2026-03-09 11:00")
    assert rules.first_start(NOW - timedelta(hours=3), before) == NOW - timedelta(hours=3)
    assert rules.first_start(NOW, {}) == NOW


def test_who_has_called_off_is_named():
    assert rules.called_off_words(["Jo", "Blake"]) == (
        "Jo and Blake have called off. That stays as it is at the new time."
    )


def test_one_seat_more_is_said_before_somebody_is_put_on():
    assert rules.put_on_in_words("Sam", seats=1, free=1) == (
        "Sam is added to this session only, and to no group."
    )
    assert rules.put_on_in_words("Sam", seats=1, free=0) == (
        "Sam is added to this session only, and to no group. It has 2 seats then, not 1."
    )
    assert rules.why_no_seat(1) == "The only seat is taken. Say why there is one more."
    assert rules.why_no_seat(3) == "All 3 seats are taken. Say why there is one more."
