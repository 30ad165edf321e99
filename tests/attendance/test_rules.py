from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.attendance.rules import (
    NOBODY,
    NOT_ENDED,
    NOT_HELD,
    SIGNED,
    SIGNED_BY_IMPORT,
    Booked,
    Press,
    announced_as,
    arrivals,
    as_then,
    counts,
    facts_of,
    given_back,
    has_come_meanwhile,
    is_asked_when,
    is_same_mark,
    iso,
    late_by,
    leaders_there,
    left_alone_words,
    looked_at,
    marked,
    may_have_been_other,
    needs_seat,
    noted,
    order_of,
    pulse,
    put_back,
    seatless,
    undo_words,
    why_not_announce,
    why_not_arrive,
    why_not_at,
    why_not_check_in,
    why_not_close,
    why_not_leave,
    why_not_mark,
    why_not_put_back,
    why_not_undone,
)
from clinic.schedule.models import ABSENT, ANNOUNCED, Identity, Method, Mode, Status
from clinic.trail import Actor
from tests.attendance.bookings import MONDAY, NEW_YORK, NOON, TEN, at, booked, came, so_marked
from tests.chance import examples

SESSION = SimpleNamespace(starts_at=TEN.starts_at, ends_at=TEN.ends_at, grace_minutes=5)


@pytest.mark.parametrize(
    ("wall", "minutes"),
    [("10:09", []), ("10:10", [10]), ("10:17", [10, 15]), ("11:30", [10, 15, 20])],
)
def test_how_late_somebody_is_is_chosen_from_what_is_beyond_the_grace_and_over(wall, minutes):
    assert late_by(SESSION, now=at(wall)) == minutes


@pytest.mark.parametrize(
    ("wall", "arrived", "asks"),
    [
        ("11:00", None, False),
        ("11:01", None, True),
        ("10:30", "10:05", False),
        ("10:30", "10:06", True),
    ],
)
def test_late_means_now_while_nobody_is_late_and_the_session_runs(wall, arrived, asks):
    booking = TEN._replace(arrived_at=arrived and at(arrived))
    assert is_asked_when(booking, SESSION, now=at(wall)) is asks


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


# Marks by staff


def why_not(status: Status, now: str, booking: Booked = TEN, **times: datetime) -> str | None:
    instant = at(now)
    return why_not_mark(marked(booking, status, now=instant, **times), now=instant)


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


@pytest.mark.parametrize(
    ("facts", "mark", "has_come"),
    [
        (came("10:07"), {}, True),
        (came("10:07", Method.PHONE), {}, True),
        (came("10:07", Method.CARRIED), {}, False),
        (came("10:07", Method.STAFF), {}, False),
        (came("10:07"), {"arrived_at": at("10:05")}, False),
        (came("10:07"), {"left_at": at("10:40")}, False),
        (came("10:07"), {"reason": "bus"}, False),
        (came("10:07") | {"left_at": at("10:40")}, {}, False),
        ({}, {}, False),
    ],
)
def test_present_says_nothing_new_of_somebody_who_has_just_checked_in(facts, mark, has_come):
    before = booked("10:00", "11:00", **facts)
    after = marked(before, Status.PRESENT, now=NOON, **mark)
    assert has_come_meanwhile(before, after) is has_come
    assert not has_come_meanwhile(before, marked(before, Status.NO_SHOW, now=NOON))


@pytest.mark.parametrize(
    ("facts", "wall"),
    [
        (came("09:51"), "09:51"),
        (so_marked(Status.PRESENT) | {"recorded_at": at("09:52")}, "09:52"),
        (so_marked(Status.PRESENT) | {"recorded_at": at("10:20")}, "10:00"),
        ({}, "10:00"),
    ],
)
def test_every_way_to_ask_gets_the_same_answer_when_somebody_came(facts, wall):
    assert booked("10:00", "11:00", **facts).came_at == at(wall)


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


def test_a_reason_for_nothing_is_refused():
    for booking in (TEN, booked("10:00", "11:00", **came("10:05"))):
        after = marked(booking, Status.EXPECTED, reason="sick", now=NOON)
        assert why_not_mark(after, now=NOON) == "Press the button that this reason belongs to."


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


# The sheet in words


