import json
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select, update

from clinic.accounts.models import Account
from clinic.db import db, transaction
from clinic.enrollment.queries import get_enrollment
from clinic.errors import Refused
from clinic.formats import clock_time
from clinic.outbox import OutboxMessage
from clinic.participants.models import Participant
from clinic.programs.models import Room
from clinic.schedule.actions import changes as actions
from clinic.schedule.models import (
    Booking,
    Method,
    Mode,
    Session,
    SessionLeader,
    Status,
)
from clinic.schedule.queries.changes import changes_of
from clinic.schedule.queries.series import get_series
from clinic.schedule.queries.sessions import find_one_off, get_session
from clinic.trail import TrailEvent
from tests import make
from tests.dump import changed, dump
from tests.race import race
from tests.schedule.actions.meeting import THURSDAY, events, meeting, rearrange, relay, undo
from tests.schedule.actions.one_off import (
    DAY,
    DESK,
    NOW,
    book,
    booked,
    cancel,
    move,
    one_off,
    reinstate,
    verbs,
    versions,
)

LATER = NOW + timedelta(hours=1)

# One-off sessions: moving


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


def test_who_is_on_a_one_off_session_stays_once_it_has_begun(app, ana, jo, office):
    session = book(one_off(ana, office, jo))
    blake, begun = make.enrollment(from_on="2026-02-01"), make.instant("2026-03-10 15:10")
    with pytest.raises(Refused, match="It has begun: its day") as refused:
        move(session, one_off(ana, office, blake), now=begun)
    assert refused.value.field == "people"
    assert move(session, one_off(ana, office, jo, seats=3), now=begun).seats == 3


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
    with pytest.raises(Refused, match="Jordan Avery is on leave on Tue, Mar 10"):
        reinstate(session)
    make.closure(DAY, name="Water damage")
    with pytest.raises(Refused, match="The site is closed on Tue, Mar 10: Water damage"):
        reinstate(session)
    with pytest.raises(Refused, match="That day is over"):
        reinstate(session, now=make.instant("2026-03-11 00:00"))


def test_nothing_is_reinstated_in_a_room_or_program_that_is_out_of_use(app, ana, jo, office):
    session = book(one_off(ana, office, jo))
    cancel(session)
    for place in (session.program, office):
        place.is_active = False
        db.flush()
        sentence = f"{place.name} is retired, so this session cannot take place as"
        with pytest.raises(Refused, match=sentence):
            reinstate(session)


# A meeting of a group


def test_one_meeting_has_another_room_leader_and_seats_and_keeps_its_name(app, ana, process):
    kim, blue = make.staff(name="Kim Tran"), make.room(name="Blue", seats=5)
    there = meeting(process)
    name, garden = (there.uid, there.series_id, there.planned_on, there.title), there.room_id
    people = booked(there)
    before = versions(ana, kim, *db.scalars(select(Participant)))
    assert rearrange(there, room=blue, leader_ids=[kim.id], seats=4, reason="One more chair")
    after = meeting(process)
    assert (after.uid, after.series_id, after.planned_on, after.title) == name
    assert (after.room_id, after.leader_ids, after.seats) == (blue.id, [kim.id], 4)
    assert (after.sequence, after.is_changed_by_hand, booked(after)) == (1, True, people)
    verb, facts = events()[-1]
    assert (verb, facts["before"], facts["after"]) == (
        "session.changed",
        {"room_id": garden, "leaders": [ana.id], "seats": 3},
        {"room_id": blue.id, "leaders": [kim.id], "seats": 4},
    )
    assert "chair" not in str(events())
    assert [each.reason for each in changes_of(after.id)] == ["One more chair"]
    raised = versions(ana, kim, *db.scalars(select(Participant)))
    assert all(now > then for now, then in zip(raised, before, strict=True))


def test_another_leader_alone_raises_the_number_and_nothing_does_not(app, process):
    kim = make.staff(name="Kim Tran")
    assert not rearrange(meeting(process), seen=0)
    assert rearrange(meeting(process), seen=0, leader_ids=[kim.id])
    assert meeting(process).sequence == 1
    with pytest.raises(Refused, match="Somebody has changed this session since"):
        rearrange(meeting(process), seen=0)


def test_on_another_day_those_are_on_it_whom_the_roster_expects_then(app, process):
    jo, blake = booked(meeting(process))
    make.leave(get_enrollment(jo), "2026-03-13", "2026-03-13")
    make.leave(get_enrollment(blake), "2026-03-12", "2026-03-12")
    relay(process)
    assert booked(meeting(process)) == [jo]
    friday = THURSDAY + timedelta(days=1)
    assert rearrange(meeting(process), day=friday)
    moved = meeting(process)
    assert (moved.day, moved.planned_on, booked(moved)) == (friday, THURSDAY, [blake])


