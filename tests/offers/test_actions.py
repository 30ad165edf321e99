from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from clinic.attendance.actions import mark
from clinic.db import db, transaction
from clinic.errors import NotFound, Refused
from clinic.hours.queries import weeks_of
from clinic.offers import actions, queries, rules
from clinic.offers.models import CameOfIt, MakeUpOffer
from clinic.outbox import OutboxMessage
from clinic.schedule.actions import changes, guests, rosters, seats, undoing
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Booking, SeatHold, Session, Status
from clinic.schedule.queries.changes import changes_of
from clinic.schedule.queries.sessions import get_session
from clinic.schedule.rules.changes import GUESTS
from clinic.trail import SYSTEM, Actor, TrailEvent
from tests import make
from tests.race import race

NOW = make.instant("2026-03-03 10:00")  # a Tuesday
STAFF = Actor("system", None)
MONDAY = date(2026, 3, 2)


@pytest.fixture
def jordan(app):
    """Missed Monday; has a page of their own."""
    person = make.participant(name="Jordan Avery", email="jo@example.org", password=make.PASSWORD)
    enrollment = make.enrollment(person, from_on="2026-02-02")
    make.booking(make.session("2026-03-02"), enrollment, Status.NO_SHOW)
    return enrollment


@pytest.fixture
def thursday(jordan):
    return make.session("2026-03-05", "09:00", "12:00", seats=1, leaders=[make.staff()])


def person_of(enrollment):
    return queries.get_person(enrollment.id, scope=None)


def offer(enrollment, session, *, now=NOW, **facts):
    facts = {"missed_id": None, "link": "", "by": STAFF} | facts
    return actions.offer(person_of(enrollment), get_session(session.id), now=now, **facts)


def place(enrollment, session, *, now=NOW, missed_id=None):
    session = get_session(session.id)
    return actions.place(person_of(enrollment), session, missed_id=missed_id, by=STAFF, now=now)


def take(enrollment, made, *, now=NOW):
    me = Actor("account", enrollment.participant.account_id)
    return actions.take(made.id, enrollment.participant_id, by=me, now=now)


def held():
    return db.scalars(select(SeatHold.seat_no).order_by(SeatHold.id)).all()


def booked(session):
    its = select(Booking.enrollment_id).where(Booking.session_id == session.id)
    return db.scalars(its).all()


def verbs():
    mine = TrailEvent.subject_kind == "make_up_offer"
    return db.scalars(select(TrailEvent.verb).where(mine).order_by(TrailEvent.id)).all()


def outcome(made):
    return db.scalar(select(MakeUpOffer.outcome).where(MakeUpOffer.id == made.id))


def test_staff_put_somebody_on_a_session_for_one_they_missed_and_take_it_back(jordan, thursday):
    missed = db.scalars(select(Booking.session_id)).one()
    placed = place(jordan, thursday, missed_id=missed)
    assert (outcome(placed), booked(thursday), held()) == (CameOfIt.PLACED, [jordan.id], [])
    row = queries.get_row(placed.id)
    assert (row.missed_on, row.session_id) == (date(2026, 3, 2), thursday.id)
    with pytest.raises(Refused) as refused:
        place(make.enrollment(), thursday)
    assert refused.value.sentence == rules.GIVEN_AWAY
    actions.take_back(placed.id, by=STAFF, now=NOW)
    assert (outcome(placed), booked(thursday)) == (CameOfIt.WITHDRAWN, [])
    with pytest.raises(Refused) as refused:
        actions.take_back(placed.id, by=STAFF, now=NOW)
    assert refused.value.sentence == rules.NOT_ON_IT
    assert verbs() == ["make_up.placed", "make_up.withdrawn"]


def test_who_has_missed_nothing_there_has_nothing_to_make_up(jordan, thursday):
    for act in (place, offer):
        with pytest.raises(NotFound):
            act(make.enrollment(), thursday, missed_id=db.scalars(select(Booking.session_id)).one())


