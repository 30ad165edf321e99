import json
from datetime import date, timedelta
from threading import Event
from time import sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from clinic.days import Range
from clinic.db import db, savepoint, transaction
from clinic.errors import Refused
from clinic.schedule.actions import rosters
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Booking, Method, RosterEntry, Session, Status
from clinic.schedule.queries.rosters import get_roster_entry
from clinic.schedule.queries.series import get_series
from clinic.schedule.rules.words import listed
from clinic.trail import SYSTEM, Actor, TrailEvent
from tests import make
from tests.chance import examples
from tests.dump import changed, dump
from tests.race import race

DESK = Actor("account", 7)
MORNING = make.instant("2026-03-02 09:00")  # a Monday; the group below begins at ten
NOON = make.instant("2026-03-02 12:00")


def day(text):
    return date.fromisoformat(text)


def group(**facts):
    """Every day from Monday to Friday, ten to eleven, for two weeks."""
    facts = {"weekdays": "01234", "from_on": "2026-03-02", "until_on": "2026-03-13"} | facts
    series = make.series(**facts)
    lay_out(series, by=SYSTEM, now=MORNING)
    return series


def put_on(enrollment, series, from_on="2026-03-02", now=MORNING):
    return rosters.put_on(enrollment, series, from_on=day(from_on), by=DESK, now=now)


def take_off(entry, last_on, now=MORNING):
    return rosters.take_off(get_roster_entry(entry.id), last_on=day(last_on), by=DESK, now=now)


def refusal(call, *args, **facts):
    with pytest.raises(Refused) as refused, savepoint():
        call(*args, **facts)
    return refused.value.sentence


def booked(enrollment, series):
    """The days of March that somebody is booked for."""
    return list(
        db.scalars(
            select(Session.day)
            .join(Booking, Booking.session_id == Session.id)
            .where(Session.series_id == series.id, Booking.enrollment_id == enrollment.id)
            .order_by(Session.day)
        )
    )


def days(*numbers):
    return [date(2026, 3, number) for number in numbers]


FIRST_WEEK, SECOND_WEEK = (2, 3, 4, 5, 6), (9, 10, 11, 12, 13)


def mark(enrollment, series, on, status=Status.PRESENT, *, has_seat=True):
    booking = db.scalars(
        select(Booking)
        .join(Session, Session.id == Booking.session_id)
        .where(
            Session.series_id == series.id,
            Session.day == on,
            Booking.enrollment_id == enrollment.id,
        )
    ).one()
    booking.status, booking.method = status, Method.STAFF
    if not has_seat:
        booking.seat_no = None
    db.flush()


def versions(*people):
    for person in people:
        db.refresh(person, ["calendar_version"])
    return [person.calendar_version for person in people]


def events(verb):
    found = db.scalars(select(TrailEvent).where(TrailEvent.verb == verb)).all()
    return [json.loads(event.facts) for event in found]


# Putting on


def test_somebody_put_on_is_booked_into_all_coming_sessions_of_theirs(app):
    series, jo = group(), make.enrollment(until_on="2026-03-11")
    entry = put_on(jo, series, "2026-03-04")
    assert booked(jo, series) == days(4, 5, 6, 9, 10, 11)
    assert (entry.from_on, entry.until_on) == (day("2026-03-04"), None)
    bookings = db.scalars(select(Booking)).all()
    assert {(each.seat_no, each.seats, each.status, each.roster_entry_id) for each in bookings} == {
        (1, 12, Status.EXPECTED, entry.id)
    }
    assert events("roster.put_on") == [
        {"series": series.id, "enrollment": jo.id, "from_on": "2026-03-04"}
    ]


