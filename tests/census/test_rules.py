from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.census import rules
from clinic.days import Range
from clinic.enrollment.models import EndReason, Enrollment, Leave, Outcome
from clinic.enrollment.rules import standing

MONDAY = date(2026, 3, 2)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def stay(first: int = 0, last: int | None = None, *leaves: tuple[int, int], **facts) -> Enrollment:
    """From one day to another, counted from a Monday, with its leave."""
    return Enrollment(
        from_on=day(first),
        until_on=None if last is None else day(last),
        leaves=[Leave(from_on=day(begins), until_on=day(ends)) for begins, ends in leaves],
        **{"id": 1} | facts,
    )


def test_active_are_those_between_their_first_and_last_day_and_leave_is_counted_apart():
    stays = [stay(0, 10), stay(1), stay(0, 0), stay(0, 10, (1, 2)), stay(2)]
    assert rules.census(stays, day(0)) == (3, 0)
    assert rules.census(stays, day(1)) == (2, 1)
    assert rules.census(stays, day(11)) == (2, 0)
    assert rules.census([], day(0)) == (0, 0)


def test_the_average_is_that_of_thirty_days_up_to_the_day():
    assert rules.average_census([stay(-100)], day(0)) == 1
    assert rules.average_census([stay(-29)], day(0)) == 1
    assert rules.average_census([stay(-28)], day(0)) == pytest.approx(29 / 30)
    assert rules.average_census([stay(0), stay(1), stay(-90, -30)], day(0)) == pytest.approx(1 / 30)
    assert rules.average_census([stay(-100, None, (-40, -25))], day(0)) == pytest.approx(25 / 30)
    assert rules.average_census([stay(-100, None, (-100, 100))], day(0)) == 0
    assert rules.average_census([], day(0)) == 0


def test_arriving_and_leaving_are_by_day():
    late, early = stay(5, id=1), stay(1, 3, id=2)
    again = stay(1, 2, id=3)
    other = stay(7, 9, id=4)
    week = Range(day(0), day(6))
    assert rules.arriving([late, early, again, other], week) == [early, again, late]
    assert rules.leaving([late, early, again, other], week) == [again, early]


@pytest.mark.parametrize(
    ("there", "back"),
    [
        (stay(0, None, (1, 3)), 4),
        (stay(0, None, (1, 3), (4, 5)), 6),  # two that follow one another
        (stay(0, 4, (1, 3)), 4),
        (stay(0, 3, (1, 3)), None),  # ends with it
        (stay(0, 3, (1, 9)), None),
    ],
)
def test_somebody_on_leave_is_back_on_the_day_after_it(there, back):
    assert rules.returning_on(there, day(2)) == (None if back is None else day(back))


@pytest.mark.parametrize(
    ("outcome", "reason", "is_past", "words"),
    [
        (None, None, False, "Planned end"),
        (None, None, True, "Outcome not recorded"),
        (Outcome.COMPLETED, EndReason.COMPLETED, True, "Completed"),
        (Outcome.LEFT, EndReason.DROPPED_OUT, True, "Left: dropped out"),
        (Outcome.LEFT, None, True, "Left"),
    ],
)
def test_an_end_says_how_and_why(outcome, reason, is_past, words):
    ends = stay(0, 2, outcome=outcome, end_reason=reason)
    today = day(3 if is_past else 2)
    assert rules.end_words(ends, today, with_reasons=True) == words
    assert rules.end_words(ends, today, with_reasons=False) == words.partition(":")[0]


@pytest.mark.parametrize(
    ("number", "state"), [(0, "within"), (15, "within"), (16, "at limit"), (17, "over limit")]
)
def test_a_caseload_stands_somewhere_against_its_limit(number, state):
    assert rules.caseload_state(number, 16) == state


@st.composite
def lives(draw):
    first = draw(st.integers(-50, 20))
    last = draw(st.none() | st.integers(first, first + 60))
    leaves = []
    begins = first
    for gap, length in draw(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), max_size=3)):
        begins += gap
        if last is not None and begins + length > last:
            break
        leaves.append((begins, begins + length))
        begins += length + 1
    return stay(first, last, *leaves, program_id=draw(st.integers(1, 3)))


def naive_status(of: Enrollment, on: date) -> str:
    days = {of.from_on + timedelta(days=number) for number in range(200)}
    if of.until_on is not None:
        days = {each for each in days if each <= of.until_on}
    if on not in days:
        return "elsewhere"
    away = [leave for leave in of.leaves if on in span(leave)]
    return "on leave" if away else "active"


def span(leave: Leave) -> list[date]:
    length = (leave.until_on - leave.from_on).days
    return [leave.from_on + timedelta(days=number) for number in range(length + 1)]


@given(stays=st.lists(lives(), max_size=8), number=st.integers(-40, 40))
def test_the_census_of_a_day_equals_a_naive_count(stays, number):
    on = day(number)
    statuses = [naive_status(each, on) for each in stays]
    counted = statuses.count("active"), statuses.count("on leave")
    assert rules.census(stays, on) == counted
    by_program = [
        rules.census([each for each in stays if each.program_id == program], on)
        for program in (1, 2, 3)
    ]
    assert tuple(map(sum, zip(*by_program, strict=True))) == counted
    days = [on - timedelta(days=back) for back in range(30)]
    average = sum(rules.census(stays, each)[0] for each in days) / 30
    assert rules.average_census(stays, on) == pytest.approx(average)


@given(
    stays=st.lists(lives(), max_size=8),
    first=st.integers(-40, 30),
    length=st.integers(0, 40),
)
def test_arrivals_and_leavings_explain_the_difference_between_two_days(stays, first, length):
    one, other = day(first), day(first + length)
    come = rules.arriving(stays, Range(day(first + 1), other))
    gone = rules.leaving(stays, Range(one, day(first + length - 1)))
    before, after = (sum(rules.census(stays, each)) for each in (one, other))
    assert after - before == len(come) - len(gone)
    assert [each.from_on for each in come] == sorted(each.from_on for each in come)


@given(there=lives(), number=st.integers(-40, 40))
def test_whoever_is_on_leave_is_back_on_the_first_day_that_is_none(there, number):
    on = day(number)
    back = rules.returning_on(there, on)
    statuses = [standing(there, on + timedelta(days=ahead)) for ahead in range(80)]
    if statuses[0] != "on leave":
        return
    ahead = next(place for place, status in enumerate(statuses) if status != "on leave")
    expected = on + timedelta(days=ahead) if statuses[ahead] == "active" else None
    assert back == expected
    assert all(one == "on leave" for one, _ in pairwise(statuses[: ahead + 1]))
