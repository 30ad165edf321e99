from collections import Counter
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import NamedTuple

import pytest

from clinic.authorizations import rules
from clinic.authorizations.models import Unit
from clinic.authorizations.rules import Beyond, Due, More, Stage, Use, What
from clinic.billable.rules import Figures
from clinic.days import Range
from clinic.programs.models import Kind
from tests import chance

MONDAY = date(2026, 3, 2)
ALWAYS = Range(MONDAY - timedelta(days=100), None)
WARNINGS = rules.Warnings(14, 20)


def day(number):
    """So many days after the Monday."""
    return MONDAY + timedelta(days=number)


class Authorized(NamedTuple):
    id: int
    from_on: date
    until_on: date
    unit: Unit = Unit.DAY
    units: int = 20
    payer: str = "Blue Plan"
    code: str = "H0015"
    number: str = "A1"
    review_on: date | None = None


class Certified(NamedTuple):
    certified_on: date
    review_on: date | None = None


def authorized(first, last, *, number=1, **facts):
    return Authorized(number, day(first), day(last), **facts)


def uses(*days, stage=Stage.USED, minutes=180, ids=count(1)):  # noqa: B008  # goes on counting
    return [Use(next(ids), day(each), minutes, stage) for each in days]


def outlook(authorizations, used, *, enrolled=ALWAYS, today=0, figures=None):
    facts = {"enrolled": enrolled, "today": day(today), "figures": figures}
    return rules.outlook(authorizations, used, **facts)


def sums(found):
    return [(each.used, each.open, each.booked) for each in found.reaches]


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


DUES = [
    # Used or booked, the day of the week, the last day of the enrollment: what is due, and when.
    ((0, 60, 20), [], 0, None, None),
    ((0, 14, 20), [], 0, None, None),  # 15 days ahead
    ((0, 13, 20), [], 0, None, (What.RUNNING_OUT, 14)),
    ((0, 13, 20), [], 0, 13, None),  # nobody comes after that
    ((0, 60, 5), [0, 1, 2, 3], 4, None, (What.RUNNING_OUT, 8)),  # one of five is left: Tuesday
    ((0, 60, 4), [0, 1, 2, 3], 4, None, (What.ENDED, 3)),
    ((0, 10, 20), [0], 11, None, (What.ENDED, 10)),
    ((0, 10, 20), [0], 11, 10, None),  # the enrollment is over
    ((5, 10, 20), [], 0, None, None),  # nothing was authorized before
]


@pytest.mark.parametrize(("facts", "used", "today", "until", "expected"), DUES)
def test_what_runs_out_or_has_ended_is_said_before_it_is_too_late(
    facts, used, today, until, expected
):
    first, last, units = facts
    enrolled = Range(day(0), None if until is None else day(until))
    one = authorized(first, last, units=units)
    found = outlook([one], uses(*used), enrolled=enrolled, today=today)
    due = rules.due_of(found, enrolled=enrolled, today=day(today), warnings=WARNINGS)
    assert due == (expected and Due(expected[0], day(expected[1]), one))


def test_who_never_had_an_authorization_is_without_one_where_the_program_needs_it():
    facts = {"enrolled": Range(day(0), None), "today": day(3), "warnings": WARNINGS}
    nothing = outlook([], [])
    assert rules.due_of(nothing, **facts) is None
    due = rules.due_of(nothing, **facts, needs=True)
    assert due == Due(What.ENDED, day(0))
    assert rules.due_words(due, day(3)) == "Nothing authorized yet"


def test_an_authorization_that_another_one_follows_does_not_run_out():
    there = [authorized(0, 10, number=1), authorized(11, 90, number=2)]
    found = outlook(there, uses(0, 1), today=2)
    facts = {"enrolled": ALWAYS, "today": day(2), "warnings": WARNINGS}
    assert rules.due_of(found, **facts) is None
    gap = outlook([there[0], authorized(13, 90, number=2)], uses(4, 11, stage=Stage.BOOKED))
    assert rules.due_of(gap, **facts) == Due(What.RUNNING_OUT, day(11), there[0])


@pytest.mark.parametrize(
    ("certified", "days", "until", "due"),
    [
        (None, None, None, None),  # nobody asks for it
        (None, 30, None, 0),
        (0, None, None, 60),
        (20, 30, None, 50),
        (20, 30, 49, None),  # they have left by then
        (20, 30, 50, 50),
    ],
)
def test_a_certification_is_due_again_after_the_days_of_the_rule_set(certified, days, until, due):
    enrolled = Range(day(0), None if until is None else day(until))
    latest = None if certified is None else day(certified)
    found = rules.certification_due(latest, days=days, enrolled=enrolled)
    assert found == (None if due is None else day(due))


def test_one_that_is_over_is_shown_where_there_is_no_other():
    over, running = authorized(0, 5, number=1), authorized(6, 9, number=2)
    later = authorized(10, 20, number=3)
    found = outlook([later, over, running], [])
    for today, shown in ((3, [3, 2, 1]), (6, [3, 2]), (30, [3])):
        assert [each.authorization.id for each in found.shown_on(day(today))] == shown
    assert outlook([], []).shown_on(day(0)) == []