def test_an_offered_seat_is_nobody_elses_until_it_is_taken(jordan, thursday):
    made = offer(jordan, thursday)
    assert (made.opens_at, made.held_until) == (NOW, make.instant("2026-03-03 14:00"))
    assert held() == [1]
    message = db.scalars(select(OutboxMessage)).one()
    assert (message.recipient, message.due_at) == ("jo@example.org", NOW)
    other = make.enrollment()
    session = get_session(thursday.id)
    assert seats.find_free(thursday.id) is None
    with pytest.raises(Refused) as refused:
        guests.put_on(session, other.id, by=STAFF, now=NOW)
    assert refused.value.sentence == "The only seat is taken. Say why there is one more."
    assert [row.id for row in queries.asked_now(jordan.participant_id, now=NOW)] == [made.id]
    take(jordan, made)
    assert (outcome(made), booked(thursday), held()) == (CameOfIt.TAKEN, [jordan.id], [])
    assert queries.asked_now(jordan.participant_id, now=NOW) == []
    take(jordan, made)  # once more, as from a second tap
    assert (outcome(made), booked(thursday), held()) == (CameOfIt.TAKEN, [jordan.id], [])
    assert verbs() == ["make_up.offered", "make_up.taken"]


def test_a_declined_seat_is_free_and_what_was_not_sent_never_is(jordan, thursday):
    made = offer(jordan, thursday, now=make.instant("2026-03-02 22:00"))
    assert made.opens_at == make.instant("2026-03-03 08:00")
    assert queries.asked_now(jordan.participant_id, now=make.instant("2026-03-03 07:00")) == []
    for _ in range(2):
        assert decline(jordan, made)
    assert (outcome(made), held()) == (CameOfIt.DECLINED, [])
    assert db.scalar(select(OutboxMessage.given_up_at)) == NOW
    with pytest.raises(Refused) as refused:
        take(jordan, made)
    assert refused.value.sentence == rules.YOU_DECLINED
    assert verbs() == ["make_up.offered", "make_up.declined"]


def decline(enrollment, made, *, now=NOW):
    return actions.decline(made.id, enrollment.participant_id, by=STAFF, now=now)


def test_what_is_over_need_not_be_declined_and_cannot_be_withdrawn(jordan, thursday):
    made = offer(jordan, thursday)
    actions.withdraw(made.id, by=STAFF, now=NOW)
    assert (outcome(made), held()) == (CameOfIt.WITHDRAWN, [])
    with pytest.raises(Refused) as refused:
        actions.withdraw(made.id, by=STAFF, now=NOW)
    assert refused.value.sentence == rules.ANSWERED
    assert not decline(jordan, made)
    assert outcome(made) is CameOfIt.WITHDRAWN


def test_what_was_taken_is_called_off_in_the_week_and_not_declined(jordan, thursday):
    made = offer(jordan, thursday)
    take(jordan, made)
    with pytest.raises(Refused) as refused:
        decline(jordan, made)
    assert refused.value.sentence == rules.YOU_HAVE_IT
    assert (outcome(made), booked(thursday)) == (CameOfIt.TAKEN, [jordan.id])


def test_nobody_answers_for_somebody_else(jordan, thursday):
    made = offer(jordan, thursday)
    stranger = make.participant()
    with pytest.raises(NotFound):
        actions.take(made.id, stranger.id, by=STAFF, now=NOW)
    with pytest.raises(NotFound):
        actions.decline(made.id, stranger.id, by=STAFF, now=NOW)


def test_why_nothing_is_offered(jordan, thursday):
    def why_not(enrollment=jordan, session=thursday, now=NOW):
        with pytest.raises(Refused) as refused:
            offer(enrollment, session, now=now)
        return refused.value.sentence

    assert why_not(make.enrollment()) == rules.NO_PAGE
    assert why_not(now=thursday.starts_at) == rules.HAS_BEGUN
    with pytest.raises(Refused) as refused:
        place(jordan, thursday, now=thursday.starts_at)
    assert refused.value.sentence == rules.HAS_BEGUN
    off = make.session("2026-03-05", is_cancelled=True)
    assert why_not(session=off).startswith("This session is cancelled")
    leave = make.leave(jordan, "2026-03-05", "2026-03-06")
    assert why_not() == "Jordan Avery is on leave on Thu, Mar 5."
    db.delete(leave)
    there = make.booking(make.session("2026-03-05", "11:00", "13:00"), jordan)
    assert why_not() == rules.BUSY
    mark(there, status=Status.EXCUSED, version=1, by=STAFF, now=NOW)
    full = make.session("2026-03-06", seats=1)
    make.booking(full, make.enrollment())
    assert why_not(session=full) == rules.GIVEN_AWAY
    on_it = make.session("2026-03-07")
    make.booking(on_it, jordan)
    assert why_not(session=on_it) == "Jordan Avery is on this session already."
    offer(jordan, thursday)
    assert why_not(session=make.session("2026-03-06")) == rules.IS_OUT


