import json
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from clinic.accounts.models import Staff
from clinic.db import db, transaction
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import get_enrollment
from clinic.errors import Refused
from clinic.programs.models import Kind, Measure, Room
from clinic.programs.queries import get_program
from clinic.schedule.actions import one_offs as actions
from clinic.schedule.actions import rosters
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Booking, Method, Mode, SeriesPlan, Session, SessionLeader, Status
from clinic.schedule.queries.series import get_series
from clinic.schedule.queries.sessions import find_one_off, get_session
from clinic.trail import Actor, TrailEvent
from tests import make
from tests.dump import changed, dump
from tests.race import race

DESK = Actor("account", 7)
NOW = make.instant("2026-03-09 12:00")  # a Monday
DAY = date(2026, 3, 10)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def jo(app):
    return make.enrollment(from_on="2026-02-01", participant=make.participant(name="Jordan Avery"))


@pytest.fixture
def ana(app):
    return make.staff(name="Ana Rivera")


@pytest.fixture
def office(jo):
    return make.room(name="Office 1", seats=3)


def one_off(ana, office, *people, day=DAY, title="Intake", program=None, **facts):
    """What is planned, as the actions take it."""
    program = program or make._first_program()
    program.site = make._site_of(program)
    room = facts.pop("room") if "room" in facts else office
    plan = {
        "kind": Kind.INDIVIDUAL,
        "mode": Mode.IN_PERSON,
        "room": room,
        "room_id": room.id if room else None,
        "starts": time(15),
        "ends": time(16),
        "break_minutes": 0,
        "seats": 2,
        "leader_ids": facts.pop("leader_ids") if "leader_ids" in facts else [ana.id],
    }
    return {
        "program": program,
        "plan": SeriesPlan(**plan | facts),
        "title": title,
        "day": day,
        "people": [person.id for person in people],
    }


def book(one, now=NOW, **facts):
    return actions.book(**one, by=DESK, now=now, **facts)


def move(session, one, now=NOW, **facts):
    there = get_session(session.id)
    actions.move(there, **one, by=DESK, now=now, **facts)
    return there


def cancel(session, now=NOW, reason="Snow"):
    actions.cancel(get_session(session.id), reason=reason, by=DESK, now=now)


def reinstate(session, now=NOW):
    actions.reinstate(get_session(session.id), by=DESK, now=now)


def booked(session):
    found = select(Booking.enrollment_id).where(Booking.session_id == session.id)
    return sorted(db.scalars(found))


def verbs():
    return list(db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)))


def versions(*people):
    for person in people:
        db.refresh(person, ["calendar_version"])
    return [person.calendar_version for person in people]


# Booking


def test_booking_makes_a_session_with_a_key_of_its_own(app, ana, jo, office):
    before = versions(ana, jo.participant)
    session = book(one_off(ana, office, jo))
    again = book(one_off(ana, office, jo, starts=time(16), ends=time(17)))
    assert (session.key, again.key) == ("s-0001", "s-0002")
    assert (session.day, session.room_id, session.is_changed_by_hand) == (DAY, office.id, False)
    assert ([leader.staff_id for leader in session.leaders], booked(session)) == ([ana.id], [jo.id])
    assert verbs() == ["session.planned"] * 2
    facts = json.loads(db.scalars(select(TrailEvent.facts)).first())
    assert facts == {"day": "2026-03-10", "people": 1}
    assert all(now > then for now, then in zip(versions(ana, jo.participant), before, strict=True))


def test_a_key_that_a_file_has_used_is_passed_over(app, ana, jo, office):
    make.session(key="s-0002")
    assert book(one_off(ana, office, jo)).key == "s-0003"