def test_everyone_gets_the_lowest_free_seat(app):
    series = group(seats=3)
    one, two, three = (make.enrollment() for _ in range(3))
    first = put_on(one, series)
    put_on(two, series)
    take_off(first, "2026-03-03")
    put_on(three, series)
    seats = db.execute(
        select(Session.day, Booking.enrollment_id, Booking.seat_no).join(
            Session, Session.id == Booking.session_id
        )
    )
    by_day = {(row.day.day, row.enrollment_id): row.seat_no for row in seats}
    assert [by_day[2, each.id] for each in (one, two, three)] == [1, 2, 3]
    assert [by_day[4, each.id] for each in (two, three)] == [2, 1]


def test_a_session_of_today_that_is_over_is_left_out_one_under_way_is_not(app):
    series, jo, blake = group(), make.enrollment(), make.enrollment()
    entry = put_on(jo, series, now=NOON)
    assert booked(jo, series) == days(3, 4, 5, 6, *SECOND_WEEK)
    assert entry.from_on == day("2026-03-03")
    put_on(blake, series, now=make.instant("2026-03-02 10:30"))
    assert booked(blake, series) == days(*FIRST_WEEK, *SECOND_WEEK)


def test_today_is_the_day_at_the_site(app):
    program = make.program(make.site(timezone="Pacific/Auckland"))
    series = group(program=program)
    jo = make.enrollment(program=program)
    late_on_sunday = make.instant("2026-03-01 22:00")  # in Auckland Monday, 16:00
    past = "Start today or later: past sessions keep their attendance."
    assert refusal(put_on, jo, series, "2026-03-01", now=late_on_sunday) == past
    put_on(jo, series, "2026-03-02", now=late_on_sunday)
    assert booked(jo, series)[0] == day("2026-03-03")


@pytest.mark.parametrize(
    ("from_on", "sentence"),
    [
        (
            "2026-03-01",
            "Start today or later: past sessions keep their attendance.",
        ),
        ("2026-03-12", "The enrollment ends before that day."),
        ("2026-03-14", "The enrollment ends before that day."),
    ],
)
def test_days_that_make_no_sense_are_refused(app, from_on, sentence):
    series, jo = group(), make.enrollment(until_on="2026-03-11")
    assert refusal(put_on, jo, series, from_on) == sentence
    assert booked(jo, series) == []


def test_a_group_that_is_over_is_refused(app):
    assert refusal(put_on, make.enrollment(), group(), "2026-03-14") == (
        "The group does not meet in that time."
    )


def test_a_group_without_a_meeting_left_in_their_days_is_refused_to_put_on_and_to_move_to(app):
    one, thursdays = group(), group(title="Yoga", weekdays="3", start="12:00", end="13:00")
    jo, max_ = make.enrollment(until_on="2026-03-04"), make.enrollment()
    assert refusal(put_on, jo, thursdays) == "The group does not meet in that time."
    assert refusal(put_on, max_, thursdays, "2026-03-13") == "The group does not meet in that time."
    entry = put_on(max_, one)
    take_off(entry, "2026-03-04")
    assert refusal(move, entry, thursdays) == "The group does not meet in that time."
    assert booked(max_, one) == days(2, 3, 4)


def test_somebody_is_on_a_group_once(app):
    series, jo = group(), make.enrollment()
    put_on(jo, series, "2026-03-09")
    before = dump()
    assert refusal(put_on, jo, series) == "They are on this group already."
    assert changed(before, dump()) == set()


def test_a_full_group_is_refused_as_a_whole_with_the_days(app):
    series, jo, blake = group(seats=1), make.enrollment(), make.enrollment()
    entry = put_on(jo, series)
    take_off(entry, "2026-03-05")
    before = dump()
    sentence = (
        "Process group has no free seat on Mon, Mar 2; Tue, Mar 3; Wed, Mar 4 and 1 more day."
    )
    assert refusal(put_on, blake, series) == sentence
    assert changed(before, dump()) == set()
    put_on(blake, series, "2026-03-06")
    assert booked(blake, series) == days(6, *SECOND_WEEK)


def test_a_seat_that_was_given_back_is_free(app):
    series, jo, blake = group(seats=1, until_on="2026-03-02"), make.enrollment(), make.enrollment()
    put_on(jo, series)
    mark(jo, series, day("2026-03-02"), Status.EXCUSED, has_seat=False)
    put_on(blake, series)
    assert booked(blake, series) == days(2)