def test_who_is_put_on_a_session_has_nothing_else_held_for_them(jordan, thursday):
    made = offer(jordan, thursday)
    friday = make.session("2026-03-06", leaders=[make.staff()])
    place(jordan, friday)
    assert (outcome(made), held(), booked(friday)) == (CameOfIt.WITHDRAWN, [], [jordan.id])


def test_who_is_put_on_a_session_in_one_program_has_nothing_held_in_another(jordan, thursday):
    other = make.enrollment(jordan.participant, make.program(thursday.site))
    elsewhere = offer(other, make.session("2026-03-06", program=other.program))
    friday = make.session("2026-03-06", "13:00", "14:00", leaders=[make.staff()])
    placed = place(jordan, friday)
    assert (outcome(elsewhere), outcome(placed)) == (CameOfIt.WITHDRAWN, CameOfIt.PLACED)
    assert (held(), booked(friday)) == ([], [jordan.id])
    same = offer(other, thursday)  # its last seat, that was held for them by the other enrollment
    placed = place(jordan, thursday)
    assert (outcome(same), outcome(placed)) == (CameOfIt.WITHDRAWN, CameOfIt.PLACED)
    assert (held(), booked(thursday)) == ([], [jordan.id])
    assert not actions.is_behind()
    actions.take_back(placed.id, by=STAFF, now=NOW)
    assert (outcome(placed), booked(thursday)) == (CameOfIt.WITHDRAWN, [])


def test_whoever_says_yes_on_the_telephone_has_the_seat_that_is_held(jordan, thursday):
    missed = db.scalars(select(Booking.session_id)).one()
    made = offer(jordan, thursday, missed_id=missed)
    placed = place(jordan, thursday)
    assert (placed.id, placed.missed_session_id) == (made.id, missed)
    assert (outcome(made), held(), booked(thursday)) == (CameOfIt.PLACED, [], [jordan.id])
    assert verbs() == ["make_up.offered", "make_up.placed"]
    take(jordan, made)
    with pytest.raises(Refused) as refused:
        actions.decline(made.id, jordan.participant_id, by=STAFF, now=NOW)
    assert refused.value.sentence == rules.YOU_HAVE_IT
    actions.take_back(made.id, by=STAFF, now=NOW)
    assert (outcome(made), booked(thursday)) == (CameOfIt.WITHDRAWN, [])


def test_what_was_moved_since_is_another_seat_than_they_were_offered(jordan, thursday):
    missed = db.scalars(select(Booking.session_id)).one()
    made = offer(jordan, thursday)
    db.get_one(Session, thursday.id).ends_at = make.instant("2026-03-05 11:00")
    db.flush()
    placed = place(jordan, thursday, missed_id=missed)
    assert (outcome(made), outcome(placed)) == (CameOfIt.WITHDRAWN, CameOfIt.PLACED)


def test_on_the_session_itself_the_seat_that_is_held_is_theirs(jordan, thursday):
    made = offer(jordan, thursday)
    guests.put_on(get_session(thursday.id), jordan.id, by=STAFF, now=NOW)
    assert (booked(thursday), held()) == ([jordan.id], [])
    take(jordan, made)
    assert booked(thursday) == [jordan.id]
    assert actions.is_behind()
    actions.settle(NOW)
    assert (outcome(made), actions.is_behind()) == (CameOfIt.PLACED, False)


