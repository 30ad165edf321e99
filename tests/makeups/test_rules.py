from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.days import DAY, Range, Span, WeeklyTime
from clinic.makeups import rules
from clinic.makeups.rules import Place, Search, Seeker
from clinic.programs.models import Kind
from clinic.schedule.models import Mode
from tests.chance import examples
from tests.make import ZONE, instant

MONDAY = date(2026, 3, 2)
WEEK = Range(MONDAY, date(2026, 3, 8))
SUNDAY = MONDAY - DAY
ALWAYS = Range(SUNDAY, None)


def place(
    day: int = 0, start: float = 9, end: float = 12, *, session_id: int = 1, **facts: object
) -> Place:
    """By the hour, on a day of that week; it counts every minute."""
    on = MONDAY + day * DAY
    minutes = [round(hour * 60) for hour in (start, end)]
    starts_at, ends_at = (instant(f"{on} 00:00") + timedelta(minutes=each) for each in minutes)
    at = WeeklyTime(on.weekday(), *minutes)
    credit = minutes[1] - minutes[0]
    made = Place(
        session_id, 1, 1, 1, False, "Process group", Kind.GROUP, Mode.IN_PERSON, MONDAY, on,
        starts_at, ends_at, ZONE, at, credit, 1, None,
    )  # fmt: skip
    return made._replace(**facts)


def places(*hours: tuple[float, float], **facts: object) -> list[Place]:
    return [
        place(0, *times, session_id=number, **facts) for number, times in enumerate(hours, start=1)
    ]


@pytest.mark.parametrize(
    ("facts", "is_for"),
    [
        ({}, True),
        ({"program_id": 2}, False),
        ({"program_id": 2, "is_open": True}, True),
        ({"program_id": 2, "is_open": True, "site_id": 2}, False),
        ({"site_id": 2}, True),
    ],
)
def test_a_session_is_for_its_program_and_where_it_is_open_for_its_site(facts, is_for):
    assert rules.is_for(place(**facts), 1, 1) is is_for


@pytest.mark.parametrize(
    ("busy", "unavailable", "fits"),
    [
        ([], [], True),
        ([(12, 13)], [], True),  # touching is no overlap
        ([(8, 9)], [], True),
        ([(11.9, 13)], [], False),
        ([(8, 9), (10, 10.5)], [], False),
        ([], [WeeklyTime(0, 0, 540), WeeklyTime(0, 720, 800), WeeklyTime(1, 0, 1440)], True),
        ([], [WeeklyTime(0, 719, 720)], False),
    ],
)
def test_a_session_fits_between_others_and_when_somebody_can_come(busy, unavailable, fits):
    spans = [Span(each.starts_at, each.ends_at) for each in places(*busy)]
    assert rules.fits(place(), spans, unavailable) is fits


@pytest.mark.parametrize(
    ("hours", "minutes"),
    [
        ([], 0),
        ([(9, 12)], 180),
        ([(9, 12), (12, 13)], 240),
        ([(9, 12), (11, 13)], 180),
        ([(9, 11), (10, 13), (12, 14)], 240),  # two short ones bring more than the long one
        ([(9, 14), (9, 10), (13, 14)], 300),
        ([(9, 10), (9, 10), (9, 10)], 60),
    ],
)
def test_the_best_sessions_are_those_that_bring_the_most_without_overlapping(hours, minutes):
    assert rules.best(places(*hours)) == minutes


def test_the_best_set_is_the_same_in_whatever_order_and_the_earliest_of_equals():
    found = places((9, 11), (10, 12), (11, 13), (12, 14))
    ids = [each.session_id for each in rules.best_set(found)]
    assert ids == [1, 3]
    assert [each.session_id for each in rules.best_set(found[::-1])] == ids


drawn = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 20), st.integers(1, 8), st.integers(1, 300)),
    max_size=9,
)


@given(drawn)
@examples(150)
def test_the_best_set_equals_trying_all_of_them(lines):
    found = [
        place(day, start / 2, (start + length) / 2, session_id=number, credit=credit)
        for number, (day, start, length, credit) in enumerate(lines)
    ]

    def is_possible(some: tuple[Place, ...]) -> bool:
        pairs = combinations([Span(each.starts_at, each.ends_at) for each in some], 2)
        return not any(one.overlaps(other) for one, other in pairs)

    tried = [
        sum(each.credit for each in some)
        for size in range(len(found) + 1)
        for some in combinations(found, size)
        if is_possible(some)
    ]
    best = rules.best_set(found)
    assert is_possible(tuple(best))
    assert rules.best(found) == max(tried)


def seeker_of(
    booked=(), *, enrolled=ALWAYS, others=(), leaves=(), unavailable=(), days=WEEK
) -> Seeker:
    return rules.seekers(
        [(7, 1, 1, enrolled)],
        booked,
        days=days,
        others={7: others},
        leaves={7: leaves},
        unavailable={7: unavailable},
    )[7]


def test_somebody_cannot_come_when_they_are_booked_in_whatever_enrollment():
    assert seeker_of([(7, 10), (8, 21), (9, 30)], others=[8]).booked == {10, 21}