def test_whoever_and_whatever_is_wanted_elsewhere_at_the_new_time_is_named(app, ana, process):
    session = meeting(process)
    other = make.session(
        "2026-03-13", "10:30", "11:30", title="Intake", room=session.room, leaders=[ana]
    )
    make.booking(other, get_enrollment(booked(session)[0]))
    with pytest.raises(Refused) as refused:
        rearrange(session, day=THURSDAY + timedelta(days=1))
    names = [each.sentence.split(" is ")[0] for each in (refused.value, *refused.value.more)]
    assert names == ["Garden", "Ana Rivera", "Jordan Avery"]


@pytest.mark.parametrize(
    ("facts", "sentence", "field"),
    [
        ({"seats": 2}, None, None),
        ({"seats": 1}, "Process group on Thu, Mar 12 has 2 people on its roster, 1 seats.", None),
        ({"seats": 4}, "Say why there are more seats than the group has.", "reason"),
        ({"seats": 4, "reason": "A guest"}, "The room has 3 seats, not 4.", "seats"),
        ({"room": None}, "Choose a room, or make it virtual.", "room"),
        (
            {"day": date(2026, 3, 8)},
            "That day is over. Plan the session for today or later.",
            "day",
        ),
    ],
)
def test_what_a_meeting_cannot_be_is_said_at_its_field(app, process, facts, sentence, field):
    if sentence is None:
        assert rearrange(meeting(process), **facts)
        return
    with pytest.raises(Refused) as refused:
        rearrange(meeting(process), **facts)
    assert (refused.value.sentence, refused.value.field) == (sentence, field)


def test_what_has_begun_keeps_its_time_but_says_who_really_led_and_where(app, process):
    kim, blue = make.staff(name="Kim Tran"), make.room(name="Blue", seats=5)
    begun = make.instant("2026-03-12 10:00")
    for facts, field in (({"starts": time(9)}, "starts"), ({"mode": Mode.VIRTUAL}, "mode")):
        with pytest.raises(
            Refused, match="It has begun: its day, times and format stay"
        ) as refused:
            rearrange(meeting(process), now=begun, **facts)
        assert refused.value.field == field
    before = meeting(process).credit_minutes
    facts = {"leader_ids": [kim.id], "room": blue, "seats": 4, "reason": "A walk-in"}
    assert rearrange(meeting(process), now=begun, **facts)
    after = meeting(process)
    assert (after.leader_ids, after.room_id, after.seats) == ([kim.id], blue.id, 4)
    assert (after.credit_minutes, after.is_changed_by_hand) == (before, True)


def test_what_somebody_has_checked_in_for_keeps_its_time_and_takes_place(app, process):
    session = meeting(process)
    db.execute(update(Booking).values(status=Status.PRESENT, method=Method.KIOSK))
    early = make.instant("2026-03-12 09:50")
    with pytest.raises(Refused, match="Somebody has checked in already: its day"):
        rearrange(session, now=early, ends=time(12))
    with pytest.raises(Refused, match="Attendance has been recorded"):
        cancel(session, now=early)
    db.execute(update(Booking).values(signed_at=early))
    with pytest.raises(Refused, match="Attendance is signed off"):
        rearrange(meeting(process), now=early)


def test_the_leader_who_never_came_has_it_cancelled_on_the_day_and_it_comes_back(app, process):
    at_ten_past = make.instant("2026-03-12 10:10")
    cancel(meeting(process), now=at_ten_past, reason="Ana is ill")
    session = meeting(process)
    assert (session.is_cancelled, session.is_changed_by_hand) == (True, True)
    with pytest.raises(Refused, match="This session has begun"):
        undo(session, now=at_ten_past)
    reinstate(session, now=at_ten_past)
    session = meeting(process)
    assert (session.is_cancelled, session.is_changed_by_hand, session.sequence) == (False, False, 2)
    with pytest.raises(Refused, match="That day is over"):
        cancel(session, now=make.instant("2026-03-13 00:00"))


def test_of_two_who_looked_at_the_same_the_second_cancels_nothing(app, process):
    rearrange(meeting(process), ends=time(12))
    with pytest.raises(Refused, match="Somebody has changed this session since"):
        actions.cancel(meeting(process), reason=None, seen=0, by=DESK, now=NOW)