def test_a_clash_is_refused_with_both_names_and_the_days(app):
    series = group(title="Skills")
    other = group(title="Mindfulness", start="10:30", end="11:30", weekdays="14")
    another = group(title="Yoga", start="09:30", end="10:15", weekdays="2")
    jo = make.enrollment()
    put_on(jo, other)
    put_on(jo, another)
    before = dump()
    assert refusal(put_on, jo, series) == (
        "Mindfulness and Skills are at the same time on Tue, Mar 3; Fri, Mar 6; Tue, Mar 10"
        " and 1 more day."
    )
    assert changed(before, dump()) == set()


def test_sessions_one_after_another_or_cancelled_do_not_clash(app):
    series, after = group(), group(start="11:00", end="12:00")
    closed = group(start="10:30", end="11:30", weekdays="0", until_on="2026-03-02")
    session = db.scalars(select(Session).where(Session.series_id == closed.id)).one()
    session.is_cancelled = True
    jo = make.enrollment()
    for each in (series, after, closed):
        put_on(jo, each)
    assert len(booked(jo, after)) == 10


def test_a_clash_that_is_there_already_elsewhere_is_not_held_against_a_group(app):
    jo = make.enrollment()
    for start, end in (("14:00", "16:00"), ("15:00", "17:00")):
        make.booking(make.session("2026-03-03", start, end), jo)
    series = group()
    put_on(jo, series)
    assert len(booked(jo, series)) == 10


def test_the_other_enrollment_of_the_same_person_clashes_too(app):
    jo = make.participant()
    one, two = make.enrollment(jo), make.enrollment(jo, make.program())
    put_on(one, group(title="Skills", until_on="2026-03-02"))
    other = group(title="Skills", until_on="2026-03-02")
    assert refusal(put_on, two, other) == ("Skills and Skills are at the same time on Mon, Mar 2.")


def test_leave_stays_out(app):
    series, jo = group(), make.enrollment()
    make.leave(jo, "2026-03-04", "2026-03-10")
    put_on(jo, series)
    assert booked(jo, series) == days(2, 3, 11, 12, 13)


def put_all_on(*places):
    return rosters.put_all_on(
        [(who, where, day("2026-03-02")) for who, where in places], by=DESK, now=MORNING
    )


def test_several_are_put_on_several_groups_at_once(app):
    morning, evening = group(), group(start="18:00", end="19:00")
    jo, bo = make.enrollment(), make.enrollment()
    entries = put_all_on((jo, morning), (bo, morning), (bo, evening))
    assert [(each.enrollment_id, each.series_id) for each in entries] == [
        (jo.id, morning.id),
        (bo.id, morning.id),
        (bo.id, evening.id),
    ]
    weeks = days(*FIRST_WEEK, *SECOND_WEEK)
    assert booked(jo, morning) == booked(bo, morning) == booked(bo, evening) == weeks
    assert [each["series"] for each in events("roster.put_on")] == [
        morning.id,
        morning.id,
        evening.id,
    ]


def test_of_several_all_are_put_on_or_nobody(app):
    small, other = group(seats=1), group(start="18:00", end="19:00")
    jo, bo = make.enrollment(), make.enrollment()
    before = dump()
    sentence = refusal(put_all_on, (jo, other), (jo, small), (bo, small))
    assert sentence.startswith(f"{small.title} has 1 free seat on Mon, Mar 2; ")
    assert changed(before, dump()) == set()
    overlapping = group(start="10:30", end="11:30")
    clash = refusal(put_all_on, (bo, other), (jo, small), (jo, overlapping))
    assert small.title in clash
    assert overlapping.title in clash
    assert booked(bo, other) == []


def test_putting_nobody_on_is_nothing(app):
    assert put_all_on() == []
    assert events("roster.put_on") == []


# Taking off