def test_everything_that_is_due_is_said_with_its_day():
    one = authorized(0, 90, review_on=day(10))
    later = authorized(0, 91, number=2, review_on=day(40))
    over = authorized(-9, -1, number=3, review_on=day(-3))
    found = outlook([one, later, over], [])
    certified = Certified(day(-50), day(3))
    facts = {"certified_for": None, "today": day(0), "warnings": WARNINGS}
    dues = list(rules.dues(found, certified, enrolled=ALWAYS, **facts))
    assert dues == [
        Due(What.CERTIFICATION, day(10)),
        Due(What.REVIEW, day(10), one),
        Due(What.REVIEW, day(3)),
    ]
    assert [rules.due_words(each, day(4)) for each in dues] == [
        "Certification due Thu, Mar 12",
        "Review by the payer due Thu, Mar 12",
        "Review of the plan of care was due Thu, Mar 5",
    ]
    gone = Range(day(-9), day(-1))
    assert list(rules.dues(found, certified, enrolled=gone, **facts)) == []
    ended = outlook([over], [])
    assert [
        rules.due_words(each, day(0)) for each in rules.dues(ended, None, enrolled=ALWAYS, **facts)
    ] == ["Nothing authorized after Sun, Mar 1"]
    few = outlook([authorized(0, 5)], [])
    assert [
        rules.due_words(each, day(0)) for each in rules.dues(few, None, enrolled=ALWAYS, **facts)
    ] == ["Nothing authorized from Sun, Mar 8 on"]


@pytest.mark.parametrize(
    ("one", "used", "today", "words"),
    [
        (
            authorized(-14, 30),
            [*uses(-14, -7), *uses(-1, stage=Stage.OPEN), *uses(2, 4, stage=Stage.BOOKED)],
            0,
            (
                "20 days authorized · 2 used · 1 not recorded · 2 booked"
                " · ends Wed, Apr 1 with 11 left at this pace"
            ),
        ),
        (
            authorized(-14, 30, units=3),
            uses(-14, -7),
            0,
            "3 days authorized · 2 used · runs out Mon, Mar 9 at this pace",
        ),
        (authorized(0, 30, units=1), uses(0), 1, "1 day authorized · 1 used · used up Mon, Mar 2"),
        (
            authorized(0, 3, units=2),
            uses(0),
            4,
            "2 days authorized · 1 used · ended Thu, Mar 5 with 1 left",
        ),
        (authorized(7, 30), [], 0, "20 days authorized · 0 used · begins Mon, Mar 9"),
        (
            authorized(0, 3, unit=Unit.HOUR, units=1),
            uses(0, minutes=50),
            4,
            "1 hour authorized · 50 min used · ended Thu, Mar 5 with 10 min left",
        ),
    ],
)
def test_how_far_an_authorization_reaches_is_one_line(one, used, today, words):
    (reach,) = outlook([one], used, today=today).reaches
    assert rules.line_words(reach, day(today)) == words


def test_what_an_act_brings_beyond_authorization_is_said_in_its_preview():
    before = {1: Beyond("A1", {7: day(1)}), 2: Beyond("A2", {})}
    after = {
        1: Beyond("A1", {7: day(1), 8: day(9), 9: day(5)}),
        2: Beyond("A2", {}),
        3: Beyond("A3", {5: day(2)}),
    }
    found = list(rules.more_beyond(before, after))
    assert found == [More(1, "A1", 2, day(5)), More(3, "A3", 1, day(2))]
    assert [
        rules.beyond_words(each, name) for each, name in zip(found, ("", "Jo"), strict=True)
    ] == [
        "2 sessions from Sat, Mar 7 on are beyond authorization A1.",
        "Jo: 1 session on Wed, Mar 4 is beyond authorization A3.",
    ]


def test_what_makes_no_sense_is_refused_in_a_sentence():
    enrolled = Range(day(0), day(30))
    assert (
        rules.why_not_days(day(3), day(2), enrolled=enrolled) == "The last day is before the first."
    )
    assert rules.why_not_days(day(31), day(40), enrolled=enrolled) == (
        "The enrollment runs from Mar 2, 2026 to Apr 1, 2026: choose days of it."
    )
    assert rules.why_not_days(day(-9), day(-1), enrolled=Range(day(0), None)) == (
        "The enrollment runs from Mar 2, 2026 on: choose days of it."
    )
    assert rules.why_not_days(day(30), day(90), enrolled=enrolled) is None
    assert [rules.why_not_units(each) for each in (-1, 0, 1, 9999, 10000)] == [
        rules.NO_UNITS,
        rules.NO_UNITS,
        None,
        None,
        rules.NO_UNITS,
    ]
    assert rules.why_not_certified(day(1), today=day(0)) == rules.NOT_YET
    assert rules.why_not_certified(day(0), today=day(0)) is None
    assert rules.why_not_review(day(0), certified_on=day(1)) == rules.REVIEW_BEFORE
    assert rules.why_not_review(None, certified_on=day(1)) is None


def test_another_authorization_begins_where_the_last_one_ends():
    assert rules.follow_up([]) == {}
    assert rules.follow_up([authorized(0, 1), authorized(0, 9, code="S9480")]) == {
        "payer": "Blue Plan",
        "code": "S9480",
        "unit": "day",
        "from_on": day(10),
    }