def test_today_can_still_be_planned_when_its_hour_is_over(app, ana, jo, office):
    today = date(2026, 3, 9)
    assert book(one_off(ana, office, jo, day=today, starts=time(9), ends=time(10))).day == today


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"day": date(2026, 3, 8)}, "That day is over. Plan the session for today or later."),
        ({"ends": time(15)}, "The end, 15:00, is not after the start, 15:00."),
        (
            {"day": date(2027, 3, 14), "starts": time(2, 30), "ends": time(4)},
            "02:30 does not exist on 2027-03-14: the clocks go forward, 02:30 becomes 03:30.",
        ),
        (
            {"day": date(2027, 3, 14), "starts": time(1, 30), "ends": time(2, 30)},
            "02:30 does not exist on 2027-03-14: the clocks go forward, 02:30 becomes 03:30.",
        ),
        ({"room": None}, "Choose a room, or make it virtual."),
        ({"seats": 4}, "The room has 3 seats, not 4."),
        ({"day": date(2026, 5, 25)}, "The site is closed on Mon May 25: Memorial Day."),
        ({"day": date(2026, 3, 20)}, "Jordan Avery is on leave on Fri Mar 20."),
        ({"day": date(2027, 4, 1)}, "Jordan Avery is not enrolled on Thu Apr 1."),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(app, ana, jo, office, facts, sentence):
    make.closure("2026-05-25", name="Memorial Day")
    make.leave(jo, "2026-03-20", "2026-03-21")
    jo.until_on = date(2027, 3, 31)
    one = one_off(ana, office, jo, **facts)
    db.flush()
    before = dump()
    with pytest.raises(Refused) as refused:
        book(one)
    assert (refused.value.sentence, changed(before, dump())) == (sentence, set())


def test_people_and_leaders_are_named_once_and_somebody_is(app, ana, jo, office):
    for one, sentence in (
        (one_off(ana, office), "Choose who it is for."),
        (
            one_off(ana, office, jo, make.enrollment(participant=jo.participant)),
            "The same person is chosen twice.",
        ),
        (
            one_off(ana, office, jo, make.enrollment(), seats=1),
            "2 people cannot sit on 1 seat.",
        ),
        (
            one_off(ana, office, jo, leader_ids=[ana.id, ana.id]),
            "The same person is chosen twice as a leader.",
        ),
        (
            one_off(ana, make.room(site=make.site()), jo),
            "This room is at another site than the program.",
        ),
    ):
        with pytest.raises(Refused) as refused:
            book(one)
        assert refused.value.sentence == sentence


@pytest.mark.parametrize("shared", ["Office 1", "Ana Rivera", "Jordan Avery"])
def test_whoever_is_wanted_elsewhere_then_is_named_with_both_sessions(app, ana, jo, office, shared):
    kim, other = make.staff(), make.room()
    there = make.session(
        str(DAY),
        "15:30",
        "16:30",
        title="Process group",
        room=office if shared == "Office 1" else other,
        leaders=[ana if shared == "Ana Rivera" else kim],
    )
    make.booking(there, jo if shared == "Jordan Avery" else make.enrollment())
    with pytest.raises(Refused) as refused:
        book(one_off(ana, office, jo))
    assert refused.value.sentence == (
        f"{shared} is wanted twice: Intake and Process group are at the same time on Tue Mar 10."
    )


def test_a_leader_at_another_site_on_another_local_day_is_found(app, ana, jo, office):
    tokyo = make.site(timezone="Asia/Tokyo")
    away = make.program(site=tokyo)
    make.session("2026-03-11", "04:00", "05:00", program=away, leaders=[ana], title="Far away")
    with pytest.raises(Refused) as refused:
        book(one_off(ana, office, jo))
    assert refused.value.sentence.startswith("Ana Rivera is wanted twice: Far away and Intake")


# Moving


def test_moving_changes_time_place_leader_and_people(app, ana, jo, office):
    kim, blake, room = make.staff(), make.enrollment(from_on="2026-02-01"), make.room()
    session = book(one_off(ana, office, jo))
    before = versions(ana, jo.participant, kim, blake.participant)
    facts = {"starts": time(9), "ends": time(10), "room": room, "leader_ids": [kim.id]}
    moved = move(session, one_off(ana, office, blake, day=DAY + timedelta(days=1), **facts))
    db.refresh(moved)
    assert (moved.day, moved.room_id, moved.sequence) == (date(2026, 3, 11), room.id, 1)
    assert (booked(moved), moved.is_changed_by_hand) == ([blake.id], True)
    assert verbs() == ["session.planned", "session.changed"]
    after = versions(ana, jo.participant, kim, blake.participant)
    assert all(now > then for now, then in zip(after, before, strict=True))


