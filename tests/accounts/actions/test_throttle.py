from datetime import timedelta

from sqlalchemy import select

from clinic.accounts import rules
from clinic.accounts.actions import throttle
from clinic.accounts.models import Throttle
from clinic.db import db, transaction
from tests import make
from tests.race import race

NOON = make.instant("2026-03-02 12:00")
PERSON = {"somebody": rules.PER_PERSON}


def test_tries_begin_anew_when_the_window_is_over(app):
    first = [throttle.count_tries(PERSON, now=NOON) for _ in range(6)]
    in_time = throttle.count_tries(PERSON, now=NOON + timedelta(minutes=14, seconds=59))
    after = throttle.count_tries(PERSON, now=NOON + timedelta(minutes=15))
    assert (first, in_time, after) == ([True] * 5 + [False], False, True)
    kept = db.scalars(select(Throttle)).one()
    assert (kept.tries, kept.began_at) == (1, NOON + timedelta(minutes=15))


def test_every_bucket_must_have_a_try_left(app):
    limits = {"one": rules.Limit(1, timedelta(hours=1), is_cleared_by_success=True)}
    assert throttle.count_tries(PERSON | limits, now=NOON) is True
    assert throttle.count_tries(PERSON | limits, now=NOON) is False


def test_tries_at_the_same_moment_are_each_counted(app):
    def count():
        with transaction():
            return throttle.count_tries(PERSON, now=NOON)

    assert sorted(race(app, *[count] * 8)) == [False] * 3 + [True] * 5
