from datetime import date

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.errors import NotFound
from clinic.offers import queries
from clinic.offers.models import CameOfIt, MakeUpOffer
from clinic.schedule.models import Method, Status
from tests import make

NOW = make.instant("2026-03-03 10:00")


def test_what_somebody_was_offered_on_some_days_the_latest_first(app):
    enrollment = make.enrollment(clinician=make.staff())
    thursday, friday = make.session("2026-03-05"), make.session("2026-03-06")
    ended = {"outcome": CameOfIt.DECLINED, "ended_at": NOW}
    first = make.offer(enrollment, thursday, **ended)
    later = make.offer(enrollment, friday)
    days = {"first": date(2026, 3, 2), "last": date(2026, 3, 8)}
    found = queries.offers_of([enrollment.id], **days)
    assert [row.id for row in found[enrollment.id]] == [later.id, first.id]
    assert queries.offers_of([], **days) == {}
    assert queries.offers_of([enrollment.id], first=date(2026, 3, 9), last=date(2026, 3, 15)) == {}
    assert [row.id for row in queries.history_of([enrollment.id], most=1)] == [later.id]
    assert [row.id for row in queries.out_now()] == [later.id]


def test_what_can_no_longer_be_taken_is_not_asked(app):
    enrollment = make.enrollment()
    session = make.session("2026-03-05", "18:00", "21:00")
    made = make.offer(enrollment, session)

    def asked(now="2026-03-05 17:00"):
        found = queries.asked_now(enrollment.participant_id, now=make.instant(now))
        return [row.id for row in found]

    assert asked() == [made.id]
    assert asked("2026-03-05 15:00") == asked("2026-03-05 18:00") == []
    session.is_cancelled = True
    assert asked() == []
    session.is_cancelled = False
    session.starts_at = make.instant("2026-03-05 17:30")
    assert asked() == []


def test_whom_a_clinician_may_give_a_seat_on_what(app):
    ana, kim = make.staff(), make.staff()
    cared_for, other = make.enrollment(clinician=ana), make.enrollment(clinician=kim)
    led, not_led = make.session(leaders=[ana]), make.session("2026-03-05", leaders=[kim])
    make.booking(make.session("2026-03-04", leaders=[ana]), other)  # in her sight

    def may(enrollment, session, *, scope=ana.id, roster_scope=ana.id):
        try:
            both = {"scope": scope, "roster_scope": roster_scope}
            found, its = queries.get_place(enrollment.id, session.id, **both)
        except NotFound:
            return False
        return (found.id, its.id) == (enrollment.id, session.id)

    assert may(cared_for, led)
    assert may(cared_for, not_led)
    assert not may(cared_for, not_led, roster_scope=0)  # where clinicians manage no rosters
    assert may(cared_for, led, roster_scope=0)
    assert may(other, led)
    assert not may(other, not_led)
    assert not may(make.enrollment(), led)
    assert may(other, not_led, scope=None, roster_scope=None)
    offer = make.offer(other, not_led)
    scopes = {"scope": ana.id, "roster_scope": ana.id}
    with pytest.raises(NotFound):
        queries.get_shown(offer.id, **scopes)
    offer.session_id = None
    assert queries.get_shown(offer.id, **scopes).id == offer.id


def test_who_is_written_to_has_a_page_of_their_own(app):
    kim = make.participant(email="kim@example.org", password=make.PASSWORD)
    assert queries.email_of(kim.id) == "kim@example.org"
    assert queries.email_of(make.participant(email="no@example.org").id) is None
    kim.account.is_active = False
    assert queries.email_of(kim.id) is None


def test_what_somebody_has_at_the_time_of_a_session(app):
    enrollment = make.enrollment()
    session = make.session("2026-03-05", "09:00", "12:00")
    make.booking(make.session("2026-03-05", "08:00", "09:00"), enrollment)  # they touch
    make.booking(make.session("2026-03-05", "10:00", "11:00", is_cancelled=True), enrollment)
    make.booking(make.session("2026-03-05", "09:00", "10:00"), enrollment, Status.EXCUSED)
    assert queries.own_at(session, enrollment.participant_id) == []
    make.booking(make.session("2026-03-05", "11:00", "13:00"), enrollment)
    (there,) = queries.own_at(session, enrollment.participant_id)
    assert there.starts_at == make.instant("2026-03-05 11:00")
    assert not queries.is_on(session.id, enrollment.participant_id)


def marked(booking, status):
    booking.status, booking.method, booking.recorded_at = status, Method.STAFF, NOW
    booking.seat_no = booking.seat_no if status is Status.NO_SHOW else None


def cancelled(missed, there):
    there.session.is_cancelled = True


def still_missed(missed, there):
    marked(missed, Status.NO_SHOW)


def called_off(missed, there):
    marked(there, Status.EXCUSED)


def withdrawn(missed, there):
    db.scalars(select(MakeUpOffer)).one().outcome = CameOfIt.WITHDRAWN


def begun(missed, there):
    there.session.starts_at = NOW


@pytest.mark.parametrize("why_not", [cancelled, still_missed, called_off, withdrawn, begun])
def test_a_make_up_stays_for_who_comes_to_what_they_missed_after_all_and_to_it(app, why_not):
    enrollment = make.enrollment()
    missed = make.booking(make.session("2026-03-03"), enrollment)
    there = make.booking(make.session("2026-03-06"), enrollment)
    made = {"missed_session_id": missed.session_id, "outcome": CameOfIt.PLACED, "ended_at": NOW}
    offer = make.offer(enrollment, there.session, **made)

    def stays():
        return [(row.id, row.booking_id) for row in queries.stay_for([missed.id], now=NOW)]

    assert stays() == [(offer.id, missed.id)]
    assert queries.stay_for([there.id], now=NOW) == []
    why_not(missed, there)
    make.saved()
    assert stays() == []
