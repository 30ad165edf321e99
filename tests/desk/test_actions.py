from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from clinic.attendance.actions import mark
from clinic.attendance.queries import get_booking
from clinic.db import db, transaction
from clinic.desk import actions
from clinic.errors import NotFound, Refused
from clinic.participants.models import Participant
from clinic.schedule.models import Booking, Status
from clinic.trail import Actor, TrailEvent
from tests import make
from tests.race import race

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
        "They have no session from now on until Thu, Mar 5.",
        "until_on",
    )
    make.booking(make.session(), enrollment)
    call_off(jo, MONDAY)
    assert refusal(call_off, jo, MONDAY) == (
        "Nothing is left to call off today: marked late cancel already.",
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


# One more seat


def take(person, session, *, scope=None, now=NOW):
    return actions.take_seat(person, session.id, scope=scope, by=DESK, now=now)


def give_back(person, change, *, by=DESK, now=NOW):
    return actions.give_seat_back(person.id, change=change, by=by, now=now)


def events():
    rows = db.execute(select(TrailEvent.verb, TrailEvent.facts).order_by(TrailEvent.id))
    return [tuple(row) for row in rows]


def test_somebody_is_put_on_one_more_session_and_taken_off_again(jo):
    enrollment, session = make.enrollment(jo), make.session("2026-03-06")
    row, change = take(jo, session)
    assert (row.session_id, statuses()) == (session.id, [(Status.EXPECTED, 1)])
    assert refusal(give_back, jo, change, by=OTHER) == (
        "They are not on this session any more.",
        None,
    )
    give_back(jo, change)
    assert statuses() == []
    facts = f'{{"enrollment":{enrollment.id}}}'
    assert events() == [("session.joined", facts), ("session.left", facts)]
    assert refusal(give_back, jo, change)[0] == "They are not on this session any more."


def test_a_seat_that_is_none_is_refused(jo):
    make.enrollment(jo)
    session = make.session("2026-03-06", seats=1)
    make.booking(session)
    gone = "This seat has just been taken, or they can join no more. Look again."
    assert refusal(take, jo, session) == (gone, None)
    begun = make.session("2026-03-02", "08:00", "09:00")
    assert refusal(take, jo, begun) == (gone, None)


def test_a_clinician_books_only_on_what_they_lead(jo):
    ana = make.staff()
    make.enrollment(jo, clinician=ana)
    own = make.session("2026-03-05", leaders=[ana])
    other = make.session("2026-03-06", leaders=[make.staff()])
    take(jo, own, scope=ana.id)
    with pytest.raises(NotFound):
        take(jo, other, scope=ana.id)


def test_what_has_begun_stays(jo):
    make.enrollment(jo)
    _, change = take(jo, make.session("2026-03-02"))
    assert refusal(give_back, jo, change, now=make.instant("2026-03-02 10:00"))[0] == (
        "This session has begun: mark them on its sheet."
    )


def test_two_calls_and_one_seat_make_one_booking(app):
    session = make.session("2026-03-06", seats=1)
    people = [make.enrollment(program=session.program).participant for _ in range(2)]
    ids = [person.id for person in people]
    session_id = session.id

    def taking(participant_id):
        def call():
            with transaction():
                person = db.get_one(Participant, participant_id)
                return actions.take_seat(person, session_id, scope=None, by=DESK, now=NOW)

        return call

    answers = race(app, *[taking(each) for each in ids])
    lost = [each.sentence for each in answers if isinstance(each, Refused)]
    assert lost == ["This seat has just been taken, or they can join no more. Look again."]
    assert statuses() == [(Status.EXPECTED, 1)]
