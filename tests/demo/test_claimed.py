from datetime import date, timedelta

from sqlalchemy import select

from clinic.accounts.models import Staff
from clinic.claims.queries import corrections
from clinic.db import db
from clinic.demo.claimed import claim
from clinic.receipts.models import Receipt, ReceiptSettlement
from tests import make
from tests.claims.worlds import attended, paid

MONDAY = date(2026, 3, 23)
NOW = make.instant("2026-03-25 09:00")


def test_the_weeks_before_the_last_were_exported_and_two_of_their_days_amended_since(app):
    make.staff(roles=["billing"])
    program = paid()
    for _ in range(3):
        booking = attended(program, day="2026-03-03")
        for day in ("2026-03-10", "2026-03-17"):
            attended(program, booking.enrollment, day=day)
    claim(MONDAY, now=NOW)
    receipts = db.scalars(select(Receipt)).all()
    assert {row.day for row in receipts} == {date(2026, 3, 3), date(2026, 3, 10)}
    assert len(receipts) == 6
    assert len(corrections(now=NOW + timedelta(days=1))) == 1
    assert len(db.scalars(select(ReceiptSettlement)).all()) == 1


def test_where_nothing_was_attended_nothing_is_exported(app):
    make.staff(roles=["billing"])
    claim(MONDAY, now=NOW)
    assert db.scalars(select(Receipt)).all() == []
    assert db.scalars(select(Staff)).one()
