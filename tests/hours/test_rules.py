from collections import Counter
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import floor
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic import clock
from clinic.days import Range
from clinic.hours import rules
from clinic.hours.rules import (
    Balance,
    Enrolled,
    Flag,
    Share,
    State,
    Target,
    TimedSession,
    WeekOf,
)
from clinic.losses.rules import Cause
from clinic.programs.models import Kind, MixItem
from clinic.schedule.models import Status
from clinic.schedule.rules.sessions import credit as credit_of
from tests.chance import examples
from tests.make import instant

MONDAY = date(2026, 3, 2)
SUNDAY = date(2026, 3, 8)
OVER = instant("2026-03-09 00:00")  # the local end of that Sunday, an hour less than 7 * 24
LONG_AFTER = instant("2026-04-01 12:00")
NINE_TO_TWELVE = Target(date(2026, 1, 5), 9 * 60, 12 * 60, 3)
ALL = Range(date(2026, 1, 5), None)
EVERY_WEEK = Enrolled(ALL, [NINE_TO_TWELVE], [])
COUNTED = frozenset({Kind.GROUP, Kind.INDIVIDUAL, Kind.FAMILY, Kind.EDUCATION})
ABSENT = [Status.EXCUSED, Status.LATE_CANCEL, Status.NO_SHOW]


def held(
    day: str = "2026-03-02",
    start: str = "18:00",
    end: str = "21:00",
    *,
    breaks: int = 0,
    breaks_count: bool = False,
    grace: int = 0,
    **facts: Any,
) -> TimedSession:
    starts_at, ends_at = instant(f"{day} {start}"), instant(f"{day} {end}")
    minutes = credit_of(starts_at, ends_at, break_minutes=breaks, breaks_count=breaks_count)
    session = TimedSession(
        starts_at, ends_at, date.fromisoformat(day), minutes, timedelta(minutes=grace)
    )
    return session._replace(**facts)


def at(wall: str) -> datetime:
    return instant(f"2026-03-02 {wall}")


def had(session: TimedSession, arrived: str | None = None, left: str | None = None) -> int:
    """What was delivered to somebody there from one wall-clock time to another."""
    return rules.delivered(
        session,
        instant(f"{session.day} {arrived}") if arrived else None,
        instant(f"{session.day} {left}") if left else None,
    )


class Booked(NamedTuple):
    """One person's place in a session, and what is known of their attendance."""

    session: TimedSession
    status: Status
    arrived_at: datetime | None = None
    left_at: datetime | None = None


def balance_of(*bookings: Booked, now: datetime = LONG_AFTER) -> Balance:
    return rules.balance(rules.share(*booked, now=now) for booked in bookings)


def week(
    *bookings: Booked,
    now: datetime = LONG_AFTER,
    enrolled: Enrolled = EVERY_WEEK,
    make_up: int = 0,
) -> WeekOf:
    shares = [rules.share(*booked, now=now) for booked in bookings]
    return rules.week_of(MONDAY, enrolled, shares, make_up=make_up, now=now, over_at=OVER)


def evenings(*statuses: Status) -> list[Booked]:
    """Three hours an evening from Monday on, one for each status."""
    return [
        Booked(held(f"2026-03-{2 + number:02}"), status) for number, status in enumerate(statuses)
    ]


@pytest.mark.parametrize(
    ("arrived", "left", "minutes"),
    [
        (None, None, 180),  # from the start, to the end
        ("18:00", "21:00", 180),
        ("17:45", "21:30", 180),  # more than the session is not more than its credit
        ("17:59:59", None, 180),
        ("18:00:01", None, 179),  # rounded down
        ("18:10", None, 170),
        (None, "20:50", 170),
        (None, "20:50:59", 170),
        ("18:10", "20:50", 160),
        ("18:10:30", "20:50:30", 160),  # one rounding of the whole, not one at each end
        ("18:10:30", "20:50:29", 159),
        ("20:59:30", None, 0),
        ("20:59", None, 1),
        ("21:00", None, 0),  # came when it ended
        ("21:10", "21:20", 0),  # came after it
        ("17:00", "17:30", 0),  # left before it
        ("17:00", "18:00", 0),
        (None, "18:00", 0),
        (None, "17:30", 0),
        ("19:00", "19:00", 0),
    ],
)
def test_delivered_is_the_part_of_the_session_somebody_was_there(arrived, left, minutes):
    assert had(held(), arrived, left) == minutes


@pytest.mark.parametrize(
    ("arrived", "left", "minutes"),
    [
        (None, None, 165),
        ("18:01", None, 164),  # 165 * 179 / 180 = 164.08
        ("18:10", None, 155),  # 155.8
        ("19:30", None, 82),  # 82.5
        (None, "18:01", 0),  # 0.9
        (None, "18:02", 1),  # 1.8
        (None, "18:01:05.454545", 0),  # 0.99999…
        (None, "18:01:05.454546", 1),
    ],
)
def test_a_break_is_taken_off_in_proportion_and_rounded_down_once(arrived, left, minutes):
    assert had(held(breaks=15), arrived, left) == minutes


def test_where_breaks_count_the_credit_is_all_of_the_session():
    assert had(held(breaks=15, breaks_count=True)) == 180