def test_a_sheet_counts_who_holds_a_seat():
    rows = [
        TEN,
        TEN,
        booked("10:00", "11:00", **came("10:00")),
        booked("10:00", "11:00", **so_marked(Status.NO_SHOW)),
        booked("10:00", "11:00", **so_marked(Status.EXCUSED, seat_no=None)),
    ]
    assert counts(rows) == {
        "present": 1,
        "expected": 4,
        "absent": 2,
        "unmarked": 2,
        "unidentified": 1,
    }


def test_a_pin_at_the_kiosk_says_who_it_is_there_and_where_it_is_carried_on():
    day = [booked("10:00", "11:00", 1), booked("11:10", "12:00", 2)]

    def known_by(by, **facts):
        found = arrivals([day[0]._replace(**facts), day[1]], at=at("09:55"), method=by)
        return [after.identified_by for _, after in found]

    assert known_by(Method.KIOSK) == [Identity.PIN] * 2
    assert known_by(Method.PHONE) == [None] * 2
    there = came("09:50", Method.PHONE) | {"identified_by": Identity.PHOTO_ID}
    assert known_by(Method.KIOSK, **there) == [Identity.PHOTO_ID] * 2


VIDEO, KNOWN = {"took_part": Mode.VIRTUAL}, {"identified_by": Identity.KNOWN}


@pytest.mark.parametrize("facts", [VIDEO, KNOWN])
def test_what_is_noted_of_an_arrival_leaves_it_as_it_was_captured(facts):
    asked = {"took_part": None, "identified_by": None} | facts
    tapped = TEN._replace(**came("09:58"), identified_by=Identity.PIN)
    again = marked(tapped, Status.PRESENT, arrived_at=tapped.arrived_at, now=NOON)
    assert noted(tapped, again, **asked) == tapped._replace(**facts)
    assert not is_same_mark(tapped, tapped._replace(**facts))
    later = marked(tapped, Status.PRESENT, arrived_at=at("10:05"), now=NOON)
    assert noted(tapped, later, **asked) == later._replace(**facts)
    carried = TEN._replace(**came("10:00", Method.CARRIED))
    seen = marked(carried, Status.PRESENT, arrived_at=at("10:00"), now=NOON)
    assert noted(carried, seen, **asked).method is Method.STAFF


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


@pytest.mark.parametrize(
    ("has_led", "number"),
    [([], 0), ([None, None], 2), ([True, False], 1), ([None, True], 1), ([False], 0)],
)
def test_leaders_count_as_planned_until_somebody_says_who_led(has_led, number):
    assert leaders_there([SimpleNamespace(has_led=each) for each in has_led]) == number


def test_a_sheet_has_another_pulse_when_anything_on_it_is_new_or_its_time_has_come():
    planned = {"seats": 12, "is_cancelled": False, "topic": None, "doors_minutes": 15}
    times = {"starts_at": TEN.starts_at, "ends_at": TEN.ends_at}
    session = SimpleNamespace(**planned, **times, held_from=None, held_until=None)

    def beat(rows=3, ids=6, versions=3, led=0, wall="09:40", **facts):
        one = SimpleNamespace(**vars(session) | facts)
        return pulse(one, rows, ids, versions, led=led, now=at(wall))

    still = beat()
    assert beat(wall="09:44") == still
    others = [
        *(beat(rows=4), beat(ids=7), beat(versions=4), beat(led=1)),
        *(beat(topic="Coping"), beat(seats=13), beat(is_cancelled=True)),
        *(beat(held_from=at("10:05")), beat(held_until=at("10:05"))),
        *(beat(wall="09:45"), beat(wall="10:00"), beat(wall="11:01")),
    ]
    assert len({still, *others}) == 13


def test_presses_of_one_page_have_an_order():
    ana, ben = Actor("account", 1), Actor("account", 2)
    first, second, tenth = (Press("0" * 16, number).act(ana) for number in (1, 2, 10))
    assert len(first) == 32
    assert [order_of(first, second), order_of(tenth, second), order_of(first, first)] == [-1, 1, 0]
    for other in (None, Press("1" * 16, 2).act(ana), Press("0" * 16, 2).act(ben), "f" * 32):
        assert order_of(first, other) == 0


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


# Absences that are announced