def test_somebody_taken_off_loses_what_comes_after_the_last_day(app):
    series, jo = group(), make.enrollment()
    entry = put_on(jo, series)
    take_off(entry, "2026-03-04")
    assert (booked(jo, series), entry.until_on) == (days(2, 3, 4), day("2026-03-04"))
    assert events("roster.taken_off") == [
        {"series": series.id, "enrollment": jo.id, "last_on": "2026-03-04"}
    ]


def test_taking_off_twice_changes_nothing(app):
    entry = put_on(make.enrollment(), group())
    take_off(entry, "2026-03-04")
    before = dump()
    take_off(entry, "2026-03-04")
    assert changed(before, dump()) == set()


def test_attendance_stays_when_somebody_is_taken_off(app):
    series, jo = group(), make.enrollment()
    entry = put_on(jo, series)
    mark(jo, series, day("2026-03-05"), Status.EXCUSED, has_seat=False)
    take_off(entry, "2026-03-03")
    assert booked(jo, series) == days(2, 3, 5)


def test_off_since_yesterday_leaves_today_only_when_it_has_begun(app):
    series, jo, blake = group(), make.enrollment(), make.enrollment()
    one, two = put_on(jo, series), put_on(blake, series)
    tuesday_before, tuesday_during = (
        make.instant(f"2026-03-03 {time}") for time in ("09:59", "10:00")
    )
    take_off(one, "2026-03-02", now=tuesday_before)
    take_off(two, "2026-03-02", now=tuesday_during)
    assert (booked(jo, series), booked(blake, series)) == (days(2), days(2, 3))


def test_a_place_that_never_began_is_gone_without_a_trace_but_in_the_trail(app):
    series, jo = group(), make.enrollment()
    entry = put_on(jo, series, "2026-03-09")
    take_off(entry, "2026-03-02")
    assert (booked(jo, series), db.scalars(select(RosterEntry)).all()) == ([], [])
    assert [fact["last_on"] for fact in events("roster.taken_off")] == ["2026-03-02"]


def test_what_was_marked_ahead_outlives_a_place_that_never_began(app):
    series, jo = group(), make.enrollment()
    entry = put_on(jo, series, "2026-03-09")
    mark(jo, series, day("2026-03-10"), Status.EXCUSED, has_seat=False)
    take_off(entry, "2026-03-02")
    booking = db.scalars(select(Booking)).one()
    assert (booking.status, booking.roster_entry_id) == (Status.EXCUSED, None)
    assert booked(jo, series) == days(10)


def test_somebody_can_be_put_on_again_later(app):
    series, jo = group(), make.enrollment()
    take_off(put_on(jo, series), "2026-03-03")
    put_on(jo, series, "2026-03-09")
    assert booked(jo, series) == days(2, 3, *SECOND_WEEK)
    entries = db.scalars(select(RosterEntry).order_by(RosterEntry.from_on)).all()
    assert [(each.from_on, each.until_on) for each in entries] == [
        (day("2026-03-02"), day("2026-03-03")),
        (day("2026-03-09"), None),
    ]


def test_the_past_stays_as_it_was(app):
    entry = put_on(make.enrollment(), group())
    wednesday = make.instant("2026-03-04 09:00")
    assert refusal(take_off, entry, "2026-03-02", now=wednesday) == (
        "The last day cannot be earlier than yesterday: past sessions cannot change."
    )


def test_taking_off_does_not_prolong_a_place(app):
    entry = put_on(make.enrollment(), group())
    take_off(entry, "2026-03-04")
    assert refusal(take_off, entry, "2026-03-05") == (
        "Their place in this group ends before that day."
    )


# Moving


WEDNESDAY = make.instant("2026-03-04 09:00")


def move(entry, series, from_on="2026-03-04", now=WEDNESDAY):
    return rosters.move(get_roster_entry(entry.id), series, from_on=day(from_on), by=DESK, now=now)