@pytest.mark.parametrize(
    ("arrived", "left", "minutes"),
    [
        ("18:05", None, 180),  # within the grace, its last instant included
        ("18:05:00.000001", None, 174),  # beyond it nothing is forgiven
        ("18:06", None, 174),
        (None, "20:55", 180),
        (None, "20:54:59.999999", 174),
        ("18:05", "20:55", 180),
        ("18:06", "20:55", 174),
        ("18:05", "20:50", 170),
        ("17:00", "22:00", 180),
    ],
)
def test_within_the_grace_of_start_or_end_is_on_time(arrived, left, minutes):
    assert had(held(grace=5), arrived, left) == minutes


@pytest.mark.parametrize(
    ("arrived", "left"), [("18:10", None), ("18:11", "18:12"), ("17:40", "18:00"), (None, "17:58")]
)
def test_no_grace_delivers_a_short_session_to_somebody_who_was_not_there(arrived, left):
    assert had(held(end="18:10", grace=15), arrived, left) == 0


def test_leaving_before_arriving_delivers_nothing():
    assert had(held(), "20:00", "19:00") == 0


@pytest.mark.parametrize(
    ("day", "start", "end", "hours", "half_past_three"),
    [
        ("2026-03-08", "01:00", "04:00", 2, 30),  # 02:00 to 03:00 does not exist
        ("2026-11-01", "00:30", "04:00", 4.5, 30),  # 01:00 to 02:00 is twice
        ("2026-03-07", "01:00", "04:00", 3, 30),
    ],
)
def test_a_session_across_a_clock_change_has_its_real_length(
    day, start, end, hours, half_past_three
):
    session = held(day, start, end)
    assert session.credit == hours * 60
    assert had(session) == hours * 60
    assert had(session, "03:30") == half_past_three
    assert had(session, None, "03:30") == hours * 60 - 30


@pytest.mark.parametrize(
    ("arrived", "left", "now", "minutes"),
    [
        (None, None, "18:00", 0),
        (None, None, "18:00:59", 0),
        (None, None, "18:25", 25),
        ("18:05", None, "18:25", 25),  # within the grace: on time
        ("18:20", None, "18:25", 5),
        ("18:20", None, "18:20", 0),
        ("18:20", "19:00", "19:30", 40),
        (None, "19:30", "19:00", 60),  # as far as it has come
        (None, None, "20:59", 179),  # no grace brings what has not passed yet
        (None, None, "21:00", 180),
    ],
)
def test_of_a_session_that_is_under_way_somebody_has_what_has_passed(arrived, left, now, minutes):
    arrived_at, left_at = (each and at(each) for each in (arrived, left))
    session = held(grace=10)
    assert rules.so_far(session, arrived_at, left_at, now=at(now)) == minutes
    end = rules.delivered(session, arrived_at, left_at)
    assert rules.so_far(session, arrived_at, left_at, now=session.ends_at) <= end


def test_a_clock_change_and_a_break_share_the_real_length():
    session = held("2026-03-08", "01:00", "04:00", breaks=30)
    assert had(session, "03:00") == 45  # half of the real two hours, of 90 minutes
    assert had(session, "03:59") == 0  # 0.75


seconds = st.integers(-120, 420)


@given(
    length=st.integers(1, 300),
    credit=st.integers(0, 400),
    grace=st.integers(0, 40),
    arrived=st.none() | seconds,
    left=st.none() | seconds,
)
@examples(150)
def test_delivered_equals_counting_every_second(length, credit, grace, arrived, left):
    """A session of `length` seconds, looked at second by second, in the middle of each."""
    start = instant("2026-03-02 18:00")

    def seen(second: int) -> bool:
        here_from = 0 if arrived is None or arrived <= grace else arrived
        here_to = length if left is None or left >= length - grace else left
        return here_from < second + 0.5 < here_to

    came_and_stayed = (arrived is None or arrived < length) and (left is None or left > 0)
    if arrived is not None and left is not None and left <= arrived:
        came_and_stayed = False  # whoever goes as they come was not there
    counted = sum(map(seen, range(length))) if came_and_stayed else 0
    session = TimedSession(
        start, start + timedelta(seconds=length), MONDAY, credit, timedelta(seconds=grace)
    )
    assert (
        rules.delivered(
            session,
            None if arrived is None else start + timedelta(seconds=arrived),
            None if left is None else start + timedelta(seconds=left),
        )
        == credit * counted // length
    )


@pytest.mark.parametrize(
    ("began", "ended", "arrived", "left", "minutes"),
    [
        ("18:30", None, None, None, 150),  # of 180, from 18:00 to 21:00
        (None, "20:30", None, None, 150),
        ("18:30", "20:30", None, None, 120),
        ("17:50", "21:10", None, None, 180),  # no more than was planned
        ("18:00", "21:00", None, None, 180),
        ("18:10", "20:50", None, None, 180),  # within the grace
        ("18:11", None, None, None, 169),
        (None, "20:49", None, None, 169),
        ("18:30", None, "19:00", "20:00", 60),  # there while it was held
        ("18:30", "20:30", "18:40", None, 110),
        ("18:30", "20:30", "18:20", "20:40", 120),
        ("18:30", None, None, "18:20", 0),  # gone before it began
        (None, "20:30", "20:45", None, 0),  # came after it had ended
        ("18:05", "18:08", None, None, 8),  # the grace is that of arrivals
    ],
)
def test_a_session_counts_while_it_was_really_held(began, ended, arrived, left, minutes):
    session = held(grace=10)
    times = [instant(f"{session.day} {each}") if each else None for each in (began, ended)]
    assert had(session._replace(held_from=times[0], held_until=times[1]), arrived, left) == minutes