def test_moving_nothing_leaves_no_line(app, ana, jo, office):
    session = book(one_off(ana, office, jo))
    before = dump()
    move(session, one_off(ana, office, jo), seen=0)
    assert changed(before, dump()) == set()


def test_moving_onto_itself_is_no_clash_and_onto_others_is(app, ana, jo, office):
    session = book(one_off(ana, office, jo))
    move(session, one_off(ana, office, jo, ends=time(16, 30)))
    book(one_off(ana, office, jo, starts=time(17), ends=time(18), title="Check-in"))
    with pytest.raises(Refused, match="Office 1 is wanted twice"):
        move(session, one_off(ana, office, jo, starts=time(17), ends=time(18)))


def test_what_somebody_else_has_moved_meanwhile_is_refused(app, ana, jo, office):
    session = book(one_off(ana, office, jo))
    move(session, one_off(ana, office, jo, ends=time(16, 30)), seen=0)
    with pytest.raises(Refused, match="Somebody has changed this session since"):
        move(session, one_off(ana, office, jo), seen=0)


def test_neither_groups_nor_what_has_begun_nor_what_was_held_is_moved(app, ana, jo, office):
    session = book(one_off(ana, office, jo))
    later = make.instant("2026-03-10 15:00")
    assert actions.why_not_change(session, now=NOW) is None
    with pytest.raises(Refused, match="This session has begun"):
        move(session, one_off(ana, office, jo), now=later)
    of_group = make.session(str(DAY), series=make.series())
    with pytest.raises(Refused, match="This session belongs to a group"):
        move(of_group, one_off(ana, office, jo))
    make.booking(session, status=Status.EXCUSED)
    for act in (lambda: move(session, one_off(ana, office, jo)), lambda: cancel(session)):
        with pytest.raises(Refused, match="Attendance has been recorded"):
            act()


# Cancelling


def test_cancelling_keeps_the_people_and_tells_their_calendars(app, ana, jo, office):
    session = book(one_off(ana, office, jo))
    before = versions(ana, jo.participant)
    cancel(session)
    db.refresh(session)
    assert (session.is_cancelled, session.cancel_reason, session.sequence) == (True, "Snow", 1)
    assert (booked(session), session.is_changed_by_hand) == ([jo.id], True)
    assert verbs() == ["session.planned", "session.cancelled"]
    assert "Snow" not in "".join(db.scalars(select(TrailEvent.facts)))
    assert all(now > then for now, then in zip(versions(ana, jo.participant), before, strict=True))
    cancel(session)
    assert verbs() == ["session.planned", "session.cancelled"]
    with pytest.raises(Refused, match="This session is cancelled"):
        move(session, one_off(ana, office, jo, ends=time(17)))


def test_a_cancelled_session_gives_its_room_and_people_free(app, ana, jo, office):
    session = book(one_off(ana, office, jo))
    cancel(session)
    book(one_off(ana, office, jo))
    with pytest.raises(Refused, match="Office 1 is wanted twice"):
        reinstate(session)


def test_reinstating_takes_the_cancellation_back(app, ana, jo, office):
    session = book(one_off(ana, office, jo))
    reinstate(session)
    cancel(session)
    reinstate(session)
    db.refresh(session)
    assert (session.is_cancelled, session.cancel_reason, session.sequence) == (False, None, 2)
    assert verbs() == ["session.planned", "session.cancelled", "session.reinstated"]


def test_nothing_is_reinstated_where_nobody_can_come(app, ana, jo, office):
    session = book(one_off(ana, office, jo))
    cancel(session)
    make.leave(jo, DAY, DAY)
    with pytest.raises(Refused, match="Jordan Avery is on leave on Tue Mar 10"):
        reinstate(session)
    make.closure(DAY, name="Water damage")
    with pytest.raises(Refused, match="The site is closed on Tue Mar 10: Water damage"):
        reinstate(session)
    with pytest.raises(Refused, match="This session has begun"):
        reinstate(session, now=make.instant("2026-03-10 15:00"))


# Doubts