@pytest.mark.parametrize(
    ("enrolled", "leaves", "days"),
    [
        (ALWAYS, [], []),
        (Range(MONDAY, WEEK.until_on), [], []),
        (Range(MONDAY + DAY, None), [], [0]),
        (Range(SUNDAY, MONDAY + 3 * DAY), [], [4, 5, 6]),
        (ALWAYS, [Range(MONDAY + DAY, MONDAY + 2 * DAY)], [1, 2]),
        (ALWAYS, [Range(SUNDAY, MONDAY), Range(MONDAY + 9 * DAY, date.max)], [0]),
    ],
)
def test_somebody_is_away_before_and_after_their_enrollment_and_on_leave(enrolled, leaves, days):
    found = seeker_of(enrolled=enrolled, leaves=leaves)
    assert found.away == {MONDAY + number * DAY for number in days}


def test_a_seat_that_is_held_is_for_whom_it_is_held():
    search = Search([place(0, 9, 12, session_id=1)._replace(free=0)], {})
    for held, minutes in ((frozenset(), 0), (frozenset({1}), 180)):
        assert search.minutes(MONDAY, Seeker(1, 1, held=held)) == minutes


def test_a_search_leaves_out_what_they_are_on_called_off_cannot_come_to_or_is_not_for_them():
    found = [
        place(0, 9, 12, session_id=1),
        place(1, 9, 12, session_id=2),  # they are on it, or called it off
        place(3, 9, 12, session_id=4),  # at the time of another one
        place(4, 9, 12, session_id=5),  # cannot come
        place(5, 9, 12, session_id=6),  # away
        place(6, 9, 12, session_id=7, program_id=2),
        place(6, 9, 12, session_id=8, program_id=2, is_open=True),
        place(6, 11, 13, session_id=9),
        place(7, 9, 12, session_id=10, week=MONDAY + 7 * DAY),
    ]
    there = place(3, 11, 13)
    times = {2: Span(*found[1][10:12]), 90: Span(there.starts_at, there.ends_at)}
    seeker = Seeker(
        1, 1, frozenset({2, 90}), (WeeklyTime(4, 600, 660),),
        frozenset({MONDAY + 5 * DAY}),
    )  # fmt: skip
    search = Search(found, times)
    assert [each.session_id for each in search.places(MONDAY, seeker)] == [1, 8, 9]
    assert search.minutes(MONDAY, seeker) == 360
    assert search.minutes(MONDAY + 7 * DAY, seeker) == 180
    assert search.minutes(MONDAY - 7 * DAY, seeker) == 0
    assert search.places(MONDAY - 7 * DAY, seeker) == []


MISSED = rules.Missed(90, "Process", Kind.GROUP, MONDAY, 9 * 60, 180)


@pytest.mark.parametrize(
    ("offered", "first"),
    [
        # What is like it, before what is of its kind, before anything else.
        ([{"title": "Skills"}, {"title": "Process"}], 2),
        ([{"title": "Process", "kind": Kind.EDUCATION}, {"title": "Skills"}], 2),
        # What brings enough and little more, or else the most.
        ([{"credit": 240}, {"credit": 180}], 2),
        ([{"credit": 240}, {"credit": 170}], 1),
        ([{"credit": 60}, {"credit": 90}], 2),
        # What is sooner; on a day what is at their time of it; then what begins first.
        ([{"day": 4}, {"day": 3}], 2),
        ([{"day": 3, "start": 13, "end": 16}, {"day": 3, "start": 8, "end": 11}], 2),
        ([{"day": 3, "start": 10, "end": 13}, {"day": 3, "start": 9, "end": 12}], 2),
        ([{}, {}], 1),
    ],
)
def test_what_is_offered_first(offered, first):
    usual = {"title": "Process", "day": 3}
    places = [place(**usual | each, session_id=n) for n, each in enumerate(offered, start=1)]
    found = rules.ranked(places, [MISSED], missing=180)
    assert found[0].place.session_id == first
    assert [each.missed for each in found] == [MISSED] * 2


def test_what_is_beyond_authorization_is_offered_last_and_three_at_most():
    places = [place(day, title="Process", session_id=day) for day in range(1, 6)]
    found = rules.ranked(places, [], missing=60, is_covered=lambda each: each.day != MONDAY + DAY)
    assert [(each.place.session_id, each.missed) for each in found] == [
        (2, None),
        (3, None),
        (4, None),
    ]
    only = rules.ranked(places[:1], [], missing=60, is_covered=lambda _each: False)
    assert [each.place.session_id for each in only] == [1]


def test_days_of_which_something_is_called_off_come_after_the_others():
    off = MISSED._replace(day=MONDAY + 3 * DAY, is_called_off=True)
    places = [place(3, title="Process", session_id=1), place(4, title="Yoga", session_id=2)]
    for missed, first in ((MISSED, 1), (off, 2)):
        found = rules.ranked(places, [missed], missing=60)
        assert [each.place.session_id for each in found] == [first, 3 - first]


def test_what_a_session_makes_up_for():
    longer = rules.Missed(91, "Skills", Kind.GROUP, MONDAY, 9 * 60, 240)
    (found,) = rules.ranked([place(title="Process")], [longer, MISSED], missing=60)
    assert found.missed == MISSED
    (found,) = rules.ranked([place(title="Yoga")], [MISSED, longer], missing=60)
    assert found.missed == longer