def test_of_a_session_held_for_a_part_breaks_count_as_of_a_whole_one():
    session = held(breaks=30)  # 150 of 180 minutes
    began, ended = (instant(f"{session.day} {each}") for each in ("18:30", "20:30"))
    assert had(session._replace(held_from=began, held_until=ended)) == 100
    assert (
        rules.share(session._replace(held_from=began), Status.PRESENT, now=LONG_AFTER).planned
        == session.credit
    )


moments = st.integers(-3600, 5 * 3600).map(
    lambda second: instant("2026-03-02 17:00") + timedelta(seconds=second)
)


@given(
    credit=st.integers(0, 200),
    grace=st.integers(0, 30),
    arrived=moments,
    later=moments,
    left=moments,
)
def test_delivered_is_never_above_the_credit_and_never_grows_by_being_there_less(
    credit, grace, arrived, later, left
):
    session = held(credit=credit, grace=grace)
    arrived, later = sorted([arrived, later])
    minutes = rules.delivered(session, arrived, left)
    assert 0 <= minutes <= credit
    assert rules.delivered(session, later, left) <= minutes
    assert rules.delivered(session, arrived, None) >= minutes
    assert rules.delivered(session, None, left) >= minutes
    sooner, left = sorted([later, left])
    assert rules.delivered(session, None, sooner) <= rules.delivered(session, None, left)


@pytest.mark.parametrize(("is_counted", "minutes"), [(True, 180), (False, 0)])
def test_a_kind_that_does_not_count_contributes_nothing(is_counted, minutes):
    assert rules.credit(180, is_counted=is_counted, is_cancelled=False) == minutes


def test_a_cancelled_session_contributes_nothing():
    assert rules.credit(180, is_counted=True, is_cancelled=True) == 0


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("now", [instant("2026-03-02 12:00"), LONG_AFTER])
def test_what_counts_nothing_adds_nothing_anywhere(status, now):
    nothing = Booked(held(credit=0), status)
    assert balance_of(nothing, now=now) == Balance(0, 0, 0, 0, 0, 0)


ENDED = instant("2026-03-02 21:00")
RUNNING = ENDED - timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("status", "now", "share"),
    [
        (Status.EXPECTED, RUNNING, Share(MONDAY, 180, 0, 0, 180)),
        (Status.EXPECTED, ENDED, Share(MONDAY, 180, 0, 180, 0)),
        (Status.PRESENT, RUNNING, Share(MONDAY, 180, 0, 0, 180)),
        (Status.PRESENT, ENDED, Share(MONDAY, 180, 180, 0, 0)),
        *[
            (absent, now, Share(MONDAY, 180, 0, 0, 0))
            for absent in ABSENT
            for now in (RUNNING, ENDED)
        ],
    ],
)
def test_a_booking_is_planned_and_then_upcoming_unconfirmed_or_delivered(status, now, share):
    assert rules.share(held(), status, now=now) == share


def test_upcoming_is_the_whole_credit_also_of_somebody_who_came_late():
    late = Booked(held(), Status.PRESENT, instant("2026-03-02 19:00"))
    assert rules.share(*late, now=RUNNING).upcoming == 180
    assert rules.share(*late, now=ENDED).delivered == 120


def test_excused_is_not_delivered_but_stays_planned():
    assert balance_of(*evenings(Status.EXCUSED, Status.PRESENT)) == Balance(360, 180, 0, 0, 1, 1)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("now", ["2026-03-02 17:00", "2026-03-02 18:30", "2026-03-02 21:00"])
@pytest.mark.parametrize(
    ("facts", "marks"),
    [
        ({}, (None, None)),
        ({}, (at("18:50"), None)),
        ({"grace": 10}, (at("18:05"), at("20:30"))),
        ({"held_from": at("18:20"), "held_until": at("20:50")}, (None, None)),
        ({"credit": 0}, (at("18:50"), None)),
        ({"credit": 150}, (at("21:30"), None)),
    ],
)
def test_what_was_planned_without_what_was_lost_is_what_is_left_of_a_session(
    status, now, facts, marks
):
    session, now = held(**facts), instant(now)
    booked = SimpleNamespace(
        is_cancelled=False, status=status, arrived_at=marks[0], left_at=marks[1]
    )
    share = rules.share(session, status, *marks, now=now)
    loss = rules.loss(booked, session, now=now)
    lost = loss.credit - loss.delivered if loss and loss.cause is not Cause.UNCONFIRMED else 0
    assert share.planned - lost == share.delivered + share.unconfirmed + share.upcoming
    assert (loss is not None and loss.cause is Cause.UNCONFIRMED) == bool(share.unconfirmed)