def test_doubts_are_the_rule_set_the_leaders_and_the_peoples_times(app, ana, jo, office):
    rule_set = make.rule_set({Measure.SEATS_MAX: 1})
    one = one_off(ana, office, jo)
    facts = {name: one[name] for name in ("program", "plan", "day", "people")}
    assert actions.doubts(**facts) == []
    make._first_program().rule_set_id = rule_set.id
    make.time_off(ana, DAY)
    make.unavailability(jo, DAY.weekday(), "15:30", "18:00")
    db.flush()
    assert actions.doubts(**facts) == [
        "The rule set allows 1 in a session of this kind with 1 leader, not 2.",
        "Ana Rivera has time off on Tue Mar 10.",
        "Jordan Avery said they cannot come at that time on Tue.",
    ]


# What a file says: how it was


def plan(people=(), *, now=NOW, room=None, leader_ids=(), **facts):
    """Plan the session `intake` as a file does. Return what came of it."""
    one = one_off(None, room, *people, leader_ids=list(leader_ids), **facts)
    session = find_one_off("intake")
    if session is None:
        book(one, now=now, key="intake", by_file=True)
        return "created"
    is_other = actions.move(session, **one, by_file=True, by=DESK, now=now)
    return "changed" if is_other else "unchanged"


def intake():
    session = db.scalars(select(Session).where(Session.key == "intake")).one()
    db.refresh(session)
    return session


def seats():
    rows = db.execute(select(Booking.enrollment_id, Booking.seat_no))
    return dict(rows.all())


def two_people():
    return make.enrollment(), make.enrollment()


def test_a_one_off_session_has_its_key_people_and_leaders(app):
    ana, (jo, blake) = make.staff(), two_people()
    room = make.room()
    assert plan([blake, jo], room=room, leader_ids=[ana.id]) == "created"
    session = intake()
    assert (session.series_id, session.planned_on, session.day, session.week, session.room_id) == (
        None,
        None,
        DAY,
        date(2026, 3, 9),
        room.id,
    )
    assert (session.starts_at, session.ends_at, session.credit_minutes, session.sequence) == (
        make.instant("2026-03-10 15:00"),
        make.instant("2026-03-10 16:00"),
        60,
        0,
    )
    assert seats() == {jo.id: 1, blake.id: 2}
    booking = db.scalars(select(Booking)).first()
    assert (booking.roster_entry_id, booking.status) == (None, Status.EXPECTED)
    leader = db.scalars(select(SessionLeader)).one()
    assert (leader.staff_id, leader.position) == (ana.id, 0)
    assert versions(ana, jo.participant, blake.participant) == [1, 1, 1]
    event = db.scalars(select(TrailEvent)).one()
    assert (event.verb, event.subject_id, json.loads(event.facts)) == (
        "session.planned",
        session.id,
        {"day": "2026-03-10", "people": 2},
    )


def test_planning_it_twice_changes_nothing(app):
    ana, people = make.staff(), two_people()
    plan(people, leader_ids=[ana.id])
    before = dump()
    assert plan(people, leader_ids=[ana.id], now=LATER) == "unchanged"
    assert changed(before, dump()) == set()


@pytest.mark.parametrize(
    ("facts", "sequence"),
    [
        ({"title": "Assessment"}, 0),
        ({"starts": time(14)}, 1),
        ({"day": date(2026, 3, 11)}, 1),
        ({"seats": 3}, 0),
    ],
)
def test_another_plan_changes_the_session_that_is_there(app, facts, sequence):
    people = two_people()
    plan(people)
    before = intake().id
    assert plan(people, now=LATER, **facts) == "changed"
    session = intake()
    assert (session.id, session.sequence) == (before, sequence)
    assert plan(people, now=LATER, **facts) == "unchanged"


def test_other_people_or_leaders_are_a_change(app):
    ana, (jo, blake) = make.staff(), two_people()
    plan([jo])
    assert plan([blake]) == "changed"
    assert seats() == {blake.id: 1}
    assert versions(jo.participant, blake.participant) == [2, 1]
    assert plan([blake], leader_ids=[ana.id]) == "changed"
    assert versions(jo.participant, blake.participant, ana) == [2, 1, 1]
    assert plan([]) == "changed"
    assert (seats(), versions(blake.participant, ana)) == ({}, [2, 2])


