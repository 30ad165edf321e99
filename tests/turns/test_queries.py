from datetime import date

from clinic.offers.models import CameOfIt
from clinic.schedule.models import Status
from clinic.turns import queries
from tests import make

MONDAY = date(2026, 3, 2)
NOW = make.instant("2026-03-03 14:00")


def test_whose_turn_it_is(app):
    program = make.program(min_minutes=180)
    missed = make.session("2026-03-02", "18:00", "21:00", program=program, seats=9)
    thursday = make.session("2026-03-05", "09:00", "12:00", program=program)
    asked, jo, kim, busy, reached = (make.enrollment(program=program) for _ in range(5))
    for each in (asked, jo, busy):
        make.booking(missed, each, Status.NO_SHOW)
    make.booking(missed, reached, Status.PRESENT)
    make.unavailability(busy, 3, "08:00", "10:00")
    made = make.offer(asked, thursday, outcome=CameOfIt.RELEASED, ended_at=NOW, goes_on=True)
    (row,) = queries.left_over(now=NOW)
    assert (row.id, row.session_id, row.credit_minutes) == (made.id, thursday.id, 180)
    assert queries.turns_for(row.session_id, row.week, row.credit_minutes, now=NOW) == [
        (jo.id, missed.id),
        (kim.id, None),
    ]


def test_what_does_not_go_on(app):
    session, off = make.session("2026-03-05"), make.session("2026-03-06", is_cancelled=True)
    ended = {"ended_at": NOW, "goes_on": True}
    make.offer(make.enrollment(), session, outcome=CameOfIt.TAKEN, **ended)
    make.offer(make.enrollment(), session, outcome=CameOfIt.WITHDRAWN, **ended)
    make.offer(make.enrollment(), off, outcome=CameOfIt.DECLINED, **ended)
    made = make.offer(make.enrollment(), session, outcome=CameOfIt.DECLINED, **ended)
    make.offer(make.enrollment(), session, outcome=CameOfIt.DECLINED, ended_at=NOW)
    make.offer(make.enrollment(), session, goes_on=True)
    assert [row.id for row in queries.left_over(now=NOW)] == [made.id]
    assert queries.left_over(now=session.starts_at) == []
