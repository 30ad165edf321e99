from sqlalchemy import select

from clinic.db import db
from clinic.offers import actions as offers
from clinic.offers.models import CameOfIt, MakeUpOffer
from clinic.outbox import OutboxMessage
from clinic.schedule.models import SeatHold
from clinic.trail import SYSTEM
from clinic.turns import actions, queries
from tests import make

NOW = make.instant("2026-03-03 10:00")


def test_a_seat_that_is_not_taken_goes_on_to_whom_it_helps_next(app, monkeypatch):
    program = make.program(min_minutes=180)
    session = make.session("2026-03-05", "09:00", "12:00", program=program, seats=1)
    with_page = {"password": make.PASSWORD}
    people = [
        make.participant(key="p-1", email="one@example.org", **with_page),
        make.participant(key="p-2"),
        make.participant(key="p-3", email="three@example.org", **with_page),
    ]
    one, _, three = (
        make.enrollment(person, program, key=f"e-{number}") for number, person in enumerate(people)
    )
    person, link = offers.queries.get_person(one.id, scope=None), "https://clinic.example.org/me"
    asking = {"missed_id": None, "link": link, "by": SYSTEM, "now": NOW}
    offers.offer(person, session, goes_on=True, **asking)
    later = make.instant("2026-03-03 14:00")
    offers.settle(later)
    assert actions.is_behind(later)
    two_at_once = queries.left_over(now=later)
    actions.go_on(link=link, now=later)
    assert not actions.is_behind(later)
    with monkeypatch.context() as stale:
        stale.setattr(queries, "left_over", lambda **_: two_at_once)
        actions.go_on(link=link, now=later)
    rows = db.execute(
        select(MakeUpOffer.enrollment_id, MakeUpOffer.outcome, MakeUpOffer.held_until).order_by(
            MakeUpOffer.id
        )
    ).all()
    assert rows == [
        (one.id, CameOfIt.RELEASED, later),
        (three.id, None, make.instant("2026-03-03 18:00")),  # the second has no page
    ]
    assert db.scalars(select(SeatHold.enrollment_id)).all() == [three.id]
    assert db.scalars(select(OutboxMessage.recipient)).all()[-1] == "three@example.org"
    declined = db.scalars(select(MakeUpOffer).where(MakeUpOffer.outcome.is_(None))).one()
    offers.decline(declined.id, three.participant_id, by=SYSTEM, now=later)
    actions.go_on(link=link, now=later)  # nobody is left
    assert (db.scalars(select(SeatHold.id)).all(), actions.is_behind(later)) == ([], False)


def test_a_seat_goes_on_to_nobody_beyond_what_is_authorized(app):
    program = make.program(min_minutes=180)
    session = make.session("2026-03-05", "09:00", "12:00", program=program, seats=1)
    one, two, three = (
        make.enrollment(
            make.participant(email=f"{key}@example.org", password=make.PASSWORD), program, key=key
        )
        for key in ("e-1", "e-2", "e-3")
    )
    make.authorization(two, until_on="2026-03-04")
    make.authorization(three, until_on="2026-03-05")
    person = offers.queries.get_person(one.id, scope=None)
    asking = {"missed_id": None, "link": "", "by": SYSTEM, "now": NOW}
    made = offers.offer(person, session, goes_on=True, **asking)
    offers.decline(made.id, one.participant_id, by=SYSTEM, now=NOW)
    actions.go_on(link="", now=NOW)
    assert db.scalars(select(SeatHold.enrollment_id)).all() == [three.id]