def add(enrollment, session, *, now=NOW):
    guests.put_on(get_session(session.id), enrollment.id, by=STAFF, now=now)
    return actions.follow(session.id, by=STAFF, now=now)


def undo(session, *, now=NOW):
    act = changes_of(session.id)[0].act
    undoing.undo(get_session(session.id), act=act, verbs=GUESTS, by=STAFF, now=now)
    return actions.follow(session.id, undone=act, by=STAFF, now=now)


def test_on_the_session_itself_the_offer_says_at_once_who_is_on_it(jordan, thursday):
    made = offer(
        jordan, thursday, now=make.instant("2026-03-02 22:00")
    )  # to be sent in the morning
    assert add(jordan, thursday) == []
    assert (outcome(made), held(), actions.is_behind()) == (CameOfIt.PLACED, [], False)
    assert db.scalar(select(OutboxMessage.given_up_at)) == NOW
    assert [row.id for row in undo(thursday)] == [made.id]
    assert (outcome(made), booked(thursday)) == (CameOfIt.WITHDRAWN, [])
    with pytest.raises(Refused) as refused:
        take(jordan, made)
    assert refused.value.sentence == rules.NOT_OFFERED
    assert verbs() == ["make_up.offered", "make_up.placed", "make_up.withdrawn"]


def test_whoever_is_taken_off_there_is_not_said_to_come_and_with_its_undo_is(jordan, thursday):
    made = offer(jordan, thursday)
    take(jordan, made)
    later = make.instant("2026-03-03 11:00")
    guests.take_off(get_session(thursday.id), jordan.id, by=STAFF, now=later)
    assert [row.id for row in actions.follow(thursday.id, by=STAFF, now=later)] == [made.id]
    assert outcome(made) is CameOfIt.WITHDRAWN
    assert undo(thursday, now=make.instant("2026-03-03 11:05")) == []
    assert (outcome(made), booked(thursday)) == (CameOfIt.PLACED, [jordan.id])
    take(jordan, made)
    assert verbs()[2:] == ["make_up.withdrawn", "make_up.placed"]


def test_whom_staff_had_put_on_it_is_taken_off_there_with_what_they_were_offered(jordan, thursday):
    placed = place(jordan, thursday)
    assert undo(thursday) == []  # nothing was held for them
    assert outcome(placed) is CameOfIt.WITHDRAWN
    later = make.instant("2026-03-03 11:00")
    elsewhere = offer(jordan, make.session("2026-03-06"), now=later)
    placed = place(jordan, thursday, now=later)
    assert outcome(elsewhere) is CameOfIt.WITHDRAWN
    assert [row.id for row in undo(thursday, now=later)] == [placed.id]


def test_offers_of_others_and_of_the_past_stay_as_they_are(jordan, thursday):
    db.get_one(Session, thursday.id).seats = 2
    db.flush()
    theirs = offer(jordan, thursday)
    other = make.enrollment()
    add(other, thursday)
    assert (outcome(theirs), held()) == (None, [1])
    assert undo(thursday) == []
    assert (outcome(theirs), held()) == (None, [1])
    actions.withdraw(theirs.id, by=STAFF, now=NOW)
    add(jordan, thursday)  # for another reason: what was withdrawn before is not what they come by
    assert outcome(theirs) is CameOfIt.WITHDRAWN
    undo(thursday)
    placed = place(jordan, thursday)
    begun = thursday.starts_at
    guests.take_off(get_session(thursday.id), jordan.id, by=STAFF, now=begun)
    assert actions.follow(thursday.id, by=STAFF, now=begun) == []
    assert outcome(placed) is CameOfIt.PLACED


def test_what_is_offered_again_is_held_while_what_was_placed_before_ends(jordan, thursday):
    placed = place(jordan, thursday)
    guests.take_off(get_session(thursday.id), jordan.id, by=STAFF, now=NOW)
    again = offer(jordan, thursday)
    assert actions.follow(thursday.id, by=STAFF, now=NOW) == []
    assert (outcome(placed), outcome(again), held()) == (CameOfIt.WITHDRAWN, None, [1])


