from datetime import date
from typing import NamedTuple

import pytest

from clinic.authorizations import rules
from clinic.authorizations.rules import Beyond, Due, More, What
from clinic.coverage.models import Unit
from clinic.coverage.rules import Stage
from clinic.days import Range
from tests.coverage.authorized import ALWAYS, authorized, day, outlook, uses

WARNINGS = rules.Warnings(14, 20)


class Certified(NamedTuple):
    certified_on: date
    review_on: date | None = None


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


def test_another_authorization_begins_after_the_last_one_ends_or_runs_out():
    assert rules.follow_up(outlook([], [])) == {}
    there = [authorized(0, 1), authorized(0, 9, number=2, code="S9480")]
    goes_on = {"payer": "Blue Plan", "code": "S9480", "unit": "day"}
    assert rules.follow_up(outlook(there, [])) == goes_on | {"from_on": day(10)}
    used_up = [authorized(0, 9, units=2, code="S9480")]
    found = outlook(used_up, uses(0, 3), today=5)
    assert rules.follow_up(found) == goes_on | {"from_on": day(4)}


def test_another_authorization_begins_on_the_day_that_the_last_one_does_not_cover_whole():
    one = authorized(0, 9, units=2, unit=Unit.SESSION)
    booked = uses(0, 3, 3, stage=Stage.BOOKED)  # the second session of the day is beyond it
    assert rules.follow_up(outlook([one], booked, today=1))["from_on"] == day(3)


def test_what_an_act_brings_many_beyond_authorization_is_counted_and_said_by_name():
    found = [More(7, "A1", 2, day(5)), More(3, "A3", 1, day(2)), More(4, "", 1, day(9))]
    part = rules.beyond_part(found, {7: "Alex", 3: "Sam", 4: "Sam"})
    assert part.sentences == ("3 people go beyond what is authorized, from Wed, Mar 4 on.",)
    (who,) = part.lists
    assert who.sentences == (
        "Alex: 2 sessions from Sat, Mar 7 on are beyond authorization A1.",
        "Sam: 1 session on Wed, Mar 4 is beyond authorization A3.",
        "Sam: 1 session on Wed, Mar 11 is beyond what is authorized.",
    )


def test_one_number_and_code_has_no_day_twice():
    one = authorized(5, 9)
    days = [(0, 4), (0, 5), (5, 9), (6, 7), (9, 12), (10, 12)]
    found = [rules.why_not_again([one], day(first), day(last)) for first, last in days]
    assert [each and each.endswith(rules.OVERLAPS) for each in found] == [
        None,
        True,
        False,
        True,
        True,
        None,
    ]
    assert found[2] == rules.TWICE
    assert rules.why_not_again([], day(0), day(9)) is None
    assert (rules.why_not_code("H0015"), rules.why_not_code("H 0015")) == (None, rules.CODE_SPACES)
