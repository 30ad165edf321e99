import pytest
from sqlalchemy import select, update

from clinic.accounts.models import Staff
from clinic.arrivals.actions import arrive
from clinic.attendance import actions
from clinic.attendance.queries import get_booking
from clinic.db import db
from clinic.errors import NotFound
from clinic.schedule.models import Booking, Method, Status
from clinic.stories.queries import difference_of, events_of, get_told
from clinic.trail import Actor
from tests import make

NOW = make.instant("2026-03-02 18:30")


@pytest.fixture
def booking(app):
    """Somebody who came by a kiosk, with a tap that was sent later, and whom a leader marked."""
    session = make.session(leaders=[make.staff(name="Ana Rivera")])
    kiosk = make.kiosk_device(session.site, name="Front door")
    booking = make.booking(session, make.enrollment())
    arrive(
        booking.enrollment.participant_id,
        session.site,
        at=session.starts_at,
        method=Method.KIOSK,
        by=Actor("kiosk", kiosk.id),
        now=NOW,
    )
    make.saved()
    make.read_afresh()
    return get_booking(session.id, booking.id, scope=None)


def test_events_have_the_names_of_who_did_it_and_with_what(booking):
    ana = db.scalars(select(Staff).where(Staff.name == "Ana Rivera")).one()
    make.sign_in(ana.account, device="Safari on iPad")
    actions.mark(
        booking,
        status=Status.NO_SHOW,
        reason="Not here.",
        version=booking.version,
        by=Actor("account", ana.account_id, "sign_in:1"),
        now=NOW,
    )
    came, missed = events_of(get_told(booking.id, scope=None))
    assert (came.who, came.device, came.occurred_at) == (
        None,
        "Front door",
        booking.session.starts_at,
    )
    assert (missed.who, missed.device, missed.is_last_reason) == (
        "Ana Rivera",
        "Safari on iPad",
        True,
    )
    assert difference_of(booking.id) is None
    db.execute(update(Booking).values(reason="He was ill."))
    assert difference_of(booking.id).startswith("its row says a reason with the digest")
    assert not events_of(get_told(booking.id, scope=None))[1].is_last_reason


def test_a_device_that_is_not_known_any_more_is_left_out(booking):
    actions.mark(
        booking,
        status=Status.NO_SHOW,
        version=booking.version,
        by=Actor("account", None, "sign_in:99"),
        now=NOW,
    )
    assert [each.device for each in events_of(get_told(booking.id, scope=None))] == [
        "Front door",
        None,
    ]


def test_only_of_people_in_scope(booking):
    leader = db.scalars(select(Staff.id).where(Staff.name == "Ana Rivera")).one()
    other = make.staff().id
    assert get_told(booking.id, scope=leader).booking_id == booking.id
    for booking_id, scope in ((booking.id, other), (99, None)):
        with pytest.raises(NotFound):
            get_told(booking_id, scope=scope)


def test_an_untouched_booking_has_no_events(app):
    booking = make.booking(make.session(), make.enrollment())
    assert events_of(get_told(booking.id, scope=None)) == []
    assert difference_of(booking.id) is None
