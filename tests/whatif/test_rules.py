from datetime import date
from types import SimpleNamespace

import pytest

from clinic.consequences import Change
from clinic.days import MIDNIGHT, WeeklyTime
from clinic.effects.rules import NOBODY
from clinic.hours.rules import Balance, State, Target, WeekOf
from clinic.whatif import rules
from clinic.whatif.rules import Tried
from tests import make

MONDAY = date(2026, 3, 2)
NINE = Target(date(2026, 1, 5), 540, 720, None)


def week(first=MONDAY, missing=0, planned=540):
    balance = Balance(planned, 0, 0, 540 - missing, 0, 3)
    return WeekOf(first, NINE, balance, State.ON_COURSE, missing, ())


def test_nothing_is_tried_without_a_group_or_a_time():
    assert Tried(MONDAY).why_not == rules.NOTHING
    assert Tried(MONDAY, 3).why_not is None
    assert Tried(MONDAY, away=(WeeklyTime(0, 0, 60),)).why_not is None


def test_days_off_are_whole_days_beside_the_times_of_the_week():
    job = WeeklyTime(0, 8 * 60, 16 * 60)
    assert rules.away_on([4, 2], [job]) == (
        WeeklyTime(2, 0, MIDNIGHT),
        WeeklyTime(4, 0, MIDNIGHT),
        job,
    )


def session(day, start, end):
    return SimpleNamespace(
        day=date.fromisoformat(day),
        starts_at=make.instant(f"{day} {start}"),
        ends_at=make.instant(f"{day} {end}"),
        timezone=make.ZONE,
    )


def test_sessions_at_those_times_from_that_day_on_are_missed():
    before = session("2026-03-02", "10:00", "11:00")
    touching = session("2026-03-09", "16:00", "17:00")
    inside = session("2026-03-09", "15:00", "17:00")
    other_day = session("2026-03-10", "10:00", "11:00")
    tried = Tried(date(2026, 3, 3), away=(WeeklyTime(0, 8 * 60, 16 * 60),))
    assert rules.missed([before, touching, inside, other_day], tried) == [inside]


def test_this_week_and_the_next_are_shown_before_and_after():
    far = date(2026, 3, 16)
    before = NOBODY._replace(weeks={(1, MONDAY): week(missing=60), (1, far): week(far)})
    after = NOBODY._replace(
        programs={1: "IOP"},
        weeks={(1, MONDAY): week(), (1, date(2026, 3, 9)): week(date(2026, 3, 9)), (1, far): 0},
    )
    assert rules.turned(before, after, this=MONDAY) == [
        Change("This week, Mar 2", week(missing=60), week(), "IOP"),
        Change("Next week, Mar 9", None, week(date(2026, 3, 9)), "IOP"),
    ]


def test_the_sessions_that_come_are_added_by_start():
    one, two, there = (
        SimpleNamespace(id=each, starts_at=make.instant(f"2026-03-0{9 - each} 10:00"))
        for each in (1, 2, 3)
    )
    before = NOBODY._replace(meetings={3: there})
    after = NOBODY._replace(meetings={1: one, 2: two, 3: there})
    assert rules.added(before, after) == [two, one]


@pytest.mark.parametrize(
    ("was", "will", "words"),
    [
        (week(), week(), "Nothing changes in these two weeks."),
        (week(missing=30), week(missing=120), "1 h 30 min more would be missing."),
        (week(missing=90), week(missing=30), "30 min would still be missing."),
        (week(missing=90), week(), "Nothing would be missing."),
        (None, week(missing=90), "1 h 30 min more would be missing."),
        (week(), None, "Nothing would be missing."),
        (
            week(missing=30),
            week(missing=30, planned=600),
            "The hours change, but not what is missing.",
        ),
    ],
)
def test_what_it_comes_to_is_one_sentence(was, will, words):
    assert rules.verdict([Change("This week", was, will)]) == words


def test_somebody_to_choose_is_named_with_what_is_missing():
    each = SimpleNamespace(name="Jordan Avery", hours=week(missing=90))
    assert rules.short_words(each) == "Jordan Avery, 1 h 30 min missing in the week of Mar 2"
