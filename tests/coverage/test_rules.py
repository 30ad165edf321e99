from collections import Counter
from random import Random

import pytest

from clinic.billable.rules import Figures
from clinic.coverage import rules
from clinic.coverage.models import Unit
from clinic.coverage.rules import Stage
from clinic.days import Range
from clinic.programs.models import Kind
from tests import chance
from tests.coverage.authorized import authorized, day, outlook, sums, uses


@pytest.mark.parametrize(
    ("number", "which"),
    [(-1, None), (0, 1), (9, 1), (10, 2), (11, 2), (12, 2), (13, None), (20, 3), (30, 3), (31, 4)],
)
def test_a_day_falls_under_the_authorization_that_ends_first(number, which):
    found = [
        authorized(25, 31, number=4),
        authorized(20, 30, number=3),
        authorized(5, 12, number=2),
        authorized(0, 9, number=1),
    ]
    one = rules.covers(found, day(number))
    assert (one and one.id) == which


@pytest.mark.parametrize(
    ("unit", "used", "over"),
    [
        # Two sessions on the first day, one not recorded on the second, one booked on the third.
        (Unit.DAY, (1, 1, 1), 17),
        (Unit.SESSION, (2, 1, 1), 16),
        (Unit.HOUR, (275, 180, 180), 1200 - 635),
    ],
)
def test_units_are_days_sessions_or_minutes_that_are_never_rounded(unit, used, over):
    there = [
        *uses(0, minutes=95),
        *uses(0),
        *uses(1, stage=Stage.OPEN),
        *uses(2, stage=Stage.BOOKED),
    ]
    found = outlook([authorized(0, 2, unit=unit)], there, today=1)
    assert sums(found) == [used]
    assert found.reaches[0].over == over
    assert found.reaches[0].full_on is None
    assert found.beyond == []


def test_a_day_that_has_begun_uses_its_unit_once():
    there = [*uses(0), *uses(0, stage=Stage.BOOKED)]
    assert sums(outlook([authorized(0, 9)], there)) == [(1, 0, 0)]


def test_a_day_uses_a_unit_where_it_can_be_billed():
    figures = Figures(minutes_min=180, session_min=((Kind.GROUP, 45),))
    there = [
        *uses(0, minutes=100),
        *uses(0, minutes=80),
        *uses(7, minutes=120),  # too little for a day, and beyond nothing
        *uses(14, minutes=140),
        *uses(14, minutes=40),  # of a session that is too short to count
    ]
    found = outlook([authorized(0, 40, units=2)], there, today=21, figures=figures)
    assert sums(found) == [(1, 0, 0)]
    assert found.beyond == []
    assert found.reaches[0].full_on is None  # one Monday in three: 28, 35
    assert (found.reaches[0].over, found.first_beyond) == (1, day(42))


def test_of_one_payer_and_code_the_one_that_ends_first_is_used_first_then_the_next():
    long, short = authorized(0, 30, number=1, units=9), authorized(0, 20, number=2, units=2)
    found = outlook([long, short], uses(0, 1, 2, 25), today=26)
    assert [each.authorization.id for each in found.reaches] == [2, 1]
    assert sums(found) == [(2, 0, 0), (2, 0, 0)]
    assert [each.full_on for each in found.reaches] == [day(1), None]


def test_what_is_left_of_hours_is_used_up_and_the_rest_is_the_next_ones():
    short = authorized(0, 20, number=1, unit=Unit.HOUR, units=4)
    long = authorized(0, 30, number=2, unit=Unit.SESSION, units=9)
    found = outlook([short, long], uses(0, 1), today=1)
    assert sums(found) == [(240, 0, 0), (1, 0, 0)]
    assert outlook([short], there := uses(0, 1), today=1).beyond == there[1:]


def test_payers_and_codes_are_used_side_by_side_and_cover_together():
    one, other = authorized(0, 9, units=1), authorized(0, 9, number=2, units=2, payer="State")
    there = uses(0, 1, 2)
    found = outlook([one, other], there, today=3)
    assert sums(found) == [(1, 0, 0), (2, 0, 0)]
    assert found.beyond == there[2:]


