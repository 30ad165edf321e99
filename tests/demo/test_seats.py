from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.demo.seats import offer_seats
from clinic.offers.models import CameOfIt, MakeUpOffer
from clinic.offers.queries import asked_now
from clinic.schedule.models import Status
from tests import make

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("now", "held_until", "over"),
    [
        ("2026-03-03 13:00", "2026-03-03 17:00", "2026-03-03 13:00"),
        ("2026-03-03 10:00", "2026-03-03 14:00", "2026-03-02 16:00"),
        ("2026-03-03 06:00", "2026-03-03 11:30", "2026-03-02 20:30"),  # as of the evening before
        ("2026-03-02 22:00", "2026-03-03 11:30", "2026-03-02 20:30"),
    ],
)
def test_whoever_looks_around_is_offered_a_seat_at_any_hour(app, now, held_until, over):
    program = make.program()
    me = make.participant(email="me@example.org", password=make.PASSWORD)
    mine, other = make.enrollment(me, program), make.enrollment(program=program)
    make.booking(make.session("2026-03-02", program=program), other, Status.NO_SHOW)
    on_it = make.session("2026-03-05", program=program)
    make.booking(on_it, mine)
    free = make.session("2026-03-06", program=program)
    offer_seats(me.id, MONDAY, now=make.instant(now))
    (row,) = asked_now(me.id, now=make.instant(now))
    assert (row.session_id, row.held_until) == (free.id, make.instant(held_until))
    rows = db.scalars(select(MakeUpOffer).where(MakeUpOffer.outcome.is_not(None)))
    found = {each.outcome: (each.opens_at, each.ended_at) for each in rows}
    ended = make.instant(over)
    assert found == dict.fromkeys(
        (CameOfIt.DECLINED, CameOfIt.RELEASED), (ended - timedelta(hours=4), ended)
    )


def test_where_there_is_no_free_seat_nobody_is_offered_one(app):
    me = make.enrollment()
    offer_seats(me.participant_id, MONDAY, now=make.instant("2026-03-03 10:00"))
    assert db.scalars(select(MakeUpOffer)).all() == []