def test_a_week_adds_up_its_bookings():
    bookings = evenings(Status.PRESENT, Status.EXPECTED, Status.NO_SHOW, Status.EXPECTED)
    now = instant("2026-03-04 22:00")  # three of them have ended
    assert balance_of(*bookings, now=now) == Balance(
        planned=720, delivered=180, unconfirmed=180, upcoming=180, service_days=1, possible_days=3
    )


def test_as_of_moves_only_now_and_uses_every_mark_recorded_so_far():
    marked = Booked(held(), Status.PRESENT, None, instant("2026-03-02 20:00"))
    assert balance_of(marked, now=RUNNING) == Balance(180, 0, 0, 180, 0, 1)
    assert balance_of(marked, now=ENDED) == Balance(180, 120, 0, 0, 1, 1)


def test_reachable_is_what_is_booked_and_what_could_be_made_up():
    sums = Balance(900, 100, 20, 3, 1, 3, 4000)
    assert (sums.booked, sums.reachable) == (123, 4123)


def test_nobody_booked_is_a_week_of_nothing():
    assert balance_of() == Balance(0, 0, 0, 0, 0, 0)


def test_a_service_day_is_a_local_day_with_delivered_time_however_many_sessions():
    bookings = [
        Booked(held("2026-03-02", "09:00", "10:00"), Status.PRESENT),
        Booked(held("2026-03-02", "20:00", "21:00"), Status.PRESENT),  # the next day in UTC
        Booked(held("2026-03-03"), Status.PRESENT),
        Booked(held("2026-03-04"), Status.EXPECTED),
        Booked(held("2026-03-05"), Status.NO_SHOW),
        Booked(held("2026-03-06"), Status.PRESENT, instant("2026-03-06 20:59:30")),  # rounds to 0
        Booked(held("2026-03-07", credit=0), Status.PRESENT),
    ]
    assert balance_of(*bookings).service_days == 2
    assert balance_of(*bookings).possible_days == 3


THURSDAY = instant("2026-03-05 12:00")
BEFORE_OVER = OVER - timedelta(microseconds=1)


def balance(
    delivered: int = 0, unconfirmed: int = 0, upcoming: int = 0, make_up: int = 0
) -> Balance:
    booked = delivered + unconfirmed + upcoming
    return Balance(booked, delivered, unconfirmed, upcoming, 0, 0, make_up)


@pytest.mark.parametrize(
    ("sums", "state"),
    [
        (balance(540), State.REACHED),
        (balance(539, 0, 1), State.ON_COURSE),
        (balance(0, 540, 0), State.ON_COURSE),
        (balance(0, 0, 540), State.ON_COURSE),
        (balance(180, 180, 180), State.ON_COURSE),
        (balance(180, 180, 179, 1), State.NEEDS_MAKE_UP),
        (balance(180, 180, 178, 1), State.OUT_OF_REACH),
        (balance(180, 180, 180, 60), State.ON_COURSE),
        (balance(0, 0, 0, 540), State.NEEDS_MAKE_UP),
        (balance(), State.OUT_OF_REACH),
    ],
)
def test_while_a_week_runs_the_state_says_what_can_still_become_of_it(sums, state):
    assert rules.state_of(sums, 540, is_partial=False, is_over=False) is state


@pytest.mark.parametrize(
    ("sums", "state"),
    [
        (balance(540), State.REACHED),
        (balance(540, 60), State.REACHED),
        (balance(539), State.SHORT),
        (balance(539, make_up=60), State.SHORT),
        (balance(539, 1), State.UNCONFIRMED),
        (balance(480, 59), State.SHORT),  # confirming it would not change the word
        (balance(0, 540), State.UNCONFIRMED),
        (balance(), State.SHORT),
    ],
)
def test_a_week_that_is_over_is_reached_short_or_could_still_be_changed_by_confirming(sums, state):
    assert rules.state_of(sums, 540, is_partial=False, is_over=True) is state


@pytest.mark.parametrize("is_over", [False, True])
@pytest.mark.parametrize("sums", [balance(), balance(600), balance(0, 600, 0)])
def test_a_partial_week_is_never_judged(sums, is_over):
    assert rules.state_of(sums, 540, is_partial=True, is_over=is_over) is State.PARTIAL


def test_nothing_prescribed_is_reached_by_nothing_delivered():
    assert rules.state_of(balance(), 0, is_partial=False, is_over=False) is State.REACHED


def test_a_week_is_over_at_the_local_end_of_its_last_day():
    short = evenings(Status.PRESENT, Status.PRESENT)
    assert week(*short, now=BEFORE_OVER).state is State.OUT_OF_REACH
    assert week(*short, now=OVER).state is State.SHORT


@pytest.mark.parametrize(
    ("state", "is_ahead", "is_to_plan"),
    [
        (State.NEEDS_MAKE_UP, True, True),
        (State.OUT_OF_REACH, True, True),
        (State.ON_COURSE, True, False),
        (State.OUT_OF_REACH, False, False),
    ],
)
def test_a_week_that_has_not_begun_is_still_to_be_planned_and_in_no_danger(
    state, is_ahead, is_to_plan
):
    ahead = week()._replace(state=state, is_ahead=is_ahead)
    assert ahead.is_to_plan is is_to_plan


