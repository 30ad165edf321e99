from datetime import date

import pytest
from sqlalchemy import select

from clinic.absences import actions
from clinic.attendance import rules as attendance
from clinic.attendance.actions import mark
from clinic.attendance.queries import get_booking
from clinic.db import db
from clinic.errors import Refused
from clinic.participants.models import Participant
from clinic.schedule.models import Booking, Method, Session, Status
from clinic.trail import Actor
from tests import make

STAFF = Actor("account", 99)
NOW = make.instant("2026-03-02 10:30")
MONDAY, TUESDAY, THURSDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 5)


@pytest.fixture
def jo(app) -> Participant:
    """Booked on Monday, in what has begun and what has not; on Tuesday, and on Thursday twice."""
    person = make.participant(name="Jordan Avery")
    enrollment = make.enrollment(person)
    for day, start, end in (
        ("2026-03-02", "10:00", "11:00"),
        ("2026-03-02", "18:00", "19:00"),
        ("2026-03-03", "10:00", "11:00"),
        ("2026-03-05", "10:00", "11:00"),
        ("2026-03-05", "18:00", "19:00"),
    ):
        make.booking(make.session(day, start, end), enrollment)
    return person


def by(person) -> Actor:
    return Actor("account", person.account_id)


def announce(person, first_on, last_on=None, *, session_id=None, reason=None, now=NOW):
    days = {"first_on": first_on, "last_on": last_on or first_on}
    return actions.announce(
        person.id, **days, session_id=session_id, reason=reason, by=by(person), now=now
    )


def stand():
    rows = db.execute(select(Booking.status, Booking.seat_no, Booking.method).order_by(Booking.id))
    return [tuple(row) for row in rows]


EXPECTED = (Status.EXPECTED, 1, None)
EXCUSED = (Status.EXCUSED, None, Method.PHONE)
LATE = (Status.LATE_CANCEL, None, Method.PHONE)


def test_a_range_is_about_all_sessions_that_have_not_begun(jo):
    make.booking(make.session("2026-03-03", "14:00", "15:00"))  # somebody else's
    call = announce(jo, MONDAY, THURSDAY, reason="flu")
    assert stand() == [EXPECTED, LATE, LATE, EXCUSED, EXCUSED, EXPECTED]
    assert [(row.starts_at.hour, why) for row, why in call.left_alone] == [(15, "has begun")]
    assert db.scalars(select(Booking.reason).order_by(Booking.id)).all()[1:3] == ["flu", "flu"]


def test_a_day_and_one_session_are_about_themselves_alone(jo):
    announce(jo, THURSDAY, session_id=5)
    assert stand() == [*[EXPECTED] * 4, EXCUSED]
    announce(jo, TUESDAY)
    assert stand() == [*[EXPECTED] * 2, LATE, EXPECTED, EXCUSED]


@pytest.mark.parametrize(
    ("first_on", "session_id", "sentence", "field"),
    [
        (date(2026, 3, 4), None, "You have no sessions on Wed, Mar 4.", "from_on"),
        (date(2026, 3, 1), None, "That day is over. Choose today or a later day.", "from_on"),
        (MONDAY, 1, "Nothing left to cancel today: has begun.", None),
        (MONDAY, 99, "This session is not one of yours any more.", None),
    ],
)
def test_what_changes_nothing_is_refused_in_words(jo, first_on, session_id, sentence, field):
    with pytest.raises(Refused) as refused:
        announce(jo, first_on, session_id=session_id)
    assert (refused.value.sentence, refused.value.field) == (sentence, field)


def test_it_is_taken_back_until_the_session_begins(jo):
    announce(jo, MONDAY, TUESDAY)
    later = make.instant("2026-03-02 18:00")  # the second session begins
    assert actions.come([2, 3], by=by(jo), now=later) == {2: attendance.HAS_BEGUN}
    assert stand() == [EXPECTED, LATE, *[EXPECTED] * 3]
    with pytest.raises(Refused) as refused:
        actions.come([2], by=by(jo), now=later)
    assert refused.value.sentence == attendance.HAS_BEGUN


def test_what_staff_changed_since_and_what_others_announced_stays(jo):
    announce(jo, TUESDAY)
    with pytest.raises(Refused) as refused:
        actions.come([3], by=STAFF, now=NOW)
    assert refused.value.sentence == attendance.NOT_THEIRS_TO_TAKE_BACK
    booking = get_booking(3, 3, scope=None)
    marked = {"status": Status.EXCUSED, "version": booking.version}
    mark(booking, **marked, by=STAFF, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.come([3], by=by(jo), now=NOW)
    assert refused.value.sentence == attendance.NOT_THEIRS_TO_TAKE_BACK


def test_a_seat_that_was_given_away_or_a_session_cancelled_is_said(jo):
    full = make.session("2026-03-06", seats=1)
    make.booking(full, make.enrollment(jo, make.program()))
    announce(jo, date(2026, 3, 6))
    make.booking(full, make.enrollment())
    with pytest.raises(Refused, match="Your seat has been given to somebody else"):
        actions.come([6], by=by(jo), now=NOW)
    db.get_one(Session, full.id).is_cancelled = True
    with pytest.raises(Refused, match="has been cancelled"):
        actions.come([6], by=by(jo), now=NOW)


def test_a_signed_absence_is_not_the_participants_to_take_back(jo):
    announce(jo, TUESDAY)
    db.get_one(Booking, 3).signed_at = NOW
    db.flush()
    with pytest.raises(Refused) as refused:
        actions.come([3], by=by(jo), now=NOW)
    assert refused.value.sentence == attendance.NOT_THEIRS_TO_TAKE_BACK
