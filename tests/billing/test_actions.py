from datetime import date

import pytest
from sqlalchemy import select

from clinic.billing import actions, rules
from clinic.billing.models import NotBilled, UnbilledDay
from clinic.billing.queries import days
from clinic.db import db
from clinic.errors import NotFound, Refused
from clinic.trail import Actor
from tests import make

TUESDAY = date(2026, 3, 3)
NOW = make.instant("2026-03-05 10:00")


@pytest.fixture
def booking(app):
    """Somebody who left after an hour."""
    return make.billable_booking(left="10:00")


@pytest.fixture
def novak(booking):
    return make.staff(name="Petra Novak")


def leave_out(booking, by, *seen, now=NOW, why=NotBilled.UNDER):
    actor = Actor("account", by.account_id)
    actions.leave_out(booking.enrollment_id, seen, why=why, by=actor, now=now)


def said():
    return [(each.day, each.units, each.minutes, each.why) for each in rows()]


def rows():
    return db.scalars(select(UnbilledDay)).all()


def test_a_day_is_left_out_and_said_again_and_billed_after_all(booking, novak):
    assert len(days(TUESDAY, TUESDAY, now=NOW)) == 1
    leave_out(booking, novak, (TUESDAY, 0, 60))
    assert said() == [(TUESDAY, 0, 60, NotBilled.UNDER)]
    assert days(TUESDAY, TUESDAY, now=NOW) == []
    leave_out(booking, novak, (TUESDAY, 0, 60), why=NotBilled.OTHER)
    assert said() == [(TUESDAY, 0, 60, NotBilled.OTHER)]
    (row,) = rows()
    actor = Actor("account", novak.account_id)
    assert actions.bill(booking.enrollment_id, row.id, by=actor, now=NOW) == TUESDAY
    assert rows() == []
    with pytest.raises(NotFound):
        actions.bill(booking.enrollment_id, row.id, by=actor, now=NOW)


@pytest.mark.parametrize(
    ("seen", "now", "sentence"),
    [
        ([], "2026-03-05 10:00", rules.NOTHING_CHOSEN),
        ([(TUESDAY, 0, 61)], "2026-03-05 10:00", rules.CHANGED),
        ([(date(2026, 3, 4), 0, 60)], "2026-03-05 10:00", rules.CHANGED),
        ([(TUESDAY, 0, 60)], "2026-03-03 23:00", rules.NOT_OVER),
    ],
)
def test_what_is_not_as_it_was_seen_or_not_over_is_refused(booking, novak, seen, now, sentence):
    with pytest.raises(Refused, match=sentence[:20]):
        leave_out(booking, novak, *seen, now=make.instant(now))
    assert rows() == []
