import json
from datetime import date, time

import pytest
from sqlalchemy import select

from clinic.accounts.models import Staff
from clinic.db import db, transaction
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import get_enrollment
from clinic.errors import Refused
from clinic.programs.models import Measure, Room
from clinic.programs.queries import get_program
from clinic.schedule.actions import one_offs as actions
from clinic.schedule.actions import rosters
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Session
from clinic.schedule.queries.series import get_series
from clinic.trail import TrailEvent
from tests import make
from tests.dump import changed, dump
from tests.race import race
from tests.schedule.actions.one_off import DAY, DESK, NOW, book, booked, one_off, verbs, versions

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
        ({"ends": time(15)}, "The end, 3:00 pm, is not after the start, 3:00 pm."),
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
        ({"day": date(2026, 5, 25)}, "The site is closed on Mon, May 25: Memorial Day."),
        ({"day": date(2026, 3, 20)}, "Jordan Avery is on leave on Fri, Mar 20."),
        ({"day": date(2027, 4, 1)}, "Jordan Avery is not enrolled on Thu, Apr 1."),
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
            "This room is at a different site than the program.",
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
        f"{shared} is wanted twice: Intake with Ana Rivera and Process group are at the same time"
        " on Tue, Mar 10."
    )


def test_a_leader_at_another_site_on_another_local_day_is_found(app, ana, jo, office):
    tokyo = make.site(timezone="Asia/Tokyo")
    away = make.program(site=tokyo)
    make.session("2026-03-11", "04:00", "05:00", program=away, leaders=[ana], title="Far away")
    with pytest.raises(Refused) as refused:
        book(one_off(ana, office, jo))
    assert refused.value.sentence.startswith("Ana Rivera is wanted twice: Far away and Intake")


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
        "Ana Rivera has time off on Tue, Mar 10.",
        "Jordan Avery said they cannot come at that time on Tue.",
    ]


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
        f"{name} is wanted twice: Intake with Ana Rivera and Intake with Ana Rivera are at the same"
        " time on Tue, Mar 10."
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
