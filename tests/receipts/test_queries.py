from datetime import date, timedelta

from sqlalchemy import select

from clinic.claims.actions import settle
from clinic.claims.rules import Worth
from clinic.db import db
from clinic.receipts import queries
from clinic.receipts.models import Receipt, Settled
from clinic.schedule.models import Status
from tests import make
from tests.claims.worlds import LATER, TUESDAY, amend, attended, biller, exported, paid


def test_amendments_since_are_counted_without_working_out_any_day(app):
    booking = attended(paid())
    exported()
    (receipt,) = db.scalars(select(Receipt))

    def rows(site_id=None):
        return [tuple(row) for row in db.execute(queries.amended_since(site_id))]

    assert rows() == []
    amend(booking)
    site = booking.session.site_id
    assert rows() == rows(site) == [(receipt.id, date(2026, 3, 3))]
    assert rows(site + 1) == []
    assert [row.is_differing for row in queries.claimed_in(TUESDAY, TUESDAY).values()] == [True]
    amend(booking, Status.PRESENT, now=LATER + timedelta(hours=1))
    assert rows() == []  # it is as it was


def test_a_claim_that_was_settled_in_the_moment_of_its_amendment_is_dealt_with(app):
    booking = attended(paid())
    exported()
    amend(booking)
    (receipt,) = db.scalars(select(Receipt))
    facts = {"corrected_on": LATER.date(), "words": None, "seen": Worth(0, 0, 0)}
    settle(receipt.id, how=Settled.CORRECTED, **facts, by=biller(), now=LATER)
    assert [row.is_differing for row in queries.claimed_in(TUESDAY, TUESDAY).values()] == [False]
    assert db.execute(queries.amended_since(None)).all() == []


def test_what_was_claimed_of_a_day_is_its_newest_receipt(app):
    booking = attended(paid())
    exported()
    enrollment = booking.enrollment
    other = make.receipt(make.enrollment(), make.staff(), TUESDAY)
    (first,) = db.scalars(select(Receipt).where(Receipt.id != other.id))
    assert queries.claimed_in(TUESDAY, TUESDAY).keys() == {
        (enrollment.id, TUESDAY),
        (other.enrollment_id, TUESDAY),
    }
    corrects = {"number": 2, "follows_id": first.id, "units": 0, "minutes": 0}
    make.receipt(enrollment, make.staff(), TUESDAY, **corrects)
    (row,) = queries.claimed_in(TUESDAY, TUESDAY, [enrollment.id]).values()
    assert (row.units, row.minutes) == (0, 0)
    assert not row.is_differing
    later = TUESDAY + timedelta(days=1)
    assert queries.claimed_in(later, later) == {}
