"""What was signed is amended: once, by whom it may be, with the first value kept."""

import json

import pytest
from sqlalchemy import select

from clinic.amendments import actions, queries, rules
from clinic.amendments.rules import Stand
from clinic.audit.queries import bookings_compared, others_compared
from clinic.bookings.actions import record_history
from clinic.bookings.rules import CANCELLED
from clinic.db import db, transaction
from clinic.errors import Refused
from clinic.schedule.actions.rosters import fill
from clinic.schedule.models import AttendanceAmendment, Booking, Decision, Method, Status, Why
from clinic.schedule.queries.sessions import get_session
from clinic.trail import Actor, TrailEvent
from tests import make
from tests.race import race

PRESENT, MISSED = Stand(Status.PRESENT), Stand(Status.NO_SHOW)
WHY = {"why": Why.LEARNED_LATER, "words": None}


@pytest.fixture
def now(at):
    return at("2026-03-05 09:00")


@pytest.fixture
def ana(app):
    return make.staff()


@pytest.fixture
def by(ana):
    return Actor("account", ana.account_id)


@pytest.fixture
def other(app):
    return Actor("account", make.staff(name="Kim Tran", roles=["coordinator"]).account_id)


@pytest.fixture
def signed(now, by):
    """Somebody who was missed at a session of Monday that is signed, from a list."""
    session = make.session(seats=2)
    booking = make.booking(session)
    times = {"arrived_at": None, "left_at": None, "reason": None}
    record_history(booking, status=Status.NO_SHOW, **times, by=by, now=now)
    make.read_afresh()
    return booking


def proposed(booking, stand, *, version=None, now, **why):
    return actions.propose(
        get_session(booking.session_id),
        booking.enrollment_id,
        stand,
        booking_id=booking.id,
        version=version or booking.version,
        **WHY | why,
        now=now,
    )


def amend(booking, stand, *, by, now, **why):
    proposal = proposed(booking, stand, now=now, **why)
    return actions.make(get_session(booking.session_id), proposal, by=by, now=now)


def events(verb):
    found = select(TrailEvent).where(TrailEvent.verb == verb).order_by(TrailEvent.id)
    return db.scalars(found).all()


def kept():
    return db.scalars(select(AttendanceAmendment).order_by(AttendanceAmendment.id)).all()


def stored(booking_id):
    db.expunge_all()
    return db.get(Booking, booking_id)


def test_what_stood_is_kept_and_the_booking_stays_signed(signed, by, now):
    signed_at = signed.signed_at
    made = amend(signed, Stand(Status.PRESENT, signed.session.starts_at), by=by, now=now)
    there = stored(signed.id)
    assert (there.status, there.method, there.signed_at) == (
        Status.PRESENT,
        Method.STAFF,
        signed_at,
    )
    assert (made.before_status, made.before_method) == (Status.NO_SHOW, Method.IMPORT)
    assert (made.after_status, made.minutes) == (Status.PRESENT, 60)
    assert (made.decision, made.asked_by_id, made.decided_by_id) == (Decision.MADE, by.id, by.id)
    (event,) = events("attendance.amended")
    facts = json.loads(event.facts)
    assert (facts["amendment"], facts["why"]) == (made.id, "learned_later")
    assert (facts["before"]["status"], facts["after"]["status"]) == ("no-show", "present")
    assert bookings_compared().sentences == others_compared() == []


def test_of_two_who_amend_the_same_the_second_is_told(signed, by, now):
    version = signed.version
    amend(signed, PRESENT, by=by, now=now)
    with pytest.raises(Refused, match="has been changed since you opened it"):
        proposed(stored(signed.id), MISSED, version=version, now=now)


def test_both_at_the_same_moment(app, signed, by, other, now):
    booking_id, session_id, version = signed.id, signed.session_id, signed.version

    def amending(who, stand):
        def act():
            with transaction():
                session = get_session(session_id)
                booking = db.get_one(Booking, booking_id)
                proposal = proposed(booking, stand, version=version, now=now)
                actions.make(session, proposal, by=who, now=now)
            return "made"

        return act

    answers = race(app, amending(by, PRESENT), amending(other, Stand(Status.EXCUSED)))
    assert sorted(map(str, answers)) == sorted([rules.STALE, "made"])
    assert len(kept()) == 1
    assert bookings_compared().sentences == others_compared() == []


def test_who_was_not_to_be_on_the_sheet_is_taken_off_for_good(now, by):
    series, enrollment = make.series(), make.enrollment()
    entry = make.roster_entry(series, enrollment)
    session = make.session(series=series)
    booking = make.booking(session, enrollment, roster_entry=entry)
    times = {"arrived_at": None, "left_at": None, "reason": "ill"}
    record_history(booking, status=Status.EXCUSED, **times, by=by, now=now)
    made = amend(stored(booking.id), None, why=Why.NOT_BOOKED, by=by, now=now)
    assert stored(booking.id) is None
    assert (made.before_status, made.after_status) == (Status.EXCUSED, None)
    fill(series.id)  # the roster still has them
    assert db.scalars(select(Booking).where(Booking.session_id == session.id)).all() == []
    assert json.loads(events("attendance.amended")[0].facts)["is_taken_off"] is True
    assert bookings_compared().sentences == others_compared() == []


