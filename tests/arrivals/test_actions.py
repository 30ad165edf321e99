import contextlib
import json
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clinic.arrivals.actions import Arrival, arrive
from clinic.db import db, transaction
from clinic.errors import Refused
from clinic.programs.models import Site
from clinic.schedule.actions.changes import cancel, reinstate
from clinic.schedule.models import Method, Status
from clinic.schedule.queries.sessions import get_session
from clinic.trail import broken_chains
from tests import make
from tests.bookings.stored import (
    DESK,
    DOOR,
    NOON,
    calendar_version,
    events,
    jo,
    mark,
    refusal,
    state,
    tap,
    wall,
)
from tests.chance import examples
from tests.race import race

# Arriving


def test_an_arrival_is_stored_told_and_in_the_trail(app):
    room = make.room(name="Room 1")
    (booking,) = jo(make.session(room=room))
    arrival = tap(booking, "09:55", now=wall("09:56"))
    (place,) = arrival.places
    assert (arrival.is_new, place.id, place.room, place.arrived_at) == (
        True,
        booking.id,
        "Room 1",
        wall("09:55"),
    )
    assert state(booking) == (
        Status.PRESENT,
        wall("09:55"),
        None,
        Method.KIOSK,
        wall("09:56"),
        1,
        2,
    )
    (event,) = events()
    assert (event.verb, event.subject_kind, event.subject_id) == (
        "attendance.arrived",
        "booking",
        booking.id,
    )
    assert (event.actor_kind, event.actor_id, event.chain) == ("kiosk", 3, booking.session.site_id)
    assert json.loads(event.facts)["after"]["arrived_at"] == "2026-03-02T14:55:00+00:00"
    assert broken_chains() == []


def test_arriving_twice_changes_nothing_and_says_when_the_first_was(app):
    (booking,) = jo(make.session())
    tap(booking, "09:55")
    before = state(booking)
    again = tap(booking, "10:20")
    assert (again.is_new, [place.arrived_at for place in again.places]) == (
        False,
        [wall("09:55")],
    )
    assert (state(booking), len(events())) == (before, 1)


def test_an_arrival_is_carried_on_with_an_event_for_each(app):
    first, second = jo(make.session(), make.session(start="11:30", end="12:30"))
    arrival = tap(first, "10:05")
    assert [(place.id, place.room, place.arrived_at) for place in arrival.places] == [
        (first.id, None, wall("10:05")),
        (second.id, None, wall("11:30")),
    ]
    assert state(second)[:4] == (Status.PRESENT, wall("11:30"), None, Method.CARRIED)
    assert [event.subject_id for event in events("attendance.arrived")] == [first.id, second.id]


def test_a_tap_at_the_second_session_is_new_only_when_they_were_not_carried_there(app):
    first, second = jo(make.session(), make.session(start="14:00", end="15:00"))
    assert tap(first, "10:05").is_new is True
    assert tap(second, "14:10").is_new is True
    assert tap(second, "14:20").is_new is False


def test_late_evidence_counts_for_when_it_was_made(app):
    (booking,) = jo(make.session(start="23:00", end="23:59"))
    arrival = tap(booking, "23:58", now=make.instant("2026-03-03 09:00"))
    assert [place.arrived_at for place in arrival.places] == [wall("23:58")]
    assert state(booking)[4] == make.instant("2026-03-03 09:00")
    earlier = tap(booking, "22:58", now=make.instant("2026-03-03 10:00"))
    assert (earlier.is_new, state(booking)[1]) == (False, wall("22:58"))


def test_doors_open_before_midnight_for_a_session_after_it(app):
    (booking,) = jo(make.session("2026-03-03", "00:05", "01:00"))
    assert tap(booking, "23:50").is_new is True


def test_on_the_night_the_clocks_go_forward_a_tap_counts_by_the_instant(app):
    (booking,) = jo(make.session("2026-03-08", "01:30", "03:30"))
    at = make.instant("2026-03-08 03:10")  # forty minutes after half past one
    arrival = arrive(
        booking.enrollment.participant_id,
        booking.session.site,
        at=at,
        method=Method.KIOSK,
        by=DOOR,
        now=at,
    )
    assert [place.arrived_at - place.starts_at for place in arrival.places] == [
        timedelta(minutes=40)
    ]


def test_only_their_own_bookings_at_that_site_on_that_day_count(app):
    here = make.site()
    (booking,) = jo(make.session(program=make.program(here)))
    elsewhere = make.program(make.site())
    make.booking(make.session(program=elsewhere), booking.enrollment)
    make.booking(make.session("2026-03-03"), booking.enrollment)
    jo(booking.session)
    assert [place.id for place in tap(booking, "10:00").places] == [booking.id]


