"""Two leaders take the same sheet at the same time: neither writes over what the other has set.

10 rounds as a rule; 500 in `make torture`. Each has the sheet as it was before the round.
"""

import random

import pytest

from clinic.attendance import actions, queries
from clinic.audit.queries import bookings_compared
from clinic.db import db, transaction
from clinic.errors import Refused
from clinic.schedule.models import Booking, Status
from clinic.trail import Actor
from tests import make
from tests.chance import TORTURE
from tests.race import race

pytestmark = pytest.mark.torture

ROUNDS = 500 if TORTURE else 10
ANA, BEN = Actor("account", 1), Actor("account", 2)
NOON = make.instant("2026-03-02 12:00")
MARKS = [each for each in Status if each is not Status.EXPECTED]


def test_of_two_leaders_on_one_sheet_neither_overwrites_the_other(app):
    chance = random.Random() if TORTURE else random.Random(7)
    session = make.session()
    ids = [make.booking(session).id for _ in range(4)]
    session_id = session.id
    make.saved()
    wrong = []  # told that it is set, and it is not so; or changed by nobody
    for _ in range(ROUNDS):
        there = [db.get_one(Booking, each, populate_existing=True) for each in ids]
        seen = {each.id: each.version for each in there}
        before = {each.id: each.status for each in there}
        presses = [
            [(booking_id, chance.choice(MARKS)) for booking_id in chance.sample(ids, 3)]
            for _ in (ANA, BEN)
        ]

        def taking(by, mine, seen=seen):
            def call():
                return [press(session_id, each, status, seen[each], by) for each, status in mine]

            return call

        answers = race(app, *map(taking, (ANA, BEN), presses))
        there = {each: db.get_one(Booking, each, populate_existing=True).status for each in ids}
        wrong += [
            (booking_id, status)
            for mine, told in zip(presses, answers, strict=True)
            for (booking_id, status), is_set in zip(mine, told, strict=True)
            if is_set and status not in (there[booking_id], before[booking_id])
        ]
        pressed = {booking_id for mine in presses for booking_id, _ in mine}
        wrong += [each for each in ids if each not in pressed and there[each] != before[each]]
    assert wrong == []
    assert bookings_compared().sentences == []


def press(session_id, booking_id, status, version, by):
    """Whether it is marked so now; the other one was first where it is not."""
    try:
        with transaction():
            booking = queries.get_booking(session_id, booking_id, scope=None)
            actions.mark(booking, status=status, version=version, by=by, now=NOON)
    except Refused as refused:
        if "has just been marked" not in refused.sentence:
            raise
        return False
    return True
