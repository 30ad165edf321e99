"""A second implementation of the arithmetic, written from its definition, says the same of weeks.

A few hundred weeks as a rule; 10,000 in `make torture`, each time others.
"""

from random import Random, SystemRandom

import pytest

from clinic.billable.queries import days
from clinic.db import db
from clinic.hours.queries import weeks_of, weeks_on
from tests.chance import TORTURE
from tests.hours import histories, second

pytestmark = pytest.mark.torture
WEEKS, PEOPLE = (10_000, 40) if TORTURE else (300, 30)


def test_two_implementations_agree_on_every_week(app):
    chance = Random(SystemRandom().random() if TORTURE else 11)
    number, wrong = 0, []
    while number < WEEKS and not wrong:
        seed = chance.randrange(2**32)
        found = histories.world(Random(seed), people=PEOPLE)
        histories.store(found)
        for week in found.weeks:
            said = {each.enrollment_id: each.hours for each in weeks_on(week, now=found.now)}
            number += len(said)
            wrong += [(seed, *each) for each in differences(found, week, said)]
        wrong += [(seed, *each) for each in days_that_differ(found)]
        db.expunge_all()
    assert wrong == []


def test_a_few_people_by_themselves_have_the_same_weeks(app):
    found = histories.world(Random(5), people=8)
    histories.store(found)
    ids = [life.id for life in found.lives]
    weeks = weeks_of(ids[::2], now=found.now, first=found.weeks[0], last=found.weeks[-1])
    assert {each.enrollment_id for each in weeks} <= {*ids[::2]}
    for week in found.weeks:
        said = {each.enrollment_id: each.hours for each in weeks if each.hours.week == week}
        few = [life for life in found.lives if life.id in said]
        assert differences(found, week, said, among=few) == []


def differences(found, week, said, *, among=None):
    """What the two say of the people of a week, where they do not say the same."""
    wrong = []
    for life in among or found.lives:
        is_there = life.from_on <= week + 6 * second.DAY and (life.until_on or week) >= week
        answer = second.answer(
            life, week, now=found.now, lives=found.lives, meetings=found.meetings
        )
        hours = said.get(life.id)
        assert (hours is not None) is is_there
        if is_there and (told := told_of(hours)) != answer:
            wrong.append((life.id, week, told, answer))
    return wrong


def told_of(hours):
    sums = hours.balance
    return second.Answer(
        sums.planned,
        sums.delivered,
        sums.unconfirmed,
        sums.upcoming,
        sums.make_up,
        sums.service_days,
        hours.target.min_minutes,
        hours.missing,
        hours.state.value.replace("_", " ").replace("needs make up", "needs make-up"),
    )


def days_that_differ(found):
    """What the two say a day is worth, where they do not say the same."""
    first, last = found.weeks[0], found.weeks[-1] + 6 * second.DAY
    said = {
        (each.enrollment_id, each.day): second.Worth(
            each.billable.minutes, each.billable.services, each.billable.units
        )
        for each in days(first, last, now=found.now)
    }
    there = [each for each in found.lives if each.from_on <= last]
    there = [each for each in there if each.until_on is None or each.until_on >= first]
    expected = {
        (life.id, first + number * second.DAY): second.worth(
            life, first + number * second.DAY, now=found.now
        )
        for life in there
        for number in range(7 * len(found.weeks))
    }
    return [
        (*key, told, worth)
        for key, worth in expected.items()
        if (told := said.get(key, second.Worth())) != worth
    ]