def test_a_week_is_compared_without_what_others_take_from_it():
    assert week(make_up=60) != week(make_up=120)
    assert week(make_up=60).settled == week(make_up=120).settled == week()


def test_the_words_are_those_of_the_contract():
    assert {state.value for state in State} == {
        "reached",
        "on_course",
        "needs_make_up",
        "out_of_reach",
        "short",
        "unconfirmed",
        "partial",
    }


@pytest.mark.parametrize(
    ("from_on", "until_on", "is_partial"),
    [
        (MONDAY, None, False),
        (MONDAY, SUNDAY, False),
        (date(2026, 1, 1), date(2026, 12, 31), False),
        (date(2026, 3, 3), None, True),  # begins within the week
        (SUNDAY, None, True),
        (date(2026, 1, 1), date(2026, 3, 7), True),  # ends within it
        (date(2026, 1, 1), MONDAY, True),
        (date(2026, 3, 9), None, True),  # has not begun
        (date(2026, 1, 1), date(2026, 3, 1), True),  # is over
    ],
)
def test_a_week_not_wholly_inside_the_enrollment_is_partial(from_on, until_on, is_partial):
    enrolled = Enrolled(Range(from_on, until_on), [NINE_TO_TWELVE], [])
    assert rules.is_partial(MONDAY, enrolled) is is_partial


@pytest.mark.parametrize(
    ("from_on", "until_on", "is_partial"),
    [
        (date(2026, 2, 20), date(2026, 3, 1), False),  # the day before
        (date(2026, 2, 20), MONDAY, True),
        (date(2026, 3, 4), date(2026, 3, 4), True),
        (SUNDAY, date(2026, 3, 20), True),
        (date(2026, 3, 9), date(2026, 3, 20), False),  # the day after
        (date(2026, 2, 20), date(2026, 3, 20), True),
    ],
)
def test_a_week_touched_by_leave_is_partial(from_on, until_on, is_partial):
    other = Range(date(2026, 1, 12), date(2026, 1, 14))
    enrolled = EVERY_WEEK._replace(exempt=[other, Range(from_on, until_on)])
    assert rules.is_partial(MONDAY, enrolled) is is_partial


def test_transition_weeks_are_partial_and_no_others():
    stepping_down = [date(2026, 2, 23), MONDAY]
    enrolled = EVERY_WEEK._replace(exempt=[Range(first, first) for first in stepping_down])
    partial = [
        first
        for first in (date(2026, 2, 16), *stepping_down, date(2026, 3, 9))
        if rules.is_partial(first, enrolled)
    ]
    assert partial == stepping_down


def test_a_partial_week_shows_its_minutes_and_nothing_of_a_judgement():
    bookings = evenings(*[Status.PRESENT] * 5)
    away = EVERY_WEEK._replace(exempt=[Range(SUNDAY, SUNDAY)])
    shown = week(*bookings, enrolled=away)
    assert shown == WeekOf(
        MONDAY, NINE_TO_TWELVE, Balance(900, 900, 0, 0, 5, 5), State.PARTIAL, 0, ()
    )
    assert week(enrolled=away).missing == 0
    assert week(enrolled=away).flags == ()


LESS = Target(date(2026, 2, 16), 6 * 60, 9 * 60, None)


@pytest.mark.parametrize(
    ("first", "target"),
    [
        (date(2026, 1, 5), NINE_TO_TWELVE),
        (date(2026, 2, 9), NINE_TO_TWELVE),  # a later change never rewrites a past week
        (date(2026, 2, 16), LESS),  # it counts from the week that begins with it
        (date(2026, 3, 2), LESS),
    ],
)
@pytest.mark.parametrize("targets", [[NINE_TO_TWELVE, LESS], [LESS, NINE_TO_TWELVE]])
def test_a_week_is_judged_by_the_target_in_force_on_its_first_day(first, target, targets):
    assert rules.target_of(first, EVERY_WEEK._replace(targets=targets)) == target


def test_a_change_in_the_middle_of_a_week_counts_from_the_next_one():
    midweek = LESS._replace(from_on=date(2026, 2, 18))
    enrolled = EVERY_WEEK._replace(targets=[NINE_TO_TWELVE, midweek])
    assert rules.target_of(date(2026, 2, 16), enrolled) == NINE_TO_TWELVE
    assert rules.target_of(date(2026, 2, 23), enrolled) == midweek


def test_the_first_week_has_the_target_that_the_enrollment_begins_with():
    wednesday = date(2026, 3, 4)
    begins = Enrolled(
        Range(wednesday, None),
        [
            NINE_TO_TWELVE._replace(from_on=wednesday),
            LESS._replace(from_on=date(2026, 3, 5)),
        ],
        [],
    )
    assert rules.target_of(MONDAY, begins).min_minutes == 9 * 60
    assert rules.target_of(date(2026, 3, 9), begins).min_minutes == 6 * 60


