from sqlalchemy import select

from clinic.db import db
from clinic.schedule.models import Session, Status
from clinic.schedule.queries.seats import seats_taken
from tests import make


def test_a_seat_is_taken_by_who_has_it_and_by_whom_it_is_held_for(app):
    session, other = make.session(), make.session()
    make.booking(session, make.enrollment())
    make.booking(session, make.enrollment(), Status.NO_SHOW)
    make.booking(session, make.enrollment(), Status.EXCUSED, seat_no=None)
    make.offer(make.enrollment(), session)
    taken = dict(db.execute(select(Session.id, seats_taken())).all())
    assert taken == {session.id: 3, other.id: 0}
