import json
from datetime import date

import pytest
from sqlalchemy import select

from clinic.closures import actions
from clinic.db import db
from clinic.errors import Refused
from clinic.programs.models import Closure
from clinic.schedule.actions.rosters import fill
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Session, Status
from clinic.trail import SYSTEM, TrailEvent
from tests import make

NOW = make.instant("2026-03-02 10:30")
DONE = {"by": SYSTEM, "now": NOW}


def day(number):
    return date(2026, 3, number)


def events():
    rows = db.execute(select(TrailEvent.verb, TrailEvent.facts).order_by(TrailEvent.id))
    return [(verb, json.loads(facts)) for verb, facts in rows if verb != "series.laid_out"]


@pytest.fixture
def series(app):
    """Every weekday in March at ten, with two people on it."""
    plan = make.series(weekdays="01234", from_on="2026-03-02", until_on="2026-03-31")
    make.roster_entry(plan, make.enrollment())
    make.roster_entry(plan, make.enrollment())
    lay_out(plan, by=SYSTEM, now=make.instant("2026-03-01 10:00"))
    fill(plan.id)
    return plan


def cancelled():
    rows = db.execute(
        select(Session.day, Session.cancel_reason).where(Session.is_cancelled).order_by(Session.day)
    )
    return {row.day.day: row.cancel_reason for row in rows}


def add(series, first, last, name="Storm"):
    return actions.add(series.site, from_on=day(first), until_on=day(last), name=name, **DONE)


def the_closure():
    return db.scalars(select(Closure)).one()


def test_a_closure_cancels_the_sessions_of_its_days_and_says_for_how_many(series):
    session = db.scalars(select(Session).where(Session.day == day(10))).one()
    enrollment = make.enrollment()
    make.booking(session, enrollment, Status.PRESENT)
    make.session("2026-03-09", "14:00", "15:00", program=series.program)
    assert add(series, 9, 12) == (4, 2, 0)
    assert cancelled() == {9: "Storm", 11: "Storm", 12: "Storm"}
    assert events()[-1] == (
        "closure.added",
        {"brought_back": 0, "cancelled": 4, "from_on": "2026-03-09", "until_on": "2026-03-12"},
    )


def test_the_past_is_not_closed_and_no_days_twice(series):
    with pytest.raises(Refused, match="Start today or later"):
        add(series, 1, 3)
    add(series, 9, 9)
    with pytest.raises(Refused, match="already closed on exactly these days"):
        add(series, 9, 9, "Again")


def change(first, last, name="Storm"):
    closure = the_closure()
    return actions.change(closure, from_on=day(first), until_on=day(last), name=name, **DONE)


def test_other_days_bring_back_what_is_open_and_cancel_what_is_not(series):
    one_off = make.session("2026-03-09", "14:00", "15:00", program=series.program)
    add(series, 9, 10)
    assert change(10, 11) == (1, 2, 2)
    assert cancelled() == {10: "Storm", 11: "Storm"}
    db.expire_all()
    assert (one_off.is_cancelled, one_off.cancel_reason, one_off.sequence) == (False, None, 2)
    assert events()[-1][0] == "closure.changed"
    before = events()
    assert change(10, 11) == (0, 0, 0)
    assert events() == before


def test_another_name_is_the_new_reason(series):
    one_off = make.session("2026-03-09", "14:00", "15:00", program=series.program)
    add(series, 9, 9)
    assert change(9, 9, "Snow") == (0, 0, 0)
    db.expire_all()
    assert cancelled() == {9: "Snow"}
    assert one_off.cancel_reason == "Snow"


def test_what_somebody_cancelled_by_hand_does_not_come_back(series):
    hand = {"is_cancelled": True, "is_changed_by_hand": True, "cancel_reason": "Ana is ill"}
    one_off = make.session("2026-03-09", "14:00", "15:00", program=series.program, **hand)
    add(series, 9, 9)
    assert actions.remove(the_closure(), **DONE) == (0, 0, 1)
    db.expire_all()
    assert one_off.is_cancelled


