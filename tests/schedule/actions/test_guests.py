from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.db import db, transaction
from clinic.enrollment.models import Enrollment
from clinic.errors import Refused
from clinic.participants.models import Participant
from clinic.programs.models import Measure
from clinic.schedule.actions import guests
from clinic.schedule.models import Booking, Method, Session, Status
from clinic.schedule.queries.changes import changes_of, guests_of
from clinic.schedule.queries.sessions import get_session
from tests import make
from tests.dump import changed, dump
from tests.race import race
from tests.schedule.actions.meeting import THURSDAY, events, meeting, rearrange, relay, undo
from tests.schedule.actions.one_off import DESK, NOW, booked, cancel, versions


@pytest.fixture
def sam(app):
    return make.enrollment(from_on="2026-02-01", participant=make.participant(name="Sam Lee"))


def put_on(session, person, now=NOW, reason=None):
    guests.put_on(session, person.id, reason=reason, by=DESK, now=now)


def take_off(session, person, now=NOW):
    guests.take_off(session, person.id, by=DESK, now=now)


def booking_of(session, person):
    theirs = (Booking.session_id == session.id) & (Booking.enrollment_id == person.id)
    return db.scalars(select(Booking).where(theirs)).one()


def test_a_guest_is_on_that_meeting_alone_and_the_roster_leaves_them_be(app, process, sam):
    person = db.get_one(Participant, sam.participant_id)
    before = versions(person)
    put_on(meeting(process), sam)
    session = meeting(process)
    booking = booking_of(session, sam)
    assert (booking.roster_entry_id, booking.seat_no, booking.status) == (None, 3, Status.EXPECTED)
    assert (session.seats, session.is_changed_by_hand) == (3, False)
    assert sam.id not in booked(meeting(process, THURSDAY + timedelta(weeks=1)))
    assert versions(person) > before
    verb, facts = events()[-1]
    assert (verb, facts["before"], facts["after"]) == (
        "session.guest_put_on",
        {"guests": []},
        {"guests": [sam.id]},
    )
    relay(process)
    assert sam.id in booked(meeting(process))


def test_without_a_free_seat_there_is_one_more_for_a_reason(app, process, sam):
    kim = make.enrollment(from_on="2026-02-01", participant=make.participant(name="Kim Abel"))
    put_on(meeting(process), sam)
    with pytest.raises(Refused) as refused:
        put_on(meeting(process), kim)
    assert (refused.value.sentence, refused.value.field) == (
        "All 3 seats are taken. Say why there is one more.",
        "reason",
    )
    with pytest.raises(Refused, match="The room has 3 seats, not 4"):
        put_on(meeting(process), kim, reason="Came a day early")
    rearrange(meeting(process), room=make.room(name="Hall", seats=20))
    put_on(meeting(process), kim, reason="Came a day early")
    session = meeting(process)
    assert (session.seats, booking_of(session, kim).seat_no) == (4, 4)
    assert session.is_changed_by_hand
    assert changes_of(session.id)[0].reason == "Came a day early"
    assert "early" not in str(events())


def test_who_called_off_has_left_a_seat_for_a_walk_in(app, process, sam):
    session = meeting(process)
    first = db.scalars(select(Booking).where(Booking.session_id == session.id)).first()
    first.status, first.method, first.seat_no = Status.EXCUSED, Method.STAFF, None
    db.flush()
    put_on(session, sam, now=make.instant("2026-03-12 10:20"))
    assert booking_of(session, sam).seat_no == 1


def test_who_cannot_be_on_it_is_refused_and_nothing_is_left(app, process, sam):
    other = make.session("2026-03-12", "10:30", "11:30", title="Intake")
    away = make.enrollment(from_on="2026-02-01", participant=make.participant(name="Al Away"))
    make.leave(away, "2026-03-12", "2026-03-12")
    later = make.enrollment(from_on="2026-04-01", participant=make.participant(name="Lu Later"))
    busy = make.enrollment(from_on="2026-02-01", participant=make.participant(name="Bo Busy"))
    make.booking(other, busy)
    jo = db.scalars(select(Booking)).first().enrollment_id
    session = meeting(process)
    jordan = db.get_one(Enrollment, jo).participant_id
    again = make.enrollment(participant=db.get_one(Participant, jordan))
    before = dump()
    for person, why in (
        (away, "Al Away is on leave on Thu, Mar 12."),
        (later, "Lu Later is not enrolled on Thu, Mar 12."),
        (
            busy,
            (
                "Group session at 10:00 am and Group session at 10:30 am"
                " are at the same time on Thu, Mar 12."
            ),
        ),
        (again, "Jordan Avery is on this session already."),
    ):
        with pytest.raises(Refused) as refused, db.begin_nested():
            put_on(session, person)
        assert refused.value.sentence == why
    assert (jo in booked(session), changed(before, dump())) == (True, set())


