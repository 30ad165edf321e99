from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.arrivals.rules import (
    arrivals,
    as_then,
    may_have_been_other,
    seatless,
    why_not_arrive,
    why_not_at,
    why_not_check_in,
)
from clinic.bookings.rules import (
    Booked,
    iso,
)
from clinic.schedule.models import ABSENT, Identity, Method, Mode, Status
from tests.bookings.by_hand import MONDAY, NEW_YORK, NOON, TEN, at, booked, came, so_marked
from tests.chance import examples


def shown(day: list[Booked], wall: str, **facts: Any) -> list[tuple[int, str, Method]]:
    """Where a check-in at a wall time leads: booking, arrival, method."""
    found = arrivals(day, at=at(wall), method=Method.KIOSK, **facts)
    return [
        (after.id, f"{after.arrived_at.astimezone(NEW_YORK):%H:%M}", after.method)
        for _, after in found
        if after.arrived_at and after.method
    ]


@pytest.mark.parametrize(
    ("wall", "sentence"),
    [
        ("09:44", "Check-in has not opened yet."),
        ("09:45", None),
        ("11:00", None),
        ("11:01", "This session is over."),
    ],
)
def test_check_in_is_open_from_the_doors_to_the_end_both_included(wall, sentence):
    assert why_not_check_in(TEN, at=at(wall)) == sentence


def test_nobody_checks_in_to_a_cancelled_session():
    cancelled = TEN._replace(is_cancelled=True)
    assert why_not_check_in(cancelled, at=at("10:00")) == "This session has been cancelled."
    assert shown([cancelled], "10:00") == []


@pytest.mark.parametrize(
    ("late", "sentence"),
    [
        (timedelta(days=7), None),
        (
            timedelta(days=7, seconds=1),
            "That was more than 7 days ago: record the arrival on the sheet instead.",
        ),
        (-timedelta(minutes=2), None),
        (-timedelta(minutes=2, seconds=1), "That time is still to come."),
    ],
)
def test_a_tap_counts_from_seven_days_back_to_two_minutes_ahead(late, sentence):
    assert why_not_at(NOON - late, now=NOON) == sentence


def test_an_arrival_is_that_of_the_tap():
    assert shown([TEN], "10:07") == [(1, "10:07", Method.KIOSK)]


@pytest.mark.parametrize(
    ("mode", "took_part", "stored"),
    [
        (Mode.HYBRID, Mode.IN_PERSON, Mode.IN_PERSON),
        (Mode.HYBRID, Mode.VIRTUAL, Mode.VIRTUAL),
        (Mode.HYBRID, None, None),
        (Mode.IN_PERSON, Mode.IN_PERSON, None),  # the session says it
        (Mode.VIRTUAL, Mode.VIRTUAL, None),
    ],
)
def test_how_somebody_takes_part_is_kept_where_the_session_leaves_it_open(mode, took_part, stored):
    day = [TEN._replace(mode=mode)]
    ((_, after),) = arrivals(day, at=at("09:50"), method=Method.PHONE, took_part=took_part)
    assert after.took_part is stored


def test_an_arrival_is_carried_on_to_what_follows_within_half_an_hour():
    day = [TEN, booked("11:30", "12:00", 2), booked("12:30", "13:00", 3)]
    assert shown(day, "10:07") == [
        (1, "10:07", Method.KIOSK),
        (2, "11:30", Method.CARRIED),
        (3, "12:30", Method.CARRIED),
    ]


def test_a_gap_of_more_than_half_an_hour_ends_the_chain():
    day = [TEN, booked("11:31", "12:00", 2), booked("12:00", "13:00", 3)]
    assert shown(day, "10:07") == [(1, "10:07", Method.KIOSK)]


def test_the_chain_goes_on_from_the_session_that_ends_last():
    day = [booked("10:00", "12:00"), booked("10:30", "11:00", 2), booked("12:20", "13:00", 3)]
    assert shown(day, "10:00") == [
        (1, "10:00", Method.KIOSK),
        (2, "10:30", Method.CARRIED),
        (3, "12:20", Method.CARRIED),
    ]


def test_a_cancelled_session_is_left_out_and_leaves_its_gap():
    day = [TEN, booked("11:00", "12:00", 2, is_cancelled=True), booked("12:00", "13:00", 3)]
    assert shown(day, "10:00") == [(1, "10:00", Method.KIOSK)]