def test_cancelled_by_hand_in_the_words_of_the_closure_it_does_not_come_back_either(series):
    hand = {"is_cancelled": True, "is_changed_by_hand": True, "cancel_reason": "Storm"}
    one_off = make.session("2026-03-09", "14:00", "15:00", program=series.program, **hand)
    before = make.session("2026-03-09", "16:00", "17:00", program=series.program)
    add(series, 9, 9)
    db.refresh(before)
    assert (before.cancel_reason, before.closure_id) == ("Storm", the_closure().id)
    assert actions.remove(the_closure(), **DONE) == (0, 0, 2)
    db.expire_all()
    assert (one_off.is_cancelled, one_off.cancel_reason) == (True, "Storm")
    assert (before.is_cancelled, before.closure_id) == (False, None)


def test_another_closure_of_the_same_day_holds(series):
    one_off = make.session("2026-03-09", "14:00", "15:00", program=series.program)
    add(series, 9, 9)
    make.closure("2026-03-08", "2026-03-10", site_id=series.site_id, name="Repairs")
    closure = db.scalars(select(Closure).where(Closure.name == "Storm")).one()
    assert actions.remove(closure, **DONE) == (1, 2, 0)  # the tenth, which repairs close, too
    db.expire_all()
    assert one_off.is_cancelled


def test_taken_back_its_coming_sessions_come_back(series):
    add(series, 9, 10)
    assert actions.remove(the_closure(), **DONE) == (0, 0, 2)
    assert cancelled() == {}
    assert db.scalars(select(Closure)).all() == []
    assert events()[-1] == (
        "closure.removed",
        {"brought_back": 2, "cancelled": 0, "from_on": "2026-03-09", "until_on": "2026-03-10"},
    )


def test_of_one_that_has_begun_what_was_closed_stays_closed(series):
    make.closure("2026-03-01", "2026-03-04", site_id=series.site_id, name="Storm")
    lay_out(series, by_file=True, **DONE)
    assert cancelled() == {2: "Storm", 3: "Storm", 4: "Storm"}
    assert actions.remove(the_closure(), **DONE) == (0, 0, 2)
    assert cancelled() == {2: "Storm"}  # it had begun
    assert db.scalars(select(Session.closure_id).where(Session.is_cancelled)).all() == [None]
    assert (the_closure().from_on, the_closure().until_on) == (day(1), day(1))


def test_one_that_has_begun_keeps_its_first_day(series):
    make.closure("2026-03-01", "2026-03-04", site_id=series.site_id, name="Storm")
    with pytest.raises(Refused, match="Start today or later"):
        change(2, 4)
    closure = the_closure()
    before_today = date(2026, 2, 28)
    with pytest.raises(Refused, match="is the earliest last day"):
        actions.change(
            closure, from_on=closure.from_on, until_on=before_today, name="Storm", **DONE
        )


def test_days_of_another_closure_are_not_taken(series):
    make.closure("2026-03-20", site_id=series.site_id)
    add(series, 9, 9)
    closure = db.scalars(select(Closure).where(Closure.name == "Storm")).one()
    with pytest.raises(Refused, match="already closed on exactly these days"):
        actions.change(closure, from_on=day(20), until_on=day(20), name="Storm", **DONE)


def test_one_that_is_over_stays(series):
    closure = make.closure("2026-02-20", site_id=series.site_id)
    for act in (
        lambda: actions.remove(closure, **DONE),
        lambda: actions.change(closure, from_on=day(9), until_on=day(9), name="X", **DONE),
    ):
        with pytest.raises(Refused, match="This closure is over"):
            act()


def test_what_was_moved_by_hand_or_has_somebody_excused_is_cancelled_and_comes_back(series):
    moved = make.session("2026-03-11", "14:00", "15:00", program=series.program)
    moved.is_changed_by_hand = True
    session = db.scalars(
        select(Session).where(Session.day == day(12), Session.series_id == series.id)
    ).one()
    make.booking(session, make.enrollment(), Status.EXCUSED)
    assert add(series, 11, 12).cancelled == 3
    assert cancelled() == {11: "Storm", 12: "Storm"}
    assert actions.remove(the_closure(), **DONE).brought_back == 3
    assert cancelled() == {}


def test_a_session_of_today_that_somebody_missed_stands(series):
    session = db.scalars(select(Session).where(Session.day == day(2))).one()
    make.booking(session, make.enrollment(), Status.EXCUSED)
    assert add(series, 2, 2).cancelled == 0
