"""Each act on attendance, and then what somebody with the database in hands could do."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from clinic import trail
from clinic.arrivals.actions import arrive
from clinic.attendance import actions
from clinic.attendance.rules import looked_at
from clinic.audit.queries import bookings_compared, sessions_compared, sign_offs_compared
from clinic.bookings.actions import record_history
from clinic.bookings.queries import booked_for
from clinic.db import db
from clinic.held.actions import record
from clinic.held.rules import Held, Led
from clinic.schedule.models import Booking, Method, Session, SessionLeader, SignOff, Status
from clinic.signing import actions as signing
from clinic.trail import SYSTEM
from tests import make

NOW = make.instant("2026-03-02 10:05")


@pytest.fixture
def bookings(app):
    """Three at one session: one came by the kiosk, one was marked absent, one is expected."""
    session = make.session()
    came, missed, expected = (make.booking(session, make.enrollment()) for _ in range(3))
    arrive(
        came.enrollment.participant_id,
        session.site,
        at=NOW,
        method=Method.KIOSK,
        by=SYSTEM,
        now=NOW,
    )
    mark(missed, Status.NO_SHOW)
    return came, missed, expected


def mark(booking, status):
    actions.mark(
        booking, status=status, reason="A word.", version=booking.version, by=SYSTEM, now=NOW
    )


def differences():
    db.expire_all()
    return bookings_compared().sentences


def test_what_was_done_by_acts_is_what_the_events_say(bookings):
    _, missed, expected = bookings
    session = expected.session
    mark(missed, Status.EXCUSED)
    actions.mark_rest(session, by=SYSTEM, now=NOW)
    act = db.scalars(
        select(trail.TrailEvent.act)
        .where(trail.TrailEvent.subject_id == expected.id)
        .order_by(trail.TrailEvent.id.desc())
    ).first()
    actions.undo(session, change=act, by=SYSTEM, now=NOW)
    record_history(
        make.booking(session, make.enrollment()),
        status=Status.PRESENT,
        arrived_at=None,
        left_at=None,
        reason=None,
        by=SYSTEM,
        now=NOW,
    )
    assert bookings_compared() == ([], 0)


@pytest.mark.parametrize(
    ("change", "by_row", "by_events"),
    [
        ({"status": Status.NO_SHOW, "arrived_at": None}, "no-show", "present"),
        ({"method": Method.STAFF}, "captured by staff", "captured by kiosk"),
        ({"signed_at": NOW}, "is signed: yes", "is signed: no"),
        ({"reason": "x"}, "has a reason: yes", "has a reason: no"),
        ({"arrived_at": None}, "arrived -", "arrived 2026-03-02T15:05:00+00:00"),
    ],
)
def test_a_row_that_was_changed_directly_is_named(bookings, change, by_row, by_events):
    came = bookings[0]
    db.execute(update(Booking).where(Booking.id == came.id).values(change))
    assert differences() == [
        f"booking {came.id}: its row says {by_row}, its events say {by_events}"
    ]


def test_a_row_without_any_event_that_was_changed_directly_is_named(bookings):
    expected = bookings[2]
    values = {"status": Status.PRESENT, "method": Method.STAFF}
    db.execute(update(Booking).where(Booking.id == expected.id).values(values))
    assert differences() == [
        f"booking {expected.id}: its row says present, its events say expected"
    ]


def test_a_row_that_was_changed_directly_is_named_after_a_later_act_too(bookings):
    came = bookings[0]
    db.execute(update(Booking).where(Booking.id == came.id).values(arrived_at=None))
    make.read_afresh()
    mark(came, Status.NO_SHOW)
    found = "an event found it arrived -, those before it say arrived 2026-03-02T15:05:00+00:00"
    assert differences() == [f"booking {came.id}: {found}"]


def test_a_row_that_was_taken_out_is_named(bookings):
    came_id = bookings[0].id
    db.execute(delete(Booking).where(Booking.id.in_([came_id, bookings[2].id])))
    assert differences() == [f"booking {came_id}: its row is gone, its events say present"]


def test_signatures_are_what_their_events_say(app):
    ana = make.staff(name="Ana Rivera")
    session = make.session(leaders=[ana])
    make.booking(session, make.enrollment(), status=Status.PRESENT)
    make.saved()
    sign_off = signing.sign(
        session,
        {},
        staff_id=ana.id,
        seen=looked_at(session, booked_for(session.id)),
        may_for_others=False,
        by=SYSTEM,
        now=make.instant("2026-03-02 23:00"),
    )
    which = f"session {session.id}: signature {sign_off.id}"
    db.expire_all()
    assert sign_offs_compared() == []
    db.execute(update(SignOff).values(license_number="C.9", is_license_valid=True))
    db.expire_all()
    assert sign_offs_compared() == [f"{which} is not what was recorded: is_license_valid, who"]
    db.execute(delete(SignOff))
    assert sign_offs_compared() == [f"{which} was recorded and is gone"]


def test_sessions_were_held_as_their_events_say(app):
    ana, ben = make.staff(name="Ana Rivera"), make.staff(name="Ben Wu")
    session = make.session(leaders=[ana])
    make.saved()
    held_until = session.ends_at - timedelta(minutes=10)
    led = (Led(ana.id, ana.name, has_led=False, stood_in=False), Led(ben.id, ben.name, True, True))
    held = Held(None, held_until, "Relapse prevention", led)
    assert record(session, held, by=SYSTEM, now=session.ends_at)
    assert sessions_compared() == []
    session_id = session.id
    for statement, name in (
        (update(Session).values(topic="Something else"), "topic"),
        (update(Session).values(held_until=None), "held_until"),
        (update(SessionLeader).values(has_led=True), "led_by"),
    ):
        with db.begin_nested() as tried:
            db.execute(statement)
            assert sessions_compared() == [
                f"session {session_id}: its {name} is not what was recorded"
            ]
            tried.rollback()


def test_bookings_with_older_events_are_counted(bookings):
    come = make.booking(make.session(), make.enrollment())
    trail.record("attendance.arrived", come, by=SYSTEM, now=NOW, is_new_reason=False)
    assert bookings_compared() == ([], 1)


@pytest.mark.parametrize("facts", ["no facts", "[]", '{"before":1,"after":2}'])
def test_events_that_we_never_wrote_are_named_and_the_others_compared(bookings, facts):
    came, missed, _ = bookings
    session_id = came.session_id
    for verb, kind, subject in (
        ("attendance.marked", "booking", came.id),
        ("session.held", "session", session_id),
        ("session.signed", "session", session_id),
    ):
        event = {"verb": verb, "subject_kind": kind, "subject_id": subject, "facts": facts}
        others = {"chain": 9, "actor_kind": "system", "happened_at": NOW, "digest": "x"}
        number = len(bookings_compared().sentences) + subject + len(verb)
        db.execute(insert(trail.TrailEvent).values(event | others | {"number": number}))
    db.execute(update(Booking).where(Booking.id == missed.id).values(reason="x"))
    found = differences()
    assert any(each.startswith(f"booking {missed.id}: its row says") for each in found)
    unreadable = [f"session {session_id}: its events cannot be read"]
    assert sessions_compared() == unreadable
    assert sign_offs_compared() == (unreadable if "before" in facts else [])