def test_nobody_arrives_at_a_session_that_was_over_before_the_tap():
    day = [booked("09:00", "12:00"), booked("09:30", "10:00", 2)]
    assert shown(day, "11:00") == [(1, "11:00", Method.KIOSK)]


def test_at_two_open_sessions_somebody_arrives_with_the_same_tap():
    day = [TEN, booked("11:00", "12:00", 2)]
    assert shown(day, "10:50") == [(1, "10:50", Method.KIOSK), (2, "10:50", Method.KIOSK)]


def test_an_arrival_is_not_carried_on_over_midnight():
    tuesday = MONDAY + timedelta(days=1)
    day = [booked("22:00", "23:50"), booked("00:10", "01:00", 2, day=tuesday)]
    assert shown(day, "22:00") == [(1, "22:00", Method.KIOSK)]


def test_doors_may_open_before_midnight():
    tuesday = MONDAY + timedelta(days=1)
    day = [booked("00:05", "01:00", 2, day=tuesday)]
    assert shown(day, "23:50") == [(2, "23:50", Method.KIOSK)]


def test_the_earliest_arrival_wins():
    there = booked("10:00", "11:00", **came("10:07"))
    assert shown([there], "10:20") == [(1, "10:07", Method.KIOSK)]
    assert shown([there], "09:58") == [(1, "09:58", Method.KIOSK)]


def test_the_same_tap_again_changes_nothing():
    there = booked("10:00", "11:00", **came("10:07"))
    ((before, after),) = arrivals([there], at=at("10:07"), method=Method.KIOSK)
    assert after is before


def test_a_tap_outdoes_what_only_followed_from_an_earlier_one():
    carried = booked("10:00", "11:00", **came("10:00", Method.CARRIED))
    assert shown([carried], "10:00") == [(1, "10:00", Method.KIOSK)]
    assert shown([carried], "09:50") == [(1, "09:50", Method.KIOSK)]
    assert shown([carried], "10:05") == [(1, "10:00", Method.CARRIED)]


def test_a_carried_arrival_before_a_later_tap_wins_too():
    day = [TEN, booked("11:00", "12:00", 2, **came("11:20"))]
    assert shown(day, "10:00") == [(1, "10:00", Method.KIOSK), (2, "11:00", Method.CARRIED)]


@pytest.mark.parametrize("method", [Method.STAFF, Method.IMPORT])
def test_what_staff_set_stands(method):
    set_by_hand = booked("10:00", "11:00", **came("10:30", method))
    assert shown([set_by_hand], "09:50") == [(1, "10:30", method)]


def test_staffs_present_without_a_time_stands_too():
    set_by_hand = booked("10:00", "11:00", **so_marked(Status.PRESENT))
    ((before, after),) = arrivals([set_by_hand], at=at("09:50"), method=Method.KIOSK)
    assert (after is before, after.arrived_at) == (True, None)


def test_a_signed_arrival_stands():
    signed = booked("10:00", "11:00", **came("10:30"), signed_at=NOON)
    assert shown([signed], "09:50") == [(1, "10:30", Method.KIOSK)]


@pytest.mark.parametrize("status", [Status.EXPECTED, *sorted(ABSENT)])
def test_nobody_arrives_where_something_else_was_signed(status):
    signed = booked("10:00", "11:00", status=status, signed_at=NOON)
    assert shown([signed], "09:50") == []


@pytest.mark.parametrize("status", sorted(ABSENT))
def test_whoever_comes_after_all_is_present(status):
    absent = booked("10:00", "11:00", **so_marked(status))
    assert shown([absent], "10:05") == [(1, "10:05", Method.KIOSK)]


@pytest.mark.parametrize("status", sorted(ABSENT))
def test_an_arrival_is_not_carried_on_to_an_absence_that_staff_know_of(status):
    day = [TEN, booked("11:00", "11:20", 2, **so_marked(status)), booked("11:30", "12:00", 3)]
    assert shown(day, "10:00") == [(1, "10:00", Method.KIOSK), (3, "11:30", Method.CARRIED)]


def test_nobody_arrives_where_no_seat_is_left():
    day = [TEN, booked("11:00", "12:00", 2)]
    assert shown(day, "10:00", full={1}) == []