def test_what_was_changed_by_hand_stays_when_the_group_changes(app, process):
    blue = make.room(name="Blue", seats=5)
    rearrange(meeting(process), room=blue)
    cancel(meeting(process, THURSDAY + timedelta(weeks=1)))
    get_series(process.id).plan.starts = time(9)
    made, other, gone = relay(process)
    assert (made, other, gone) == (0, 1, 0)
    first, second, third = (meeting(process, THURSDAY + n * timedelta(weeks=1)) for n in range(3))
    starts = [clock_time(each.starts_at, each.site.zone) for each in (first, second, third)]
    assert starts == ["10:00 am", "10:00 am", "9:00 am"]
    assert (first.room_id, second.is_cancelled, third.sequence) == (blue.id, True, 1)


def test_of_two_who_change_what_they_saw_at_once_the_second_is_asked_to_look_again(app, process):
    session_id = meeting(process).id
    ids = make.room(name="Blue", seats=5).id, make.room(name="Red", seats=5).id

    def into(room_id):
        def act():
            with transaction():
                there = get_session(session_id)
                rearrange(there, seen=0, room=db.get(Room, room_id))
            return "moved"

        return act

    answers = race(app, *map(into, ids))
    (refused,) = [answer for answer in answers if isinstance(answer, Refused)]
    assert refused.sentence.startswith("Somebody has changed this session since")
    assert (answers.count("moved"), meeting(process).sequence) == (1, 1)


# Telling the people


def messages():
    rows = db.execute(
        select(OutboxMessage.recipient, OutboxMessage.subject, OutboxMessage.body).order_by(
            OutboxMessage.id
        )
    )
    return [(row.recipient, row.subject, row.body.split("\n\n")[1]) for row in rows]


@pytest.fixture
def addresses(process):
    """Jordan has an address, Blake none."""
    jordan, blake = db.scalars(select(Participant).order_by(Participant.id)).all()
    db.get_one(Account, jordan.account_id).email = "jo@example.org"
    db.get_one(Account, blake.account_id).email = None
    db.flush()


def test_who_has_an_address_is_told_in_neutral_words_and_who_has_none_is_named(
    app, process, addresses
):
    friday = THURSDAY + timedelta(days=1)
    found = rearrange(meeting(process), day=friday)
    assert ([row.name for row in found.by_mail], [row.name for row in found.others]) == (
        ["Jordan Avery"],
        ["Blake Ortiz"],
    )
    assert messages() == []
    undo(meeting(process))
    assert messages() == []
    rearrange(meeting(process), day=friday, tell=True)
    undo(meeting(process))
    cancel(meeting(process), tell=True)
    reinstate(meeting(process), tell=True)
    thursday, friday = "Thursday, March 12, 10:00 – 11:00 am", "Friday, March 13, 10:00 – 11:00 am"
    assert messages() == [
        ("jo@example.org", "Appointment", sentence)
        for sentence in (
            f"Your appointment on {thursday} has been moved. It is now on {friday}.",
            f"Your appointment on {friday} has been moved. It is now on {thursday}.",
            f"Your appointment on {thursday} is cancelled.",
            f"You have an appointment on {thursday}.",
        )
    ]
    assert [facts.get("told") for _, facts in events()][-3:] == [1, 1, 1]


def test_who_called_off_or_is_not_concerned_is_told_nothing(app, process, addresses):
    kim, hall = make.staff(name="Kim Tran"), make.room(name="Hall", seats=9)
    found = rearrange(meeting(process), seats=2, tell=True)
    assert (found.by_mail, found.others, messages()) == ([], [], [])
    db.execute(update(Booking).values(status=Status.EXCUSED, method=Method.STAFF, seat_no=None))
    found = rearrange(meeting(process), leader_ids=[kim.id], room=hall, tell=True)
    assert (found.by_mail, found.others, messages()) == ([], [], [])


def test_of_a_one_off_session_who_comes_on_it_and_who_goes_is_told(app, ana, jo, office):
    blake = make.enrollment(from_on="2026-02-01")
    session = book(one_off(ana, office, jo))
    move(session, one_off(ana, office, blake), tell=True)
    when = "Tuesday, March 10, 3:00 – 4:00 pm"
    assert sorted(sentence for _, _, sentence in messages()) == [
        f"You have an appointment on {when}.",
        f"Your appointment on {when} is cancelled.",
    ]


# What a file says: how it was


def plan(people=(), *, now=NOW, room=None, leader_ids=(), **facts):
    """Plan the session `intake` as a file does. Return what came of it."""
    one = one_off(None, room, *people, leader_ids=list(leader_ids), **facts)
    session = find_one_off("intake")
    if session is None:
        book(one, now=now, key="intake", by_file=True)
        return "created"
    is_other = actions.change_by_file(session, **one, by=DESK, now=now)
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