def test_somebody_moves_in_the_middle_of_a_week_and_what_they_attended_stays(app):
    one, other = group(title="Skills"), group(title="Yoga")  # at the same time
    jo = make.enrollment()
    entry = put_on(jo, one)
    mark(jo, one, day("2026-03-02"))
    moved = move(entry, other)
    assert (booked(jo, one), booked(jo, other)) == (days(2, 3), days(4, 5, 6, *SECOND_WEEK))
    assert (entry.until_on, moved.from_on, moved.until_on) == (
        day("2026-03-03"),
        day("2026-03-04"),
        None,
    )
    assert events("roster.taken_off") == [
        {
            "series": one.id,
            "enrollment": jo.id,
            "last_on": "2026-03-03",
            "moved_to": other.id,
        }
    ]
    assert events("roster.put_on")[1:] == [
        {
            "series": other.id,
            "enrollment": jo.id,
            "from_on": "2026-03-04",
            "moved_from": one.id,
        }
    ]


def test_today_s_session_that_has_begun_stays_and_one_that_is_over_is_not_joined(app):
    one, other = group(), group(start="12:00", end="13:00")
    jo = make.enrollment()
    move(put_on(jo, one), other, now=make.instant("2026-03-04 13:00"))
    assert (booked(jo, one), booked(jo, other)) == (days(2, 3, 4), days(5, 6, *SECOND_WEEK))


def test_a_place_keeps_its_last_day_when_it_is_moved_and_leave_stays_free(app):
    one, other = group(), group()
    jo = make.enrollment()
    make.leave(jo, "2026-03-05", "2026-03-06")
    entry = put_on(jo, one)
    take_off(entry, "2026-03-10")
    assert move(entry, other).until_on == day("2026-03-10")
    assert (booked(jo, one), booked(jo, other)) == (days(2, 3), days(4, 9, 10))


def test_a_place_that_has_not_begun_is_moved_as_a_whole(app):
    one, other = group(), group(until_on="2026-03-11")
    jo = make.enrollment()
    entry = put_on(jo, one, "2026-03-09")
    moved = move(entry, other, "2026-03-10")
    assert [each.from_on for each in db.scalars(select(RosterEntry).order_by(RosterEntry.id))] == [
        day("2026-03-09"),
        moved.from_on,
    ]
    move(moved, one, "2026-03-10")
    assert (booked(jo, one), booked(jo, other)) == (days(*SECOND_WEEK), [])


def test_a_move_that_cannot_be_leaves_everything_as_it_was(app):
    one, small = group(), group(title="Yoga", seats=1)
    busy = group(title="Family", start="14:00", end="15:00")
    overlapping = group(title="Late", start="14:30", end="15:30")
    jo = make.enrollment()
    put_on(make.enrollment(), small)
    entry = put_on(jo, one)
    put_on(jo, busy)
    ending = put_on(jo, group(start="16:00", end="17:00"))
    take_off(ending, "2026-03-05")
    before = dump()
    assert refusal(move, entry, small) == (
        "Yoga has no free seat on Wed, Mar 4; Thu, Mar 5; Fri, Mar 6 and 5 more days."
    )
    assert refusal(move, entry, overlapping).startswith("Family and Late are at the same time")
    assert refusal(move, entry, one) == "They are on this group already."
    assert refusal(move, entry, busy) == "They are on this group already."
    assert refusal(move, ending, small, "2026-03-06") == (
        "Their place in this group ends before that day."
    )
    assert refusal(move, entry, small, "2026-03-03").startswith("Start today or later")
    assert changed(before, dump()) == set()