def test_whoever_left_before_the_tap_was_uploaded_does_not_go_on():
    left = booked("10:00", "11:00", **so_marked(Status.PRESENT, left_at=at("10:30")))
    day = [left, booked("11:00", "12:00", 2)]
    assert [after.id for _, after in arrivals(day, at=at("10:30"), method=Method.KIOSK)] == [1]


def test_whoever_left_and_came_back_goes_on():
    left = booked("10:00", "11:00", **so_marked(Status.PRESENT, left_at=at("10:30")))
    day = [left, booked("11:30", "12:00", 2)]
    assert shown(day, "10:31") == [(2, "11:30", Method.CARRIED)]


def test_only_those_without_a_seat_who_can_come_need_another():
    announced = so_marked(Status.EXCUSED, seat_no=None)
    day = [
        booked("10:00", "11:00", 1),
        booked("10:00", "11:00", 2, **announced),
        booked("10:00", "11:00", 3, **announced, signed_at=NOON),
        booked("10:00", "11:00", 4, **announced, is_cancelled=True),
        booked("14:00", "15:00", 5, **announced),
    ]
    assert [each.id for each in seatless(day, at=at("10:00"))] == [2]


quarters = st.integers(0, 4 * 14).map(lambda n: timedelta(minutes=15 * n))
sessions = st.lists(
    st.tuples(quarters, st.integers(1, 12), st.booleans()), min_size=1, max_size=6
).map(
    lambda times: [
        booked("08:00", "08:01", number)._replace(
            starts_at=at("08:00") + start,
            ends_at=at("08:00") + start + timedelta(minutes=15 * length),
            is_cancelled=is_cancelled,
        )
        for number, (start, length, is_cancelled) in enumerate(times)
    ]
)
moments = st.integers(0, 16 * 60).map(lambda n: at("07:30") + timedelta(minutes=n))
known = st.sampled_from(
    [
        {},
        so_marked(Status.PRESENT),
        came("09:00", Method.STAFF),
        so_marked(Status.PRESENT, left_at=at("12:00")),
        {"signed_at": NOON},
        so_marked(Status.NO_SHOW, signed_at=NOON),
    ]
)


def after_taps(day: list[Booked], taps: list[datetime]) -> list[Booked]:
    for tap in taps:
        changed = {after.id: after for _, after in arrivals(day, at=tap, method=Method.KIOSK)}
        day = [changed.get(each.id, each) for each in day]
    return day


@given(sessions, st.data())
def test_any_order_of_the_same_taps_ends_alike_however_often_they_come(day, data):
    day = [each._replace(**data.draw(known)) for each in day]
    taps = data.draw(st.lists(moments, min_size=1, max_size=5))
    again = data.draw(st.permutations(taps + taps))
    assert after_taps(day, taps) == after_taps(day, again)


@examples(50)
@given(sessions, st.data())
def test_the_order_of_taps_never_decides_who_was_there_even_after_absences(day, data):
    absences = st.sampled_from([{}, *(so_marked(status) for status in sorted(ABSENT))])
    day = [each._replace(**data.draw(absences)) for each in day]
    taps = data.draw(st.lists(moments, min_size=1, max_size=5))
    again = data.draw(st.permutations(taps))
    assert [each.status for each in after_taps(day, taps)] == [
        each.status for each in after_taps(day, again)
    ]


def refused(day: list[Booked], wall: str) -> str:
    return why_not_arrive(day, at=at(wall), zone=NEW_YORK)


def test_staff_read_why_a_tap_led_nowhere():
    tuesday = booked("00:30", "01:00", day=MONDAY + timedelta(days=1))
    assert refused([], "10:05") == "They had no session here on Mon, Mar 2."
    assert refused([tuesday], "10:05") == "They had no session here on Mon, Mar 2."
    assert refused([TEN], "09:05") == "No session of theirs was open at 9:05 am."
    cancelled = TEN._replace(id=2, is_cancelled=True)
    assert refused([cancelled], "10:05") == "Their session at 10:00 am has been cancelled."
    assert refused([cancelled], "12:05") == "No session of theirs was open at 12:05 pm."
    signed = TEN._replace(signed_at=NOON)
    assert refused([cancelled, signed], "10:05") == "Their attendance at 10:00 am has been signed."
    assert (
        refused([TEN], "10:05")
        == "Their seat at 10:00 am has been given away, and no other one is free."
    )


