import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.errors import Refused
from clinic.held import actions, queries, rules
from clinic.held.rules import Led
from clinic.schedule.models import SessionLeader
from clinic.trail import Actor
from tests import make
from tests.dump import changed, dump

ANA = Actor("account", 7)
NOW = make.instant("2026-03-02 11:30")


@pytest.fixture
def session(app):
    make.organization()
    return make.session(leaders=[make.staff()])


def led_by(session, *people):
    """Say that these stood in for whoever was to lead it; others who did are no more."""
    held = queries.held_of(session.id)
    known = {each.staff_id: each for each in held.leaders}
    leaders = tuple(known.get(each.id, Led(each.id, each.name, True, True)) for each in people)
    return actions.record(session, held._replace(leaders=leaders), by=ANA, now=NOW)


def places(session):
    rows = db.execute(
        select(SessionLeader.position, SessionLeader.staff_id)
        .where(SessionLeader.session_id == session.id)
        .order_by(SessionLeader.position)
    )
    return [tuple(row) for row in rows]


def test_who_stood_in_comes_after_all_others_however_often_it_is_corrected(session):
    (ana,) = [leader.staff for leader in session.leaders]
    cam, dee, eli = (make.staff() for _ in range(3))
    assert led_by(session, ana, cam, dee)
    assert places(session) == [(0, ana.id), (100, cam.id), (101, dee.id)]
    assert led_by(session, ana, dee, eli)
    assert places(session) == [(0, ana.id), (101, dee.id), (102, eli.id)]
    before = dump()
    assert not led_by(session, ana, dee, eli)
    assert changed(before, dump()) == set()
    # Whose session it is, calendars tell: of those who came and went.
    for each in (ana, cam, dee, eli):
        db.refresh(each, ["calendar_version"])
    assert [each.calendar_version for each in (ana, cam, dee, eli)] == [0, 2, 1, 1]


def test_times_that_cannot_be_are_refused_at_their_field(session):
    held = queries.held_of(session.id)._replace(held_until=session.starts_at)
    with pytest.raises(Refused) as refused:
        actions.record(session, held, by=ANA, now=NOW)
    assert (refused.value.sentence, refused.value.field) == (rules.ENDED_TOO_EARLY, "held_until")
    with pytest.raises(Refused, match="Check-in has not opened yet"):
        actions.record(session, held, by=ANA, now=make.instant("2026-03-02 09:00"))