def test_of_several_people_each_is_named_who_cannot_be_put_on(app):
    series, busy = group(title="Yoga", seats=2), group(title="Skills", start="10:30", end="11:30")
    on_it = make.enrollment(make.participant(name="On It"))
    over = make.enrollment(make.participant(name="Is Over"), until_on="2026-03-01")
    clashing = make.enrollment(make.participant(name="Clash Ing"))
    free, other = (make.enrollment(make.participant(name=name)) for name in ("Free", "Other"))
    put_on(on_it, series)
    put_on(clashing, busy)

    def said(*people):
        with pytest.raises(Refused) as refused, savepoint():
            put_all_on(*((one, series) for one in people))
        return [each.sentence for each in (refused.value, *refused.value.more)]

    before = dump()
    assert said(on_it, free, over) == [
        "On It: They are on this group already.",
        "Is Over: The enrollment ends before that day.",
    ]
    assert said(free, other) == [
        "Yoga has 1 free seat on Mon, Mar 2; Tue, Mar 3; Wed, Mar 4 and 7 more days, not 2."
    ]
    take_off(db.scalars(select(RosterEntry)).first(), "2026-03-01")
    on = listed(days(*FIRST_WEEK, *SECOND_WEEK))
    assert said(clashing, free) == [f"Clash Ing: Skills and Yoga are at the same time on {on}."]
    assert changed(before, dump()) == {"roster_entry", "booking", "participant", "trail_event"}


def test_of_two_who_move_somebody_at_once_one_does(app):
    one, *others = group(), group(), group()
    entry = put_on(make.enrollment(), one)
    targets = [each.id for each in others]

    def moving(series_id):
        def act():
            with transaction():
                move(entry, get_series(series_id))

        return act

    answers = race(app, *map(moving, targets))
    (loser,) = [answer for answer in answers if answer is not None]
    assert (type(loser), answers.count(None)) == (Refused, 1)


def test_only_those_put_on_or_taken_off_get_another_calendar(app):
    ana = make.staff()
    series, jo, blake = group(leaders=[ana]), make.enrollment(), make.enrollment()
    entry = put_on(jo, series)
    people = [jo.participant, blake.participant, ana]
    at_first = versions(*people)
    put_on(blake, series)
    then = versions(*people)
    take_off(entry, "2026-03-04")
    assert [now - before for now, before in zip(then, at_first, strict=True)] == [0, 1, 0]
    assert [now - before for now, before in zip(versions(*people), then, strict=True)] == [1, 0, 0]


def test_whoever_checks_in_while_being_taken_off_keeps_the_attendance(app):
    series, jo = group(), make.enrollment()
    entry = put_on(jo, series)
    first = db.scalars(select(Booking.id).order_by(Booking.id)).first()
    has_checked_in = Event()

    def check_in():
        with transaction():
            there = {"status": Status.PRESENT, "method": Method.KIOSK}
            db.execute(update(Booking).where(Booking.id == first).values(there))
            has_checked_in.set()
            sleep(0.3)  # meanwhile the others read that nobody came

    def take_off_today():
        has_checked_in.wait(10)
        with transaction():
            take_off(entry, "2026-03-01")

    assert race(app, check_in, take_off_today) == [None, None]
    assert db.scalars(select(Booking.id)).all() == [first]
    assert booked(jo, series) == days(2)


# Filling


def test_places_are_written_down_whenever_they_were_and_booked_together(app):
    series, jo = group(), make.enrollment()
    facts = {"by": DESK, "now": NOON}
    early = Range(day("2026-02-02"), day("2026-03-02"))
    entry = rosters.write_down(jo, series, early, entry=None, others=[], **facts)
    assert booked(jo, series) == []
    rosters.fill(series.id)
    assert booked(jo, series) == days(2)
    late = Range(day("2026-03-03"), None)
    for _ in range(2):
        rosters.write_down(jo, series, late, entry=entry, others=[], **facts)
    rosters.fill(series.id)
    assert booked(jo, series)[0] == day("2026-03-03")
    assert [len(events(f"roster.{verb}")) for verb in ("put_on", "moved")] == [1, 1]
    twice = refusal(rosters.write_down, jo, series, late, entry=None, others=[late], **facts)
    assert twice == "They are on this group already."
    never = Range(day("2026-03-03"), day("2026-03-02"))
    sentence = refusal(rosters.write_down, jo, series, never, entry=entry, others=[], **facts)
    assert sentence == "The last day is before the first."