def test_a_change_before_the_enrollments_first_day_counts_in_its_first_week():
    wednesday, tuesday = date(2026, 3, 4), date(2026, 3, 3)
    changed = [NINE_TO_TWELVE, LESS._replace(from_on=tuesday)]
    assert rules.target_of(MONDAY, Enrolled(Range(wednesday, None), changed, [])) == changed[1]
    assert rules.target_of(MONDAY, Enrolled(Range(MONDAY, None), changed, [])) == changed[0]


def test_before_the_first_target_that_one_holds():
    late = [NINE_TO_TWELVE._replace(from_on=date(2026, 6, 1)), LESS._replace(from_on=date.max)]
    assert rules.target_of(MONDAY, EVERY_WEEK._replace(targets=late)) == late[0]


def test_three_evenings_of_three_hours_reach_nine_and_one_miss_is_short():
    assert week(*evenings(*[Status.PRESENT] * 3)) == WeekOf(
        MONDAY, NINE_TO_TWELVE, Balance(540, 540, 0, 0, 3, 3), State.REACHED, 0, ()
    )
    assert week(*evenings(Status.PRESENT, Status.NO_SHOW, Status.PRESENT)) == WeekOf(
        MONDAY,
        NINE_TO_TWELVE,
        Balance(540, 360, 0, 0, 2, 2),
        State.SHORT,
        180,
        (Flag.TOO_FEW_SERVICE_DAYS,),
    )


@pytest.mark.parametrize(
    ("statuses", "missing"),
    [
        ([], 540),
        ([Status.PRESENT], 360),
        ([Status.PRESENT, Status.EXPECTED], 180),  # unconfirmed
        ([Status.PRESENT, Status.EXPECTED, Status.NO_SHOW, Status.EXPECTED], 0),  # upcoming
        ([Status.PRESENT] * 5, 0),
    ],
)
def test_missing_is_what_nothing_delivered_unconfirmed_or_booked_can_bring(statuses, missing):
    assert week(*evenings(*statuses), now=THURSDAY).missing == missing


@pytest.mark.parametrize(
    ("planned", "flags"), [(720, ()), (721, (Flag.OVER,)), (0, ()), (1200, (Flag.OVER,))]
)
def test_over_is_planned_above_the_maximum(planned, flags):
    sums = Balance(planned, 0, 0, 0, 5, 5)
    assert rules.flags_of(sums, NINE_TO_TWELVE) == flags


@pytest.mark.parametrize(
    ("possible", "least", "flags"),
    [
        (3, 3, ()),
        (2, 3, (Flag.TOO_FEW_SERVICE_DAYS,)),
        (0, 1, (Flag.TOO_FEW_SERVICE_DAYS,)),
        (0, None, ()),
        (0, 0, ()),
    ],
)
def test_service_days_are_too_few_when_those_to_come_cannot_make_enough(possible, least, flags):
    sums = Balance(0, 0, 0, 0, 0, possible)
    assert rules.flags_of(sums, NINE_TO_TWELVE._replace(min_service_days=least)) == flags


@pytest.mark.parametrize(
    ("possible", "most", "flags"),
    [
        (4, 4, ()),
        (5, 4, (Flag.TOO_MANY_SERVICE_DAYS,)),
        (1, 0, (Flag.TOO_MANY_SERVICE_DAYS,)),
        (0, 0, ()),
        (7, None, ()),
    ],
)
def test_service_days_are_too_many_when_there_are_more_than_the_program_allows(
    possible, most, flags
):
    sums = Balance(0, 0, 0, 0, 0, possible)
    free = NINE_TO_TWELVE._replace(min_service_days=None)
    assert rules.flags_of(sums, free, max_service_days=most) == flags


def mix(kind: Kind, sessions: int, minutes: int) -> MixItem:
    return MixItem(kind=kind, sessions=sessions, minutes=minutes)


INDIVIDUAL_OF_50 = mix(Kind.INDIVIDUAL, 1, 50)


def talk(status: Status = Status.PRESENT, *, end: str = "11:00", **facts: Any) -> Booked:
    """An hour alone with somebody, on Tuesday at ten."""
    session = held("2026-03-03", "10:00", end, kind=Kind.INDIVIDUAL, **facts)
    return Booked(session, status)


@pytest.mark.parametrize(
    ("bookings", "now", "is_met"),
    [
        ([talk()], LONG_AFTER, True),
        ([talk(end="10:50")], LONG_AFTER, True),
        ([talk(end="10:49")], LONG_AFTER, False),
        ([talk(Status.EXPECTED)], LONG_AFTER, True),  # still to be confirmed
        ([talk(Status.EXPECTED)], instant("2026-03-02 08:00"), True),  # still to come
        ([talk(Status.EXCUSED)], instant("2026-03-02 08:00"), False),  # as soon as it is known
        ([talk(Status.NO_SHOW)], LONG_AFTER, False),
        ([talk(breaks=15)], LONG_AFTER, False),  # only credited minutes count
        ([talk(credit=0)], LONG_AFTER, False),
        ([talk()._replace(arrived_at=instant("2026-03-03 10:11"))], LONG_AFTER, False),
        (evenings(Status.PRESENT), LONG_AFTER, False),  # of another kind
        ([], LONG_AFTER, False),
    ],
)
def test_a_mix_is_not_met_as_soon_as_nothing_delivered_or_booked_can_meet_it(bookings, now, is_met):
    shares = [rules.share(*booked, now=now) for booked in bookings]
    assert rules.can_meet([INDIVIDUAL_OF_50], shares) is is_met