def test_whose_seat_somebody_else_has_reads_so_in_words_for_them(jordan, thursday):
    made = offer(jordan, thursday)
    seats.release_held({thursday.id: [jordan.id]})
    make.booking(thursday, make.enrollment())
    with pytest.raises(Refused) as refused:
        take(jordan, made)
    assert refused.value.sentence == rules.YOU_GIVEN_AWAY


def test_whoever_called_it_off_since_is_not_told_that_they_come(jordan, thursday):
    made = offer(jordan, thursday)
    guests.put_on(get_session(thursday.id), jordan.id, by=STAFF, now=NOW)
    theirs = select(Booking).where(Booking.session_id == thursday.id)
    booking = db.scalars(theirs.options(joinedload("*"))).unique().one()
    mark(booking, status=Status.EXCUSED, version=booking.version, by=STAFF, now=NOW)
    with pytest.raises(Refused) as refused:
        take(jordan, made)
    assert refused.value.sentence == rules.YOU_HAD_IT


def test_a_group_that_they_join_takes_the_seat_that_is_held(jordan):
    group = make.series(seats=1, from_on="2026-03-05", until_on="2026-03-05", weekdays="3")
    lay_out(group, by=SYSTEM, now=NOW)
    session = db.scalars(select(Session).where(Session.series_id == group.id)).one()
    offer(jordan, session)
    rosters.put_on(jordan, group, from_on=date(2026, 3, 5), by=STAFF, now=NOW)
    assert (booked(session), held()) == ([jordan.id], [])


def test_silence_lets_go_of_the_seat(jordan, thursday):
    made = offer(jordan, thursday)
    actions.settle(make.instant("2026-03-03 13:59"))
    assert outcome(made) is None
    late = make.instant("2026-03-03 14:00")
    with pytest.raises(Refused) as refused:
        take(jordan, made, now=late)
    assert refused.value.sentence.startswith("This seat was held for you until 2:00 pm.")
    actions.settle(late)
    assert (outcome(made), held()) == (CameOfIt.RELEASED, [])
    place(make.enrollment(), thursday, now=late)


def test_at_night_nobody_is_written_to_also_where_mail_did_not_go_by_day(jordan, thursday):
    evening = make.instant("2026-03-02 20:30")
    made = offer(jordan, thursday, now=evening)
    due = select(OutboxMessage.due_at).where(OutboxMessage.id == made.message_id)
    actions.settle(make.instant("2026-03-02 20:59"))
    assert db.scalar(due) == evening
    morning = make.instant("2026-03-03 08:00")
    for late in ("2026-03-02 21:00", "2026-03-03 07:59"):
        actions.settle(make.instant(late))
        assert (db.scalar(due), outcome(made)) == (morning, None)


def test_who_has_something_else_at_that_time_since_lets_go_of_the_seat(jordan, thursday):
    made = offer(jordan, thursday)
    make.booking(make.session("2026-03-05", "12:00", "13:00"), jordan)
    actions.settle(NOW)
    assert (outcome(made), held()) == (None, [1])
    other = make.enrollment(jordan.participant, make.program())
    make.booking(make.session("2026-03-05", "11:00", "13:00", program=other.program), other)
    actions.settle(NOW)
    assert (outcome(made), held()) == (CameOfIt.WITHDRAWN, [])


def test_on_two_programs_one_thing_is_asked_and_the_hours_go_to_its_enrollment(jordan, thursday):
    series = make.series(thursday.program, is_open_to_make_ups=True)
    other = make.enrollment(jordan.participant, make.program(thursday.site))
    friday = make.session("2026-03-06", "09:00", "12:00", series=series)
    made = offer(other, friday)
    with pytest.raises(Refused) as refused:
        offer(jordan, thursday)
    assert refused.value.sentence == rules.IS_OUT
    take(other, made)
    weeks = weeks_of([jordan.id, other.id], now=NOW, first=MONDAY, last=MONDAY)
    assert {each.enrollment_id: each.hours.balance.upcoming for each in weeks} == {
        jordan.id: 0,
        other.id: 180,
    }
    own = make.session("2026-03-06", "11:00", "13:00", program=thursday.program)
    with pytest.raises(Refused) as refused:
        offer(jordan, own)
    assert refused.value.sentence == rules.BUSY
    with pytest.raises(Refused) as refused:
        place(jordan, own)
    assert "are at the same time on Fri, Mar 6." in refused.value.sentence