def test_filling_twice_changes_nothing(app):
    series, jo = group(), make.enrollment()
    put_on(jo, series)
    before = dump()
    rosters.fill(series.id)
    rosters.release(series.id)
    assert changed(before, dump()) == set()


def test_filling_books_the_past_as_well(app):
    series, jo = group(), make.enrollment()
    make.roster_entry(series, jo)
    rosters.fill(series.id)
    assert booked(jo, series) == days(*FIRST_WEEK, *SECOND_WEEK)


def test_releasing_only_takes_out(app):
    series, jo, blake = group(), make.enrollment(), make.enrollment()
    entry = put_on(jo, series)
    make.roster_entry(series, blake)
    entry.until_on = day("2026-03-03")
    db.flush()
    rosters.release(series.id)
    assert (booked(jo, series), booked(blake, series)) == (days(2, 3), [])


def test_a_guest_of_one_session_stays(app):
    series, jo = group(), make.enrollment()
    session = db.scalars(select(Session).where(Session.day == day("2026-03-03"))).one()
    make.booking(session, jo)
    rosters.fill(series.id)
    assert booked(jo, series) == days(3)


def test_a_shorter_enrollment_gives_up_what_it_did_not_attend(app):
    series, jo = group(), make.enrollment()
    put_on(jo, series)
    mark(jo, series, day("2026-03-06"))
    jo.until_on = day("2026-03-04")
    db.flush()
    rosters.fill(series.id)
    assert booked(jo, series) == days(2, 3, 4, 6)


def test_a_place_outside_the_enrollment_books_nothing(app):
    series, jo = group(), make.enrollment(from_on="2026-03-16")
    make.roster_entry(series, jo, from_on="2026-03-02", until_on="2026-03-13")
    rosters.fill(series.id)
    assert booked(jo, series) == []


# Rosters and bookings always agree

OPENING = day("2026-03-02")
ALL_DAYS = [OPENING + timedelta(days=number) for number in range(14)]
MEETS = [each for each in ALL_DAYS if each.weekday() < 5]
PEOPLE, SEATS = 3, 2

a_day = st.sampled_from(ALL_DAYS)
a_person = st.integers(0, PEOPLE - 1)
edits = st.lists(
    st.one_of(
        st.tuples(st.just("put_on"), a_person, a_day),
        st.tuples(st.just("put_on"), a_person, a_day),
        st.tuples(st.just("take_off"), a_person, a_day),
        st.tuples(st.just("enroll_until"), a_person, a_day | st.none()),
        st.tuples(st.just("leave"), a_person, st.tuples(a_day, a_day).map(sorted)),
        st.tuples(
            st.just("mark"),
            a_person,
            st.tuples(st.sampled_from(MEETS), st.sampled_from(["present", "excused"])),
        ),
        st.tuples(st.just("time_passes"), st.just(0), st.integers(1, 30)),
    ),
    max_size=12,
)