# What was changed after a check-in that comes to be known late


def change(**before):
    times = {name: iso(at(wall)) for name, wall in before.items() if name != "is_cancelled"}
    return {"day": "2026-03-02", "before": {**before, **times}}


LATER = at("12:00")


@pytest.mark.parametrize(
    ("changed_at", "now", "is_so"),
    [
        (None, LATER, False),
        (at("09:49"), LATER, False),
        (at("09:51"), LATER, True),
        (at("09:51"), at("09:52"), False),  # it came at once: what is so now is what was so
    ],
)
def test_what_was_changed_after_a_check_in_that_came_late_is_asked_for(changed_at, now, is_so):
    changed = TEN._replace(changed_at=changed_at)
    assert may_have_been_other(changed, at=at("09:50"), now=now) is is_so


def test_a_session_was_what_the_first_change_after_a_moment_says_it_was_before():
    changes = [
        change(starts_at="09:00", ends_at="10:00"),
        change(is_cancelled=True, starts_at="08:00"),
        {"people": 3},
    ]
    assert as_then(TEN, changes) == TEN._replace(
        starts_at=at("09:00"), ends_at=at("10:00"), is_cancelled=True
    )
    assert as_then(TEN, []) == TEN


CANCELLED = TEN._replace(is_cancelled=True)
NOON_TO_ONE = booked("12:00", "13:00")
QUARTER_PAST = booked("10:15", "11:15")


@pytest.mark.parametrize(
    ("is_now", "was", "wall", "came_at"),
    [
        (CANCELLED, TEN, "09:50", "09:50"),
        (QUARTER_PAST, TEN, "09:46", "09:46"),
        (TEN, CANCELLED, "09:50",
         "Their session at 10:00 am was cancelled when they came. Now it takes place."),
        (NOON_TO_ONE, TEN, "09:50",
         "Their session at 10:00 am was moved to 12:00 pm after they had come."),
        (NOON_TO_ONE, TEN, "09:40", "No session of theirs was open at 9:40 am."),
        (TEN, NOON_TO_ONE, "09:50", "No session of theirs was open at 9:50 am."),
    ],
)  # fmt: skip
def test_a_check_in_is_judged_by_the_plan_of_its_moment(is_now, was, wall, came_at):
    moment, then = at(wall), {1: was}
    found = arrivals([is_now], at=moment, method=Method.KIOSK, then=then)
    if found:
        assert [(after.arrived_at, after.is_cancelled) for _, after in found] == [
            (at(came_at), is_now.is_cancelled)
        ]
    else:
        assert why_not_arrive([is_now], at=moment, then=then, zone=NEW_YORK) == came_at


def test_nobody_is_carried_on_from_what_did_not_take_place():
    day = [CANCELLED, booked("11:15", "12:00", 2)]
    found = arrivals(day, at=at("09:50"), method=Method.KIOSK, then={1: TEN})
    assert [after.id for _, after in found] == [1]


def test_the_doors_open_when_the_clinic_says_so():
    early = TEN._replace(doors_minutes=30)
    assert why_not_check_in(early, at=at("09:30")) is None
    assert why_not_check_in(early, at=at("09:29")) == "Check-in has not opened yet."


def test_no_doors_open_more_than_three_hours_early():
    all_night = TEN._replace(doors_minutes=600)
    assert why_not_check_in(all_night, at=at("07:00")) is None
    assert why_not_check_in(all_night, at=at("06:59")) == "Check-in has not opened yet."


def test_a_pin_at_the_kiosk_says_who_it_is_there_and_where_it_is_carried_on():
    day = [booked("10:00", "11:00", 1), booked("11:10", "12:00", 2)]

    def known_by(by, **facts):
        found = arrivals([day[0]._replace(**facts), day[1]], at=at("09:55"), method=by)
        return [after.identified_by for _, after in found]

    assert known_by(Method.KIOSK) == [Identity.PIN] * 2
    assert known_by(Method.PHONE) == [None] * 2
    there = came("09:50", Method.PHONE) | {"identified_by": Identity.PHOTO_ID}
    assert known_by(Method.KIOSK, **there) == [Identity.PHOTO_ID] * 2