def test_a_mix_asks_for_enough_sessions_of_every_kind():
    shares = [
        rules.share(*booked, now=LONG_AFTER)
        for booked in [talk(), held_as(Kind.GROUP), held_as(Kind.GROUP)]
    ]

    def can_meet(*asked: MixItem) -> bool:
        return rules.can_meet(asked, shares)

    assert can_meet()
    assert can_meet(INDIVIDUAL_OF_50, mix(Kind.GROUP, 2, 180))
    assert not can_meet(INDIVIDUAL_OF_50, mix(Kind.GROUP, 3, 0))
    assert not can_meet(mix(Kind.GROUP, 2, 181))
    assert not can_meet(mix(Kind.GROUP, 1, 0), mix(Kind.FAMILY, 1, 0))


def test_a_session_that_credits_nothing_meets_no_mix():
    nothing = rules.share(*talk(credit=0), now=LONG_AFTER)
    assert not rules.can_meet([mix(Kind.INDIVIDUAL, 1, 0)], [nothing])


def held_as(kind: Kind) -> Booked:
    return Booked(held(kind=kind), Status.PRESENT)


def test_a_week_is_flagged_by_the_mix_and_the_most_service_days_of_its_program():
    demanding = EVERY_WEEK._replace(mix=[INDIVIDUAL_OF_50], max_service_days=3)
    three = evenings(*[Status.PRESENT] * 3)
    judged = week(*three, enrolled=demanding)
    assert (judged.state, judged.flags) == (State.REACHED, (Flag.MIX_NOT_MET,))
    assert week(*three, talk(), enrolled=demanding).flags == ()
    four = evenings(*[Status.PRESENT] * 4)
    assert week(*four, enrolled=demanding).flags == (Flag.TOO_MANY_SERVICE_DAYS, Flag.MIX_NOT_MET)
    partial = demanding._replace(exempt=[Range(MONDAY, MONDAY)])
    assert week(*four, enrolled=partial).flags == ()


def test_flags_stand_beside_the_state_and_never_change_it():
    two_long_days = [
        Booked(held(day, "08:00", "15:00"), Status.PRESENT) for day in ("2026-03-02", "2026-03-03")
    ]
    judged = week(*two_long_days)
    assert judged.state is State.REACHED
    assert judged.flags == (Flag.OVER, Flag.TOO_FEW_SERVICE_DAYS)


def test_a_make_up_counts_in_the_week_it_happened():
    missed, made_up = evenings(Status.NO_SHOW, Status.PRESENT)
    assert balance_of(missed, made_up) == Balance(360, 180, 0, 0, 1, 1)


def test_danger_sorts_by_state_and_then_by_what_is_missing():
    def judged(state: State, missing: int = 0) -> WeekOf:
        return WeekOf(MONDAY, NINE_TO_TWELVE, balance(), state, missing, ())

    in_order = [
        judged(State.OUT_OF_REACH, 60),
        judged(State.SHORT, 120),
        judged(State.SHORT, 60),
        judged(State.NEEDS_MAKE_UP, 540),
        judged(State.NEEDS_MAKE_UP, 1),
        judged(State.UNCONFIRMED),
        judged(State.ON_COURSE),
        judged(State.REACHED),
        judged(State.PARTIAL),
    ]
    shuffled = in_order[::-1]
    assert sorted(shuffled, key=rules.danger) == in_order


class Happened(NamedTuple):
    """One session of a made-up history, and what was recorded of somebody in it."""

    weekday: int
    start: int  # minute of the day
    length: int
    pause: int
    grace: int
    kind: Kind
    is_cancelled: bool
    status: Status
    late: int | None  # seconds from the start to arriving
    after: int | None  # and from the start to leaving

    @property
    def day(self) -> date:
        return MONDAY + timedelta(days=self.weekday)

    @property
    def starts_at(self) -> datetime:
        return instant(f"{self.day} {self.start // 60:02}:{self.start % 60:02}")

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.length)

    @property
    def minutes(self) -> int:
        return max(0, self.length - self.pause)


histories = st.lists(
    st.builds(
        Happened,
        weekday=st.integers(0, 6),
        start=st.integers(6 * 60, 20 * 60),
        length=st.integers(10, 200),
        pause=st.integers(0, 30),
        grace=st.sampled_from([0, 0, 5, 10]),
        kind=st.sampled_from(list(Kind)),
        is_cancelled=st.sampled_from([False, False, False, True]),
        status=st.sampled_from([Status.PRESENT, *Status]),
        late=st.none() | st.integers(-1200, 7200),
        after=st.none() | st.integers(-1200, 13200),
    ),
    max_size=8,
)


def naive_delivered(of: Happened) -> int:
    """The share of the session in exact fractions, by seconds since its start."""
    whole = 60 * of.length
    here = [
        0 if of.late is None else of.late,
        whole if of.after is None else of.after,
    ]
    if here[0] >= whole or here[1] <= 0:
        return 0
    if here[0] <= 60 * of.grace:
        here[0] = 0
    if here[1] >= whole - 60 * of.grace:
        here[1] = whole
    return floor(of.minutes * Fraction(max(0, here[1] - here[0]), whole))


