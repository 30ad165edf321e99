from datetime import date

import pytest
from sqlalchemy import select

from clinic.accounts import queries
from clinic.accounts.actions import time_off
from clinic.accounts.models import Staff
from clinic.db import db, transaction
from clinic.errors import Refused
from clinic.trail import SYSTEM, TrailEvent
from tests import make
from tests.race import race

NOON = make.instant("2026-03-02 12:00")
TAKEN = "There is time off from Mar 9, 2026 to Mar 13, 2026 already. Change that instead."


def days(first, last, reason=None):
    return {
        "from_on": date.fromisoformat(first),
        "until_on": date.fromisoformat(last),
        "reason": reason,
        "by": SYSTEM,
        "now": NOON,
    }


def kept(staff):
    return [
        (str(away.from_on), str(away.until_on), away.reason)
        for away in queries.time_off_of(staff.id)
    ]


def trail():
    events = db.scalars(select(TrailEvent).order_by(TrailEvent.id))
    return [(event.verb, event.facts) for event in events]


def test_time_off_is_kept_and_its_reason_is_not_in_the_trail(app):
    ana = make.staff()
    time_off.add_time_off(ana, **days("2026-03-09", "2026-03-13", "surgery"))
    assert kept(ana) == [("2026-03-09", "2026-03-13", "surgery")]
    facts = f'{{"from_on":"2026-03-09","staff":{ana.id},"until_on":"2026-03-13"}}'
    assert trail() == [("time_off.added", facts)]


def test_days_off_overlap_only_with_those_of_others(app):
    ana, ben = make.staff(), make.staff()
    make.time_off(ana, "2026-03-09", "2026-03-13")
    with pytest.raises(Refused) as refused:
        time_off.add_time_off(ana, **days("2026-03-13", "2026-03-20"))
    assert refused.value.sentence == TAKEN
    time_off.add_time_off(ana, **days("2026-03-14", "2026-03-14"))
    time_off.add_time_off(ben, **days("2026-03-13", "2026-03-20"))
    assert (len(kept(ana)), len(kept(ben))) == (2, 1)


def test_the_last_day_is_not_before_the_first(app):
    with pytest.raises(Refused) as refused:
        time_off.add_time_off(make.staff(), **days("2026-03-13", "2026-03-09"))
    assert refused.value.sentence == "The last day is before the first."


def test_time_off_is_shortened_and_the_same_again_changes_nothing(app):
    ana = make.staff()
    away = make.time_off(ana, "2026-03-09", "2026-03-13")
    shorter = days("2026-03-09", "2026-03-10", "course")
    assert [time_off.change_time_off(away, **shorter) for _ in range(2)] == [True, False]
    assert kept(ana) == [("2026-03-09", "2026-03-10", "course")]
    assert [verb for verb, _ in trail()] == ["time_off.changed"]


def test_time_off_is_not_moved_onto_other_days_off(app):
    ana = make.staff()
    make.time_off(ana, "2026-03-09", "2026-03-13")
    away = make.time_off(ana, "2026-03-20")
    with pytest.raises(Refused) as refused:
        time_off.change_time_off(away, **days("2026-03-10", "2026-03-10"))
    assert refused.value.sentence == TAKEN


def test_removed_time_off_is_gone(app):
    ana = make.staff()
    time_off.remove_time_off(make.time_off(ana, "2026-03-09"), by=SYSTEM, now=NOON)
    assert kept(ana) == []
    assert trail() == [("time_off.removed", f'{{"staff":{ana.id}}}')]


def test_the_same_days_are_noted_once_also_when_two_do_it_together(app):
    ana = make.staff()

    def add(first):
        def call():
            with transaction():
                person = db.get(Staff, ana.id)
                time_off.add_time_off(person, **days(first, "2026-03-13"))

        return call

    answers = race(app, add("2026-03-09"), add("2026-03-10"))
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "Refused"]
    assert len(kept(ana)) == 1
