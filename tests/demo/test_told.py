from datetime import date

from sqlalchemy import select

from clinic.db import db
from clinic.demo.told import tell
from clinic.schedule.models import Method, Status
from clinic.told.models import State, ToldState
from tests import make

MONDAY = date(2026, 3, 2)


def test_a_week_is_at_risk_from_the_miss_on_with_which_it_does_not_suffice_any_more(app):
    make.organization()
    evenings = [make.session(f"2026-03-0{day}", "18:00", "21:00") for day in (2, 3, 4, 5)]
    missed, planned_short = make.enrollment(), make.enrollment()
    for session, status in zip(
        evenings, (Status.PRESENT, Status.NO_SHOW, Status.EXCUSED, Status.EXPECTED), strict=True
    ):
        method = None if status is Status.EXPECTED else Method.STAFF
        make.booking(session, missed, status, method=method)
    make.booking(evenings[0], planned_short, Status.PRESENT, method=Method.STAFF)
    partial = make.enrollment(from_on="2026-03-04")
    tell(MONDAY, now=make.instant("2026-03-05 12:00"))
    rows = db.execute(
        select(
            ToldState.enrollment_id,
            ToldState.day,
            ToldState.state,
            ToldState.missing,
            ToldState.reachable,
        )
        .where(ToldState.week == MONDAY)
        .order_by(ToldState.enrollment_id, ToldState.number)
    ).all()
    assert rows == [
        (missed.id, MONDAY, State.ON_COURSE, 0, 720),
        (missed.id, date(2026, 3, 4), State.NEEDS_MAKE_UP, 180, 360),
        (planned_short.id, MONDAY, State.NEEDS_MAKE_UP, 360, 180),
        (partial.id, MONDAY, State.PARTIAL, 0, 0),
    ]