@pytest.mark.parametrize(
    ("now", "notice_hours", "status"),
    [
        (at("10:00", MONDAY - timedelta(1)), 24, Status.EXCUSED),
        (at("10:01", MONDAY - timedelta(1)), 24, Status.LATE_CANCEL),
        (at("08:55"), 24, Status.LATE_CANCEL),
        (at("08:55"), 1, Status.EXCUSED),
        (at("10:00"), 0, Status.EXCUSED),
        (at("10:01"), 0, Status.LATE_CANCEL),
    ],
)
def test_what_an_absence_counts_as_is_decided_by_the_notice(now, notice_hours, status):
    assert announced_as(TEN.starts_at, notice_hours, now=now) is status


def test_an_absence_can_be_announced_as_long_as_nobody_is_marked():
    early = at("08:55")
    assert why_not_announce(TEN, now=early) is None
    assert why_not_announce(TEN, now=at("10:59")) is None
    assert why_not_announce(TEN, now=at("11:00")) == "This session is over."
    cancelled = TEN._replace(is_cancelled=True)
    assert why_not_announce(cancelled, now=early) == "This session has been cancelled."
    here = TEN._replace(status=Status.PRESENT)
    assert why_not_announce(here, now=early) == ("Their attendance has been marked already.")


# Signing

ENDED = SimpleNamespace(is_cancelled=False, ends_at=at("11:00"))
OFF = SimpleNamespace(is_cancelled=True, ends_at=at("11:00"))
UNSIGNED = booked("10:00", "11:00")
CLOSED = UNSIGNED._replace(signed_at=NOON)


def signature(name="Ana Rivera", signatures_min=1):
    return SimpleNamespace(name=name, signatures_min=signatures_min)


@pytest.mark.parametrize(
    ("session", "rows", "signed", "now", "why_not"),
    [
        (ENDED, [UNSIGNED], [], "11:00", None),
        (ENDED, [UNSIGNED], [], "10:59", NOT_ENDED),
        (ENDED, [], [], "11:00", NOBODY),
        (OFF, [UNSIGNED], [], "11:00", NOT_HELD),
        (ENDED, [UNSIGNED, CLOSED], [], "11:00", None),
        (ENDED, [CLOSED], [], "11:00", SIGNED_BY_IMPORT),
        (ENDED, [CLOSED], [signature()], "11:00", "Ana Rivera signed this sheet already."),
        (ENDED, [CLOSED, UNSIGNED], [signature()], "11:00", None),
        (ENDED, [CLOSED], [signature(signatures_min=2)], "11:00", None),
        (
            ENDED,
            [CLOSED],
            [signature(signatures_min=2), signature("Sam Cole", 2)],
            "11:00",
            "Ana Rivera and Sam Cole signed this sheet already.",
        ),
    ],
)
def test_a_sheet_is_signed_after_its_session_as_often_as_was_asked_for(
    session, rows, signed, now, why_not
):
    assert why_not_close(session, rows, signed, now=at(now)) == why_not


def test_a_sheet_is_another_one_once_anything_on_it_has_changed():
    session = SimpleNamespace(held_from=None, held_until=None, topic=None)
    one, two = booked("10:00", "11:00", 1), booked("10:00", "11:00", 2)
    seen = looked_at(session, [one, two])
    assert looked_at(session, [two, one]) == seen
    for changed in ([one], [one, two._replace(version=2)], [one, two, booked("10:00", "11:00", 3)]):
        assert looked_at(session, changed) != seen
    for name, value in (("held_from", NOON), ("held_until", NOON), ("topic", "Anger")):
        other = SimpleNamespace(**vars(session) | {name: value})
        assert looked_at(other, [one, two]) != seen


@pytest.mark.parametrize(
    ("facts", "left", "why_not"),
    [
        (came("10:02", Method.PHONE), "10:20", None),
        (came("09:50", Method.PHONE), "09:55", "This session has not begun yet."),
        (came("10:02", Method.PHONE), None, None),
        ({}, "10:20", "They have not checked in."),
        (came("10:02") | {"signed_at": NOON}, "10:20", SIGNED),
    ],
)
def test_somebody_says_themselves_that_they_have_left_or_are_back(facts, left, why_not):
    there = booked("10:00", "11:00", **facts)
    assert why_not_leave(there, at(left) if left else None) == why_not
