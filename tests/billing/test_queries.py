from datetime import date

import pytest

from clinic.billable.rules import Hold
from clinic.billing.models import NotBilled
from clinic.billing.queries import days
from clinic.coverage.models import Unit
from clinic.errors import NotFound
from clinic.programs.models import Measure
from clinic.schedule.models import Status
from clinic.schedule.queries.people import get_whose
from tests import make

TUESDAY = date(2026, 3, 3)
LATER = make.instant("2026-04-01 12:00")


@pytest.fixture
def booking(app):
    """Somebody who was there for three hours, which is a unit; signed, led with a license."""
    return make.billable_booking()


def on(day=TUESDAY, *, now=LATER, **facts):
    return days(day, day, now=now, **facts)


def holds(**facts):
    return [each.billable.reasons for each in on(**facts)]


def test_a_day_needs_an_authorization_where_the_program_says_so(booking):
    assert holds() == [()]
    booking.enrollment.program.needs_authorization = True
    assert holds() == [(Hold.NO_AUTHORIZATION,)]
    make.authorization(booking.enrollment, from_on=TUESDAY, until_on=TUESDAY)
    assert holds() == [()]


def test_a_day_of_somebody_who_has_an_authorization_needs_one(booking):
    make.authorization(booking.enrollment, from_on=date(2026, 3, 4), until_on=date(2026, 5, 1))
    assert holds() == holds(enrollment_ids=[booking.enrollment_id]) == [(Hold.NO_AUTHORIZATION,)]


def test_a_day_beyond_the_last_authorized_unit_is_held(booking):
    who = {"program": booking.session.program, "enrollment": booking.enrollment}
    before = make.billable_booking("2026-02-03", **who)
    make.billable_booking("2026-02-10", left="10:00", **who)  # no unit: it uses none
    one = make.authorization(booking.enrollment, units=2)
    assert holds() == [()]
    one.units = 1
    assert holds() == [(Hold.NO_AUTHORIZATION,)]
    make.unbilled_day(
        booking.enrollment, "2026-02-03", make.staff(), units=1, minutes=180
    )  # what is not billed uses none
    assert holds() == [()]
    assert before.enrollment_id == booking.enrollment_id


def test_a_day_without_a_unit_yet_needs_an_authorization_until_it_is_over(booking):
    booking.left_at = make.instant("2026-03-03 10:00")
    make.authorization(booking.enrollment, until_on=date(2026, 3, 2))
    assert holds(now=make.instant("2026-03-03 20:00")) == [(Hold.NO_AUTHORIZATION,)]
    assert holds() == [(Hold.UNDER,)]


def test_a_day_that_is_not_billed_comes_back_once_it_is_another(booking):
    booking.left_at = make.instant("2026-03-03 11:00")
    assert holds() == [(Hold.UNDER,)]
    by = make.staff(name="Petra Novak")
    make.unbilled_day(booking.enrollment, TUESDAY, by, units=0, minutes=120)
    assert on() == []
    ((day, said),) = [(each.day, each.unbilled) for each in on(with_all=True)]
    assert (day, said.why, said.by, said.minutes) == (TUESDAY, NotBilled.UNDER, "Petra Novak", 120)
    booking.left_at = make.instant("2026-03-03 11:15")
    assert holds() == [(Hold.UNDER,)]
    assert [each.unbilled for each in on(with_all=True)] == [None]


def test_only_those_who_were_there_have_a_day(booking):
    booking.status = Status.NO_SHOW
    assert on() == []


def test_an_enrollment_is_that_of_whom_somebody_may_know_of(booking):
    leader = booking.session.leaders[0].staff_id
    assert get_whose(booking.enrollment_id, leader) == get_whose(booking.enrollment_id, None)
    with pytest.raises(NotFound):
        get_whose(booking.enrollment_id, make.staff().id)


def test_of_a_session_of_which_too_little_was_attended_no_unit_is_used(booking):
    figures = {Measure.UNIT_MINUTES_MIN: 180, Measure.UNIT_SESSION_MINUTES: 50}
    booking.enrollment.program.rule_set_id = make.rule_set(figures).id
    short = make.session("2026-03-03", "13:00", "14:00", program=booking.session.program)
    make.booking(short, booking.enrollment, Status.PRESENT, left="13:30", signed_at=LATER)
    make.authorization(booking.enrollment, units=1, unit=Unit.SESSION)
    assert holds() == [()]
