import pytest

from clinic.amendments import queries
from clinic.amendments.rules import DayOf
from clinic.errors import NotFound
from clinic.paging import order_of
from clinic.schedule.models import Decision, Status
from tests import make


def test_what_may_be_amended_is_what_one_leads_or_all_for_the_whole_clinic(app):
    ana, kim = make.staff(), make.staff()
    booking = make.booking(make.session(leaders=[ana]))
    for scope in (None, ana.id):
        assert queries.get_booking(booking.id, scope) is booking
        assert queries.get_led(booking.session_id, scope).id == booking.session_id
    for get in (queries.get_booking, queries.get_led):
        with pytest.raises(NotFound):
            get(booking.id, kim.id)
    row = make.attendance_amendment(booking, ana)
    assert queries.get_amendment(row.id, ana.id).id == row.id
    with pytest.raises(NotFound):
        queries.get_amendment(row.id, kim.id)
    newest = order_of("-asked")
    rows, paging = queries.listed(None, newest, page=1, scope=ana.id)
    assert ([each.id for each in rows], paging.total) == ([row.id], 1)
    assert queries.listed(None, newest, page=1, scope=kim.id)[0] == []
    assert [each.id for each in queries.earlier(booking)] == [row.id]
    assert queries.hold(row.id) is row


def test_a_booking_that_is_gone_or_was_never_made_is_none(app):
    booking = make.booking()
    assert queries.find_booked(booking.id).id == booking.id
    assert (queries.find_booked(None), queries.find_booked(booking.id + 1)) == (None, None)


def test_what_waits_is_of_one_person_at_one_session(app):
    booking, other = make.booking(), make.booking()
    make.attendance_amendment(booking, make.staff())
    assert queries.is_waiting(booking.session_id, booking.enrollment_id)
    assert not queries.is_waiting(booking.session_id, other.enrollment_id)


def test_the_day_of_a_session_has_all_that_was_delivered_and_is_over(app, at):
    now = at("2026-03-02 14:00")
    enrollment = make.enrollment()
    for start, end, status in (
        ("09:00", "10:30", Status.PRESENT),
        ("10:30", "11:30", Status.NO_SHOW),
        ("13:30", "14:30", Status.PRESENT),  # still on
    ):
        session = make.session("2026-03-02", start, end)
        make.booking(session, enrollment, status)
    assert queries.delivered_on(session, enrollment.id, now=now) == DayOf(90, 1)


def test_amendments_are_read_a_page_at_a_time_in_whichever_order(app, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    ana = make.staff()
    whose = ["Zoe Adler", "amal Brandt", "Mika Cole"]
    made = []
    for name, minutes in zip(whose, (30, -90, 60), strict=True):
        booking = make.booking(enrollment=make.enrollment(make.participant(name=name)))
        made.append(make.attendance_amendment(booking, ana, minutes=minutes))
    ids = [each.id for each in made]

    def listed(order, page=1, decision=None):
        rows, paging = queries.listed(decision, order_of(order), page=page, scope=None)
        return [ids.index(row.id) for row in rows], paging.pages

    assert listed("name") == ([1, 2], 2)
    assert listed("name", page=2) == ([0], 2)
    assert listed("-minutes") == ([1, 2], 2)
    assert listed("day", decision=Decision.MADE) == ([], 1)
    for page in (0, 3):
        with pytest.raises(NotFound):
            listed("asked", page=page)