def test_fewer_seats_for_fewer_people_at_once(app):
    jo, blake = two_people()
    plan([jo, blake])
    assert plan([blake], seats=1) == "changed"
    assert seats() == {blake.id: 1}


def test_more_people_than_seats_are_refused(app):
    people = [*two_people(), make.enrollment()]
    with pytest.raises(Refused) as refused:
        plan(people)
    assert refused.value.sentence == "3 people cannot sit on 2 seats."


def test_one_with_attendance_or_changed_by_hand_is_left_alone(app):
    people = two_people()
    plan(people)
    session = intake()
    session.is_changed_by_hand = True
    db.flush()
    before = dump()
    assert plan([], starts=time(14)) == "unchanged"
    assert changed(before, dump()) == set()
    session.is_changed_by_hand = False
    booking = db.scalars(select(Booking)).first()
    booking.status, booking.method = Status.NO_SHOW, Method.STAFF
    db.flush()
    before = dump()
    assert plan([], starts=time(14)) == "unchanged"
    assert changed(before, dump()) == set()


def test_a_one_off_session_on_a_closed_day_is_cancelled(app):
    make.closure(DAY, name="Staff retreat")
    plan(two_people())
    session = intake()
    assert (session.is_cancelled, session.cancel_reason, len(seats())) == (True, "Staff retreat", 2)


def test_a_file_may_plan_for_days_that_are_over_and_for_whoever_was_not_enrolled(app):
    later = make.enrollment(from_on="2026-06-01")
    assert plan([later], day=date(2026, 2, 3)) == "created"
    assert (intake().day, seats()) == (date(2026, 2, 3), {later.id: 1})


# Races


def racing(ana, office, person, **facts):
    """A booking made in a transaction of its own, from ids."""
    ids = (ana.id, office.id, person.id, make._first_program().id)

    def act():
        with transaction():
            staff, room = db.get(Staff, ids[0]), db.get(Room, ids[1])
            person = db.get(Enrollment, ids[2])
            book(one_off(staff, room, person, program=get_program(ids[3]), **facts))
        return "booked"

    return act


@pytest.mark.parametrize("shared", ["leader", "room", "participant"])
def test_of_two_who_want_the_same_at_once_one_is_politely_refused(app, ana, jo, office, shared):
    blake = make.enrollment(from_on="2026-02-01")
    kim, other = make.staff(), make.room()
    second = {
        "leader": (ana, other, blake),
        "room": (kim, office, blake),
        "participant": (kim, other, jo),
    }[shared]
    answers = race(app, racing(ana, office, jo), racing(*second))
    kinds = sorted(type(answer).__name__ for answer in answers)
    assert kinds == ["Refused", "str"], answers
    (refused,) = [answer for answer in answers if isinstance(answer, Refused)]
    name = {"leader": "Ana Rivera", "room": "Office 1", "participant": "Jordan Avery"}[shared]
    assert refused.sentence == (
        f"{name} is wanted twice: Intake and Intake are at the same time on Tue Mar 10."
    )
    assert len(db.scalars(select(Session)).all()) == 1


def test_two_who_want_nothing_of_each_other_both_get_it(app, ana, jo, office):
    blake = make.enrollment(from_on="2026-02-01")
    answers = race(app, racing(ana, office, jo), racing(make.staff(), make.room(), blake))
    assert answers == ["booked", "booked"]


def test_a_group_and_a_session_for_the_same_person_at_once_have_one_winner(app, ana, jo, office):
    series = make.series(weekdays="1", start="15:00", end="16:00", until_on="2026-03-31")
    lay_out(series, by=DESK, now=NOW)
    ids = jo.id, series.id

    def put_on():
        with transaction():
            rosters.put_on(
                get_enrollment(ids[0]),
                get_series(ids[1]),
                from_on=date(2026, 3, 9),
                by=DESK,
                now=NOW,
            )
        return "booked"

    answers = race(app, put_on, racing(ana, office, jo))
    assert sorted(type(answer).__name__ for answer in answers) == ["Refused", "str"], answers