def test_somebody_who_was_left_off_is_added_with_a_seat_more_where_all_are_taken(signed, by, now):
    session = signed.session
    make.booking(session, make.enrollment(), Status.NO_SHOW, signed_at=now)
    left_out = make.enrollment()
    stand = Stand(Status.PRESENT, session.starts_at)
    proposal = actions.propose(get_session(session.id), left_out.id, stand, **WHY, now=now)
    made = actions.make(get_session(session.id), proposal, by=by, now=now)
    there = stored(made.booking_id)
    assert (there.enrollment_id, there.status, there.signed_at) == (
        left_out.id,
        Status.PRESENT,
        now,
    )
    assert (there.seats, there.seat_no, made.before_status) == (3, 3, None)
    with pytest.raises(Refused, match="is on this session already"):
        actions.make(get_session(session.id), proposal, by=by, now=now)


def test_who_gave_the_seat_back_and_came_after_all_has_one_more(signed, by, now):
    session = signed.session
    excused = make.booking(session, status=Status.EXCUSED, signed_at=now)
    make.booking(session, status=Status.NO_SHOW, signed_at=now)
    amend(excused, PRESENT, by=by, now=now)
    assert (stored(excused.id).seat_no, stored(excused.id).seats) == (3, 3)


def test_nobody_is_added_to_what_is_not_signed_or_at_a_time_that_cannot_be(signed, by, now):
    open_sheet, enrollment = make.session("2026-03-04"), make.enrollment()
    with pytest.raises(Refused, match="not been signed yet"):
        actions.propose(get_session(open_sheet.id), enrollment.id, PRESENT, **WHY, now=now)
    late = Stand(Status.PRESENT, signed.session.ends_at.replace(hour=20))
    with pytest.raises(Refused, match="arrived after"):
        actions.propose(get_session(signed.session_id), enrollment.id, late, **WHY, now=now)
    open_sheet.is_cancelled = True
    with pytest.raises(Refused, match=CANCELLED):
        actions.propose(get_session(open_sheet.id), enrollment.id, PRESENT, **WHY, now=now)


def test_what_waits_changes_nothing_until_a_second_person_agrees(signed, by, other, now):
    proposal = proposed(signed, PRESENT, now=now)
    session = get_session(signed.session_id)
    waiting = actions.wait(session, proposal, by=by, now=now)
    assert stored(signed.id).status is Status.NO_SHOW
    with pytest.raises(Refused, match="waiting for a second person already"):
        proposed(stored(signed.id), Stand(Status.EXCUSED), now=now)
    with pytest.raises(Refused, match="somebody else decides"):
        actions.agree(session, queries.hold(waiting.id), by=by, now=now)
    actions.agree(session, queries.hold(waiting.id), by=other, now=now)
    assert stored(signed.id).status is Status.PRESENT
    (made,) = kept()
    assert (made.decision, made.decided_by_id, made.booking_id) == (
        Decision.MADE,
        other.id,
        signed.id,
    )
    facts = json.loads(events("attendance.amended")[0].facts)
    assert (facts["asked_by"], events("attendance.amended")[0].actor_id) == (by.id, other.id)
    with pytest.raises(Refused, match="decided already"):
        actions.agree(session, queries.hold(waiting.id), by=other, now=now)
    with pytest.raises(Refused, match="decided already"):
        actions.decline(session, queries.hold(waiting.id), words="No", by=other, now=now)


def test_what_was_changed_since_is_not_agreed_to_and_can_be_declined(signed, by, other, now):
    session = get_session(signed.session_id)
    waiting = actions.wait(session, proposed(signed, PRESENT, now=now), by=by, now=now)
    signed.status = Status.EXCUSED
    db.flush()
    with pytest.raises(Refused, match="Decline it"):
        actions.agree(session, queries.hold(waiting.id), by=other, now=now)
    actions.decline(session, queries.hold(waiting.id), words="No", by=other, now=now)
    (declined,) = kept()
    assert (declined.decision, declined.decided_words) == (Decision.DECLINED, "No")
    assert [len(events(f"amendment.{verb}")) for verb in ("asked", "declined")] == [1, 1]
    assert "No" not in events("amendment.declined")[0].facts


def test_somebody_who_waits_to_be_added_is_added_when_agreed_to(signed, by, other, now):
    session, left_out = get_session(signed.session_id), make.enrollment()
    proposal = actions.propose(session, left_out.id, PRESENT, **WHY, now=now)
    waiting = actions.wait(session, proposal, by=by, now=now)
    assert waiting.booking_id is None
    actions.agree(session, queries.hold(waiting.id), by=other, now=now)
    assert stored(kept()[0].booking_id).enrollment_id == left_out.id


def test_who_is_gone_from_the_sheet_is_not_amended(signed, by, now):
    amend(signed, None, by=by, now=now)
    with pytest.raises(Refused, match="changed since you opened it"):
        actions.propose(
            get_session(signed.session_id),
            signed.enrollment_id,
            PRESENT,
            booking_id=signed.id,
            version=1,
            **WHY,
            now=now,
        )