def test_who_was_there_is_put_on_within_a_week_and_not_where_it_is_cancelled(app, process, sam):
    session = meeting(process)
    put_on(session, sam, now=make.instant("2026-03-19 20:00"))
    take_off(meeting(process), sam, now=make.instant("2026-03-19 20:00"))
    for act in (put_on, take_off):
        with pytest.raises(Refused, match="That was more than 7 days ago"):
            act(meeting(process), sam, now=make.instant("2026-03-20 08:00"))
    cancel(meeting(process))
    with pytest.raises(Refused, match="This session is cancelled"):
        put_on(meeting(process), sam)


def test_a_guest_is_taken_off_unless_something_is_recorded(app, process, sam):
    put_on(meeting(process), sam)
    take_off(meeting(process), sam)
    assert guests_of(meeting(process).id) == []
    assert events()[-1][0] == "session.guest_taken_off"
    with pytest.raises(Refused, match="They are on this session by their group"):
        take_off(meeting(process), sam)
    put_on(meeting(process), sam)
    booking = booking_of(meeting(process), sam)
    booking.status, booking.method = Status.PRESENT, Method.STAFF
    db.flush()
    with pytest.raises(Refused, match="Something is recorded of them here"):
        take_off(meeting(process), sam)
    with pytest.raises(Refused, match="Something is recorded of them here"):
        undo(meeting(process))


def test_putting_on_and_taking_off_are_undone_with_the_seat(app, process, sam):
    rearrange(meeting(process), seats=2, room=make.room(name="Hall", seats=20))
    put_on(meeting(process), sam, reason="Walk-in")
    undo(meeting(process))
    session = meeting(process)
    assert (guests_of(session.id), session.seats, session.is_changed_by_hand) == ([], 2, True)
    put_on(session, sam, reason="Walk-in")
    take_off(meeting(process), sam)
    undo(meeting(process))
    assert guests_of(session.id) == [sam.id]
    assert [each.verb for each in changes_of(session.id)] == [
        "session.guest_put_on",
        "session.changed",
    ]


def test_a_guest_is_undone_while_it_runs_and_not_once_it_is_signed(app, process, sam):
    session = meeting(process)
    put_on(session, sam, now=session.starts_at)
    undo(session, now=session.starts_at)
    assert guests_of(session.id) == []
    put_on(meeting(process), sam, now=session.starts_at)
    take_off(meeting(process), sam, now=session.starts_at)
    booking = db.scalars(select(Booking).where(Booking.session_id == session.id)).first()
    booking.status, booking.method = Status.PRESENT, Method.STAFF
    booking.signed_at = session.ends_at
    db.flush()
    with pytest.raises(Refused, match="signed"):
        undo(meeting(process), now=session.ends_at)
    assert guests_of(session.id) == []


def test_doubts_are_the_persons_times_and_the_seat_more(app, process, sam):
    make.unavailability(sam, 3, "08:00", "12:00")
    process.program.rule_set_id = make.rule_set({Measure.SEATS_MAX: 3}).id
    db.flush()
    busy = "Sam Lee said they cannot come at that time on Thu."
    assert guests.doubts(meeting(process), sam.id) == [busy]
    put_on(meeting(process), make.enrollment(from_on="2026-02-01"))
    assert guests.doubts(meeting(process), sam.id) == [
        "The rule set allows 3 in a session of this kind with 1 leader, not 4.",
        busy,
    ]


def test_of_two_walk_ins_for_the_last_seat_one_is_asked_for_a_reason(app, process, sam):
    kim = make.enrollment(from_on="2026-02-01", participant=make.participant(name="Kim Abel"))
    session_id = meeting(process).id

    def walk_in(enrollment_id):
        def act():
            with transaction():
                guests.put_on(get_session(session_id), enrollment_id, by=DESK, now=NOW)
            return "seated"

        return act

    answers = race(app, walk_in(sam.id), walk_in(kim.id))
    (refused,) = [answer for answer in answers if isinstance(answer, Refused)]
    assert refused.sentence == "All 3 seats are taken. Say why there is one more."
    assert len(db.scalars(select(Booking.id).where(Booking.session_id == session_id)).all()) == 3
    assert db.get_one(Session, session_id).seats == 3