class Model:
    """Who should be booked, from nothing but sets of days."""

    def __init__(self):
        self.now = MORNING
        self.entries = {person: [] for person in range(PEOPLE)}  # [first, last or None]
        self.until = dict.fromkeys(range(PEOPLE))
        self.away = {person: set() for person in range(PEOPLE)}
        self.marks = {}  # (person, day): has a seat
        self.places = set()  # (person, day)

    @property
    def today(self):
        return self.now.astimezone(make.clock.zone(make.ZONE)).date()

    def has(self, moment, on):
        """Whether the session of a day has begun or is over."""
        wall = "10:00" if moment == "begun" else "11:00"
        return on in MEETS and make.instant(f"{on} {wall}") <= self.now

    def expected(self):
        return {
            (person, each)
            for person, entries in self.entries.items()
            for first, last in entries
            for each in MEETS
            if first <= each
            and (last is None or each <= last)
            and (self.until[person] is None or each <= self.until[person])
            and each not in self.away[person]
        }

    def settle(self):
        """Whether all who are expected have a seat; if so, they are booked."""
        kept = {place for place in self.places if place in self.marks}
        places = self.expected() | kept
        for each in MEETS:
            seated = [place for place in places if place[1] == each and self.marks.get(place, True)]
            newcomers = [place for place in seated if place not in self.places]
            if newcomers and len(seated) > SEATS:
                return False
        self.places = places
        return True

    def put_on(self, person, from_on):
        if from_on < self.today:
            return False
        if self.has("ended", from_on):
            from_on += timedelta(days=1)
        if self.until[person] is not None and self.until[person] < from_on:
            return False
        last_day = min(self.until[person] or MEETS[-1], MEETS[-1])
        if last_day < from_on:
            return False
        if any((last is None or from_on <= last) for _, last in self.entries[person]):
            return False
        self.entries[person].append([from_on, None])
        if self.settle():
            return True
        self.entries[person].pop()
        return False

    def take_off(self, person, last_on):
        entry = self.entries[person][-1]
        if last_on < self.today - timedelta(days=1) or (entry[1] and entry[1] < last_on):
            return False
        if last_on < self.today and self.has("begun", self.today):
            last_on = self.today
        if last_on < entry[0]:
            self.entries[person].remove(entry)
        else:
            entry[1] = last_on
        assert self.settle()
        return True


class Clinic:
    """The real thing beside the model: each edit is made in both and must end the same way."""

    def __init__(self):
        self.series = group(seats=SEATS)
        self.people = [make.enrollment() for _ in range(PEOPLE)]
        self.model = Model()

    def put_on(self, person, from_on):
        did = self.attempt(rosters.put_on, self.people[person], self.series, from_on=from_on)
        assert did is self.model.put_on(person, from_on)

    def take_off(self, person, last_on):
        if self.model.entries[person]:
            did = self.attempt(rosters.take_off, self.latest_of(person), last_on=last_on)
            assert did is self.model.take_off(person, last_on)

    def enroll_until(self, person, until_on):
        def change(**_):
            self.people[person].until_on = until_on
            db.flush()
            rosters.fill(self.series.id)

        before, self.model.until[person] = self.model.until[person], until_on
        did = self.attempt(change)
        assert did is self.model.settle()
        if not did:
            self.model.until[person] = before

    def leave(self, person, away):
        first, last = away
        theirs = {leave.from_on: leave for leave in self.people[person].leaves}
        if first in theirs:
            theirs[first].until_on = max(last, theirs[first].until_on)
            db.flush()
        else:
            make.leave(self.people[person], first, last)
        rosters.fill(self.series.id)
        self.model.away[person] |= {each for each in ALL_DAYS if first <= each <= last}
        assert self.model.settle()

    def mark(self, person, what):
        on, word = what
        if (person, on) in self.model.places:
            has_seat = word == "present" and self.model.marks.get((person, on), True)
            status = Status.PRESENT if has_seat else Status.EXCUSED
            mark(self.people[person], self.series, on, status, has_seat=has_seat)
            self.model.marks[person, on] = has_seat

    def time_passes(self, _, hours):
        self.model.now += timedelta(hours=hours)

    def attempt(self, call, *args, **facts):
        try:
            with savepoint():
                call(*args, **facts, by=DESK, now=self.model.now)
        except Refused:
            return False
        return True

    def latest_of(self, person):
        return db.scalars(
            select(RosterEntry)
            .where(RosterEntry.enrollment_id == self.people[person].id)
            .order_by(RosterEntry.from_on.desc())
            .limit(1)
        ).one()

    @property
    def places(self):
        return {
            (person, each)
            for person, enrollment in enumerate(self.people)
            for each in booked(enrollment, self.series)
        }


@examples(25)
@given(edits)
def test_rosters_and_bookings_always_agree(app, edits):
    clinic = Clinic()
    for verb, person, what in edits:
        getattr(clinic, verb)(person, what)
        assert clinic.places == clinic.model.places
    db.rollback()