def _cancel(session, _enrollment):
    changes.cancel(session, reason=None, by=STAFF, now=NOW)


def _remove(session, _enrollment):
    db.delete(session)
    db.flush()


def _go_on_leave(_session, enrollment):
    make.leave(enrollment, "2026-03-05", "2026-03-06")


@pytest.mark.parametrize(
    ("act", "why_not"),
    [
        (_cancel, rules.YOU_CANCELLED),
        (_remove, rules.YOU_CANCELLED),
        (_go_on_leave, rules.YOU_NOT_THERE),
    ],
)
def test_what_can_no_longer_be_taken_is_let_go(jordan, thursday, act, why_not):
    made = offer(jordan, thursday)
    act(get_session(thursday.id), jordan)
    with pytest.raises(Refused) as refused:
        take(jordan, made)
    assert refused.value.sentence == why_not
    actions.settle(NOW)
    assert (outcome(made), held()) == (CameOfIt.WITHDRAWN, [])


def test_what_comes_in_between_is_in_the_way(jordan, thursday):
    made = offer(jordan, thursday)
    make.booking(make.session("2026-03-05", "11:00", "13:00"), jordan)
    with pytest.raises(Refused) as refused:
        take(jordan, made)
    assert refused.value.sentence == rules.YOU_BUSY


def test_a_seat_that_is_held_is_none_too_many(jordan, thursday):
    session = make.session("2026-03-06", seats=3)
    make.booking(session, make.enrollment())
    make.booking(session, make.enrollment())
    offer(jordan, session)
    first = (Booking.session_id == session.id) & (Booking.seat_no == 1)
    seats.release(first, by=STAFF, now=NOW)
    with pytest.raises(Refused) as refused:
        seats.lower(session.id, seats=1, title="Process", day=session.day)
    assert refused.value.sentence == "Process on Fri, Mar 6 has 2 people on its roster, 1 seats."
    seats.lower(session.id, seats=2, title="Process", day=session.day)
    assert held() == [1]


def test_of_staff_and_of_themselves_at_once_one_puts_them_on_it(app, jordan, thursday):
    made = offer(jordan, thursday)
    own_id, session_id, enrollment_id = jordan.participant_id, thursday.id, jordan.id
    made_id = made.id

    def staff():
        with transaction():
            guests.put_on(get_session(session_id), enrollment_id, by=STAFF, now=NOW)
            actions.follow(session_id, by=STAFF, now=NOW)

    def themselves():
        with transaction():
            actions.take(made_id, own_id, by=STAFF, now=NOW)

    staffs, own = race(app, staff, themselves)
    assert own is None
    first = CameOfIt.TAKEN if staffs else CameOfIt.PLACED
    said = getattr(staffs, "sentence", staffs)
    assert said in (None, "Jordan Avery is on this session already.")
    assert (outcome(made), booked(thursday), held()) == (first, [enrollment_id], [])


@pytest.mark.parametrize("acts", [(offer, offer), (offer, place), (place, place)])
def test_of_two_clerks_and_one_seat_one_wins(app, jordan, thursday, acts):
    person = make.participant(email="kim@example.org", password=make.PASSWORD)
    ids = [jordan.id, make.enrollment(person).id]
    session_id = thursday.id

    def clerk(act, enrollment_id):
        def run():
            with transaction():
                who = queries.get_person(enrollment_id, scope=None)
                facts = {"link": ""} if act is offer else {}
                do = actions.offer if act is offer else actions.place
                do(who, get_session(session_id), missed_id=None, by=STAFF, now=NOW, **facts)

        return run

    answers = race(app, *(clerk(act, each) for act, each in zip(acts, ids, strict=True)))
    said = [getattr(answer, "sentence", answer) for answer in answers]
    assert sorted(said, key=str) in ([None, rules.GIVEN_AWAY], [rules.GIVEN_AWAY, None])
    assert len(booked(thursday)) + len(held()) == 1
