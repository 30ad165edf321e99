from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.days import DAY
from clinic.programs.models import Kind, Measure, Population, Rule
from clinic.schedule.rules.seats import (
    free_seats,
    group_rail,
    seat_warnings,
    why_full,
    why_not_people,
    why_too_few_seats,
    why_too_many,
)
from clinic.schedule.rules.sessions import clash_sentence


def day(text):
    return date.fromisoformat(text)


@given(st.sets(st.integers(1, 15)), st.integers(1, 15))
def test_free_seats_are_those_that_nobody_has_lowest_first(taken, seats):
    free = list(free_seats(taken, seats))
    assert free == sorted(set(range(1, seats + 1)) - taken)


def test_too_few_seats_are_told_with_their_numbers():
    monday = day("2026-03-02")
    assert why_too_few_seats("Skills", monday, booked=8, seats=8) is None
    assert why_too_few_seats("Skills", monday, booked=9, seats=8) == (
        "Skills on Mon, Mar 2 has 9 people on its roster, 8 seats."
    )


@pytest.mark.parametrize(
    ("number", "listed"),
    [
        (1, "Mon, Mar 2"),
        (3, "Mon, Mar 2; Tue, Mar 3; Wed, Mar 4"),
        (4, "Mon, Mar 2; Tue, Mar 3; Wed, Mar 4 and 1 more day"),
        (6, "Mon, Mar 2; Tue, Mar 3; Wed, Mar 4 and 3 more days"),
    ],
)
def test_full_days_are_named_the_first_three_of_them_in_order(number, listed):
    full = [day("2026-03-02") + n * DAY for n in reversed(range(number))]
    assert why_full("Skills", full) == f"Skills has no free seat on {listed}."
    clash = clash_sentence("Skills and Process", full)
    assert clash == f"Skills and Process are at the same time on {listed}."


def test_a_group_without_full_days_is_not_full():
    assert why_full("Skills", []) is None


@pytest.mark.parametrize(
    ("people", "seats", "sentence"),
    [
        ([1], 1, None),
        ([1, 2], 3, None),
        ([], 3, "Choose who it is for."),
        ([1, 2, 1], 3, "The same person is chosen twice."),
        ([1, 2], 1, "2 people cannot sit on 1 seat."),
    ],
)
def test_everyone_has_a_seat_of_their_own(people, seats, sentence):
    assert (why_not_people(people) or why_too_many(len(people), seats)) == sentence


def figure_of(measure, value, leaders=None):
    return Rule(measure=measure, value=value, leaders=leaders, kind=Kind.GROUP, population=None)


@pytest.mark.parametrize(
    ("seats", "leaders", "said"),
    [
        (
            13,
            1,
            ["The rule set allows 12 in a session of this kind with 1 leader, not 13."],
        ),
        (13, 2, []),
        (
            17,
            2,
            ["The rule set allows 16 in a session of this kind with 2 leaders, not 17."],
        ),
        (2, 1, []),
        (1, 1, ["The rule set asks for places for 2 or more in a session of this kind."]),
    ],
)
def test_the_seats_of_a_rule_set_warn(seats, leaders, said):
    figures = [
        figure_of(Measure.SEATS_MAX, 12),
        figure_of(Measure.SEATS_MAX, 16, leaders=2),
        figure_of(Measure.SEATS_MIN, 2),
    ]
    asked = {"seats": seats, "leaders": leaders, "population": Population.ADULT}
    assert seat_warnings(figures, kind=Kind.GROUP, **asked) == said
    assert seat_warnings(figures, kind=Kind.FAMILY, **asked) == []


EIGHT = "With 1 leader this group may hold 8 (Ours): 10 are here."
FEW = (
    Rule(measure=Measure.SEATS_MAX, kind=Kind.GROUP, leaders=1, value=8),
    Rule(measure=Measure.SEATS_MAX, kind=Kind.GROUP, leaders=2, value=12),
    Rule(measure=Measure.SEATS_MIN, kind=Kind.GROUP, value=2),
)


@pytest.mark.parametrize(
    ("people", "leaders", "said", "is_broken"),
    [
        (8, 1, "With 1 leader this group may hold 8 (Ours).", False),
        (10, 1, f"{EIGHT} With 2 leaders it may hold 12.", True),
        (13, 2, "With 2 leaders this group may hold 12 (Ours): 13 are here.", True),
        (1, 1, "This group needs 2 or more (Ours): 1 is here.", True),
        (2, 3, "With 3 leaders this group may hold 12 (Ours).", False),
    ],
)
def test_a_rule_set_says_how_many_may_be_there_with_as_many_leaders(
    people, leaders, said, is_broken
):
    facts = {"kind": Kind.GROUP, "population": Population.ADULT, "rule_set": "Ours"}
    assert group_rail(FEW, people=people, leaders=leaders, **facts) == (said, is_broken)


def test_a_rule_set_may_say_nothing_of_a_session_that_nobody_leads():
    facts = {"kind": Kind.GROUP, "population": Population.ADULT, "rule_set": "Ours"}
    assert group_rail(FEW, people=13, leaders=0, **facts) is None


def test_without_a_leader_or_with_one_more_it_may_be_otherwise():
    alone = (Rule(measure=Measure.SEATS_MAX, value=4), FEW[0])
    facts = {"kind": Kind.GROUP, "population": Population.ADULT, "rule_set": "Ours"}
    assert group_rail(alone, people=5, leaders=0, **facts) == (
        "With no leader this group may hold 4 (Ours): 5 are here. With 1 leader it may hold 8.",
        True,
    )
    family = facts | {"kind": Kind.FAMILY}
    assert group_rail(alone, people=5, leaders=1, **family) == (
        "With 1 leader this session may hold 4 (Ours): 5 are here.",
        True,
    )