@pytest.mark.parametrize(
    ("booked", "full_on", "first_beyond", "over"),
    [
        ([], 9, 14, 0),  # Monday and Wednesday as in the last two weeks, first on this Wednesday
        ([1, 3], 7, 9, 0),  # what is booked, then Monday
        ([1, 3, 4, 5], 4, 5, 0),
        ([15], 21, 23, 0),  # until then what is booked counts alone
    ],
)
def test_it_runs_out_by_what_is_booked_and_then_at_the_pace_of_the_last_weeks(
    booked, full_on, first_beyond, over
):
    there = [*uses(-14, -12, -7, -5), *uses(*booked, stage=Stage.BOOKED)]
    found = outlook([authorized(-14, 60, units=7)], there, today=0)
    (reach,) = found.reaches
    assert (reach.full_on, reach.over) == (day(full_on), over)
    assert found.first_beyond == day(first_beyond)


def test_one_who_comes_half_of_the_weeks_uses_half_a_day_a_week():
    found = outlook([authorized(-28, 90, units=4)], uses(-28, -14), today=0)
    assert found.reaches[0].full_on == day(28)  # 7, 14: one; 21, 28: the other
    assert found.reaches[0].booked == 0  # nothing is
    assert found.first_beyond == day(35)


def test_it_ends_with_some_left_where_nobody_comes_so_often():
    found = outlook([authorized(-7, 20, units=9)], uses(-7), today=0)
    assert (found.reaches[0].full_on, found.reaches[0].over) == (None, 6)  # 7 and 14
    assert found.first_beyond == day(21)
    ends = Range(day(-7), day(18))
    assert outlook([authorized(-7, 20)], uses(-7), enrolled=ends).first_beyond is None


def test_nothing_is_used_twice_nor_lost():
    """A plain recount of one payer's: each session is used by one, or is beyond."""
    draw = Random() if chance.TORTURE else Random(7)
    for _ in range(5000 if chance.TORTURE else 100):
        there = [
            authorized(
                first := draw.randrange(30),
                first + draw.randrange(20),
                number=number,
                units=draw.randint(1, 6),
                unit=Unit.SESSION,
            )
            for number in range(draw.randint(1, 4))
        ]
        booked = uses(*sorted(draw.choices(range(50), k=12)))
        found = outlook(there, booked, today=60)
        left = {each.id: each.units for each in there}
        beyond = []
        for use in booked:
            fits = [one for one in there if one.from_on <= use.day <= one.until_on and left[one.id]]
            if fits:
                left[min(fits, key=lambda one: (one.until_on, one.from_on, one.id)).id] -= 1
            else:
                beyond.append(use)
        assert found.beyond == beyond
        assert Counter({each.authorization.id: each.over for each in found.reaches}) == left


def test_one_that_is_over_is_shown_where_there_is_no_other():
    over, running = authorized(0, 5, number=1), authorized(6, 9, number=2)
    later = authorized(10, 20, number=3)
    found = outlook([later, over, running], [])
    for today, shown in ((3, [3, 2, 1]), (6, [3, 2]), (30, [3])):
        assert [each.authorization.id for each in found.shown_on(day(today))] == shown
    assert outlook([], []).shown_on(day(0)) == []


@pytest.mark.parametrize(
    ("units", "wanted", "is_within"),
    [
        (20, 3, True),
        (20, 31, False),  # after its last day
        (20, -1, False),
        (2, 3, False),  # both are booked
        (2, 7, True),  # a day that is used anyhow
        (3, 3, True),
    ],
)
def test_one_more_session_is_within_what_is_authorized_or_beyond(units, wanted, is_within):
    (one,) = uses(wanted, stage=Stage.BOOKED)
    there = uses(0, 7, stage=Stage.BOOKED)
    assert rules.Cover([authorized(0, 30, units=units)], there).covers(one) is is_within


def test_nothing_is_beyond_where_nothing_was_ever_authorized_or_nothing_is_used():
    one, used = uses(3, stage=Stage.BOOKED), uses(0)
    assert rules.NOTHING.covers(*one)
    assert rules.Cover([], used).covers(*one)
    assert rules.Cover([authorized(9, 12)], used).covers(one[0]._replace(minutes=0))


def test_one_more_session_may_make_the_day_that_can_be_billed():
    figures = Figures(minutes_min=180)
    there = [*uses(0, minutes=100), *uses(1)]
    (more,) = uses(0, minutes=80)
    full = [authorized(0, 30, units=1)]
    assert not rules.Cover(full, there, figures).covers(more)
    assert rules.Cover(full, there, figures).covers(more._replace(minutes=79))