def test_a_refused_arrival_tells_staff_why_and_leaves_nothing(app):
    (booking,) = jo(make.session())
    before = state(booking)
    assert refusal(tap, booking, "09:05") == "No session of theirs was open at 9:05 am."
    assert refusal(tap, booking, "10:00", now=make.instant("2026-03-10 10:00")) == (
        "That was more than 7 days ago: record the arrival on the sheet instead."
    )
    assert refusal(tap, booking, "10:00", now=wall("09:57")) == "That time is still to come."
    assert (state(booking), events()) == (before, [])


def test_a_tap_that_comes_late_is_judged_by_what_the_plan_was_then(app):
    session = make.session()
    stays, (excused,) = jo(session)[0], jo(session)
    mark(excused, Status.EXCUSED, "09:00")
    get_session(session.id)
    cancel(session, reason=None, by=DESK, now=wall("09:52"))

    assert refusal(tap, stays, "09:53", now=NOON) == "Their session at 10:00 am has been cancelled."
    assert tap(stays, "09:50", now=NOON).is_new
    assert tap(excused, "09:51", now=NOON).is_new
    assert (state(stays)[:2], state(excused)[5]) == ((Status.PRESENT, wall("09:50")), 2)

    reinstate(session, by=DESK, now=wall("09:54"))
    (third,) = jo(session)
    assert tap(third, "09:53", now=wall("09:55")).is_new  # it came at once
    (fourth,) = jo(session)
    assert refusal(tap, fourth, "09:53", now=NOON) == (
        "Their session at 10:00 am was cancelled when they came. Now it takes place."
    )


def test_whoever_comes_after_all_takes_the_lowest_free_seat_again(app):
    session = make.session(seats=3)
    (booking,) = jo(session)
    make.booking(session)
    mark(booking, Status.EXCUSED, "09:00")
    assert (state(booking)[5], calendar_version(booking)) == (None, 1)
    jo(session)
    tap(booking, "10:00")
    assert state(booking)[:2] == (Status.PRESENT, wall("10:00"))
    assert (state(booking)[5], calendar_version(booking)) == (3, 2)


def test_whoever_comes_after_all_is_refused_when_all_seats_are_taken(app):
    session = make.session(seats=1)
    (booking,) = jo(session)
    mark(booking, Status.EXCUSED, "09:00")
    jo(session)
    assert refusal(tap, booking, "10:00") == (
        "Their seat at 10:00 am has been given away, and no other one is free."
    )


def test_a_no_show_who_comes_keeps_the_seat(app):
    (booking,) = jo(make.session())
    mark(booking, Status.NO_SHOW, "10:20")
    assert tap(booking, "10:25").is_new is True
    assert (state(booking)[5], calendar_version(booking)) == (1, 0)


def test_two_kiosks_at_once_note_one_arrival(app):
    (booking,) = jo(make.session())
    participant_id, site_id = booking.enrollment.participant_id, booking.session.site_id

    def arrive_at(time: str) -> Any:
        def call() -> Arrival:
            with transaction():
                return arrive(
                    participant_id,
                    db.get_one(Site, site_id),
                    at=wall(time),
                    method=Method.KIOSK,
                    by=DOOR,
                    now=wall("10:30"),
                )

        return call

    for _ in range(5):
        answers = race(app, *[arrive_at(time) for time in ("10:10", "10:05", "10:20", "10:05")])
        assert {type(answer) for answer in answers} == {Arrival}
        assert state(booking)[:2] == (Status.PRESENT, wall("10:05"))
    assert broken_chains() == []


minutes = st.integers(0, 4 * 60)


@examples(15)
@given(st.lists(minutes, min_size=1, max_size=4), st.data())
def test_any_order_of_the_same_taps_stores_the_same(app, taps, data):
    def after(order: list[int]) -> list[Any]:
        bookings = jo(
            make.session(start="10:00", end="11:00"),
            make.session(start="11:00", end="11:50"),
            make.session(start="12:00", end="13:00"),
        )
        for minute in order:
            at = wall("09:30") + timedelta(minutes=minute)
            with contextlib.suppress(Refused):  # in between two sessions
                arrive(
                    bookings[0].enrollment.participant_id,
                    bookings[0].session.site,
                    at=at,
                    method=Method.KIOSK,
                    by=DOOR,
                    now=wall("23:00"),
                )
        return [(*state(each)[:4], state(each)[5]) for each in bookings]

    assert after(taps) == after(data.draw(st.permutations(taps + taps)))
