from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from clinic.attendance.actions import mark
from clinic.attendance.queries import get_booking
from clinic.db import db
from clinic.desk import actions
from clinic.errors import Refused
from clinic.schedule.models import Booking, Status
from clinic.trail import Actor
from tests import make

DESK = Actor("account", 7)
OTHER = Actor("account", 8)
NOW = make.instant("2026-03-02 08:55")
MONDAY, TUESDAY, THURSDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 5)


@pytest.fixture
def jo(app):
    return make.participant(name="Jordan Avery")


def call_off(person, last_on=THURSDAY, *, scope=None, reason=None, now=NOW):
    return actions.call_off(
        person.id, last_on=last_on, reason=reason, scope=scope, by=DESK, now=now
    )


def refusal(act, *values: Any, **facts: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as refused:
        act(*values, **facts)
    return refused.value.sentence, refused.value.field


def statuses():
    rows = db.execute(select(Booking.status, Booking.seat_no).order_by(Booking.id))
    return [tuple(row) for row in rows]


# One call, one act


def test_a_call_is_about_all_sessions_of_all_programs_from_now_to_that_day(jo):
    morning, evening = make.enrollment(jo), make.enrollment(jo, make.program())
    make.booking(make.session("2026-03-02", "07:00", "08:00"), morning)
    make.booking(make.session("2026-03-02"), morning)
    make.booking(make.session("2026-03-05", program=evening.program), evening)
    make.booking(make.session("2026-03-06"), morning)
    make.booking(make.session("2026-03-04"))  # somebody else's
    call = call_off(jo, reason="flu")
    assert [(row.day, status) for row, status in call.called_off] == [
        (MONDAY, Status.LATE_CANCEL),
        (THURSDAY, Status.EXCUSED),
    ]
    assert statuses() == [
        (Status.EXPECTED, 1),
        (Status.LATE_CANCEL, None),
        (Status.EXCUSED, None),
        (Status.EXPECTED, 1),
        (Status.EXPECTED, 1),
    ]


def test_the_notice_is_the_clinics_own(jo):
    make.organization(notice_hours=1)
    make.booking(make.session(), make.enrollment(jo))
    assert [status for _, status in call_off(jo, MONDAY).called_off] == [Status.EXCUSED]


def test_what_is_marked_or_cancelled_is_left_alone_and_named(jo):
    enrollment = make.enrollment(jo)
    make.booking(make.session("2026-03-02"), enrollment, status=Status.EXCUSED)
    make.booking(make.session("2026-03-03", is_cancelled=True), enrollment)
    make.booking(make.session("2026-03-04"), enrollment)
    assert [(row.day.day, why) for row, why in call_off(jo).left_alone] == [
        (2, "marked excused already"),
        (3, "cancelled by the clinic"),
    ]


def test_a_clinician_calls_off_what_they_lead_and_nothing_else(jo):
    ana = make.staff()
    enrollment = make.enrollment(jo)
    make.booking(make.session("2026-03-03", leaders=[ana]), enrollment)
    make.booking(make.session("2026-03-04", leaders=[make.staff()]), enrollment)
    call = call_off(jo, scope=ana.id)
    assert [row.day.day for row, _ in call.called_off] == [3]
    assert [(row.day.day, why) for row, why in call.left_alone] == [(4, "led by somebody else")]


def test_a_call_that_changes_nothing_is_refused_at_its_day(jo):
    enrollment = make.enrollment(jo, until_on="2026-03-31")
    assert refusal(call_off, jo) == (
        "They have no sessions through Thu, Mar 5.",
        "until_on",
    )
    make.booking(make.session(), enrollment)
    call_off(jo, MONDAY)
    assert refusal(call_off, jo, MONDAY) == (
        "Nothing left to cancel today: marked late cancel already.",
        "until_on",
    )
    assert refusal(call_off, jo, date(2026, 4, 1)) == (
        "Their enrollment ends on Mar 31, 2026. Choose that day or an earlier one.",
        "until_on",
    )
    assert refusal(call_off, jo, date(2026, 3, 1)) == (
        "That day is over. Choose today or a later day.",
        "until_on",
    )


def test_the_next_mark_on_the_sheet_works_as_before(jo):
    booking = make.booking(make.session(), make.enrollment(jo))
    call_off(jo, MONDAY, reason="flu")
    db.expire_all()
    booking = get_booking(booking.session_id, booking.id, scope=None)
    after = make.instant("2026-03-02 09:58")
    facts = {"version": booking.version, "by": OTHER, "now": after}
    mark(booking, status=Status.PRESENT, arrived_at=after, **facts)
    assert statuses() == [(Status.PRESENT, 1)]
