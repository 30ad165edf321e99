from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from clinic.db import db, savepoint, transaction
from clinic.schedule.actions.enrollments import call_off
from clinic.told.actions import keep
from clinic.told.models import State, ToldState
from clinic.told.rules import Said
from clinic.trail import SYSTEM
from tests import make
from tests.race import race

MONDAY = date(2026, 3, 2)
NOW = make.instant("2026-03-03 12:00")


def kept():
    statement = select(ToldState.number, ToldState.state, ToldState.day, ToldState.missing)
    return [tuple(row) for row in db.execute(statement.order_by(ToldState.number))]


def said(enrollment_id, state, day=3):
    return Said(enrollment_id, MONDAY, date(2026, 3, day), state, 90, 450)


def test_a_row_each_time_that_something_else_is_so(app):
    make.organization()
    one = make.enrollment().id
    assert keep([], now=NOW) == 0
    for state, day, number in (
        (State.ON_COURSE, 2, 1),
        (State.ON_COURSE, 3, 0),
        (State.NEEDS_MAKE_UP, 3, 1),
        (State.NEEDS_MAKE_UP, 4, 0),
        (State.ON_COURSE, 5, 1),
    ):
        assert keep([said(one, state, day)], now=NOW) == number
    assert kept() == [
        (1, State.ON_COURSE, date(2026, 3, 2), 90),
        (2, State.NEEDS_MAKE_UP, date(2026, 3, 3), 90),
        (3, State.ON_COURSE, date(2026, 3, 5), 90),
    ]


def test_two_servers_keep_the_same_once(app):
    make.organization()
    enrollment_id = make.enrollment().id

    def keeping():
        with transaction():
            return keep([said(enrollment_id, State.NEEDS_MAKE_UP)], now=NOW)

    assert sorted(race(app, keeping, keeping, keeping)) == [0, 0, 1]
    assert len(kept()) == 1


def test_the_database_keeps_nothing_twice(app):
    one = make.enrollment()
    make.told_state(one, "2026-03-03", State.ON_COURSE)
    with pytest.raises(IntegrityError), savepoint():
        make.told_state(one, "2026-03-04", State.REACHED)


def test_it_goes_with_an_enrollment_that_is_removed(app):
    one = make.enrollment(from_on="2026-04-06")
    make.told_state(one, "2026-03-03", State.PARTIAL)
    call_off(one, by=SYSTEM, now=NOW)
    assert kept() == []