def naive_sums(history: list[Happened], now: datetime) -> dict[str, int]:
    """By what became of each session, one word for each."""
    sums = Counter(planned=0, delivered=0, unconfirmed=0, upcoming=0)
    served = set()
    for each in history:
        if each.is_cancelled or each.kind is Kind.OTHER:
            continue
        sums["planned"] += each.minutes
        is_over = each.ends_at <= now
        if is_over and each.status is Status.PRESENT:
            sums["delivered"] += naive_delivered(each)
            served |= {each.day} if naive_delivered(each) else set()
        elif each.status in {Status.PRESENT, Status.EXPECTED}:
            sums["unconfirmed" if is_over else "upcoming"] += each.minutes
    return {**sums, "service_days": len(served)}


def naive_flags(history: list[Happened], now: datetime, wanted: MixItem, most: int) -> set[str]:
    """By going through the sessions once for each question."""
    minutes = [
        0
        if each.is_cancelled or each.kind is Kind.OTHER
        else naive_delivered(each)
        if each.ends_at <= now and each.status is Status.PRESENT
        else each.minutes
        if each.status is Status.EXPECTED or (each.ends_at > now and each.status is Status.PRESENT)
        else 0
        for each in history
    ]
    each_minutes = list(zip(history, minutes, strict=True))
    days = {each.day for each, counted in each_minutes if counted > 0}
    fitting = [
        each
        for each, counted in each_minutes
        if each.kind is wanted.kind and counted > 0 and counted >= wanted.minutes
    ]
    flags = {"too_many_service_days"} if len(days) > most else set()
    return flags | ({"mix_not_met"} if len(fitting) < wanted.sessions else set())


def naive_state(
    sums: dict[str, int], least: int, make_up: int, *, is_whole: bool, now: datetime
) -> str:
    """Day by day and word by word, as the definition reads."""
    today = now.astimezone(clock.zone("America/New_York")).date()
    reached = sums["delivered"] >= least
    with_doubtful = sums["delivered"] + sums["unconfirmed"]
    if not is_whole:
        return "partial"
    if today > SUNDAY:
        return "reached" if reached else "unconfirmed" if with_doubtful >= least else "short"
    on_course = with_doubtful + sums["upcoming"] >= least
    with_make_up = with_doubtful + sums["upcoming"] + make_up >= least
    course = "on_course" if on_course else "needs_make_up" if with_make_up else "out_of_reach"
    return "reached" if reached else course


@given(
    history=histories,
    hour=st.integers(-10, 7 * 24 + 20),
    least=st.integers(0, 600),
    begins=st.integers(-60, 3),
    lasts=st.none() | st.integers(0, 70),
    away=st.none() | st.tuples(st.integers(-10, 10), st.integers(0, 5)),
    wanted=st.builds(
        mix,
        kind=st.sampled_from(list(Kind)),
        sessions=st.integers(1, 2),
        minutes=st.integers(0, 60),
    ),
    most=st.integers(0, 4),
    make_up=st.sampled_from([0, 0, 60, 180]),
)
@examples(120)
def test_a_week_equals_an_independent_recomputation(
    history, hour, least, begins, lasts, away, wanted, most, make_up
):
    now = instant("2026-03-02 00:00") + timedelta(hours=hour)
    ordinals = range(begins, 1000 if lasts is None else begins + lasts + 1)
    days_away = range(away[0], sum(away) + 1) if away else range(0)
    is_whole = all(day in ordinals and day not in days_away for day in range(7))
    sums = naive_sums(history, now)
    coming = sums["delivered"] + sums["unconfirmed"] + sums["upcoming"]

    def day(ordinal: int) -> date:
        return MONDAY + timedelta(days=ordinal)

    enrolled = Enrolled(
        Range(day(begins), None if lasts is None else day(begins + lasts)),
        [Target(day(begins), least, least + 120, None)],
        [Range(day(away[0]), day(sum(away)))] if away else [],
        [wanted],
        most,
    )
    judged = week(*map(booked, history), now=now, enrolled=enrolled, make_up=make_up)
    balance = judged.balance._asdict()
    assert balance == sums | {"possible_days": balance["possible_days"], "make_up": make_up}
    assert judged.state == naive_state(sums, least, make_up, is_whole=is_whole, now=now)
    assert judged.missing == (max(0, least - coming) if is_whole else 0)
    assert judged.balance.reachable == coming + make_up
    flags = naive_flags(history, now, wanted, most) if is_whole else set()
    assert {flag.value for flag in judged.flags} - {"over"} == flags


def booked(happened: Happened) -> Booked:
    credit = rules.credit(
        happened.minutes,
        is_counted=happened.kind in COUNTED,
        is_cancelled=happened.is_cancelled,
    )
    session = TimedSession(
        happened.starts_at,
        happened.ends_at,
        happened.day,
        credit,
        timedelta(minutes=happened.grace),
        happened.kind,
    )
    arrived, left = (
        None if second is None else session.starts_at + timedelta(seconds=second)
        for second in (happened.late, happened.after)
    )
    return Booked(session, happened.status, arrived, left)
