from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.db import session
from clinic.enrollment.models import Enrollment
from clinic.errors import NotFound
from clinic.schedule import queries as schedule_queries
from clinic.schedule.models import Status
from clinic.schedule.queries import DoubleBooking
from tests import make

MONDAY = date(2026, 3, 2)


def afresh():
    make.saved()
    session.expunge_all()


# Series


def test_a_series_comes_with_its_site_program_room_and_leaders(app, queries):
    ana, ben = make.staff(name="Ana"), make.staff(name="Ben")
    series_id = make.series(key="skills", room=make.room(name="Room 1"), leaders=[ben, ana]).id
    afresh()
    for found in (schedule_queries.find_series("skills"), schedule_queries.get_series(series_id)):
        with queries() as count:
            told = (
                found.site.timezone,
                found.program.name,
                found.room.name,
                [leader.staff.name for leader in found.leaders],
            )
        assert (told, count()) == ((make.ZONE, "Evening IOP", "Room 1", ["Ben", "Ana"]), 0)


def test_unknown_series_and_sessions_are_none_or_not_found(app):
    assert (schedule_queries.find_series("skills"), schedule_queries.find_one_off("intake")) == (
        None,
        None,
    )
    for get in (
        schedule_queries.get_series,
        schedule_queries.get_session,
        schedule_queries.get_roster_entry,
    ):
        for number in (None, 7):
            with pytest.raises(NotFound):
                get(number)


def test_the_series_of_a_site_are_those_that_have_not_ended_by_title(app):
    site, other = make.site(), make.site()
    here = make.program(site)
    yoga, skills = (make.series(here, title=title) for title in ("Yoga", "Skills"))
    late = make.series(here, title="Skills", start="18:00", end="19:00", until_on=MONDAY)
    make.series(here, until_on="2026-03-01")
    make.series(make.program(other))
    assert schedule_queries.series_at(site.id, running_on=MONDAY) == [skills, late, yoga]


# Sessions


def test_a_session_comes_with_its_surroundings(app, queries):
    series = make.series(leaders=[make.staff(name="Ana")])
    room = make.room(name="Room 1")
    one_off_id = make.session(key="intake", room=room, leaders=[make.staff(name="Ben")]).id
    session_id = make.session(series=series).id
    afresh()
    held, one_off = (schedule_queries.get_session(each) for each in (session_id, one_off_id))
    assert schedule_queries.find_one_off("intake") is one_off
    with queries() as count:
        told = [
            (
                each.site.timezone,
                each.program.name,
                each.room.name if each.room else None,
                each.series.title if each.series else None,
                [leader.staff.name for leader in each.leaders],
            )
            for each in (held, one_off)
        ]
    assert told == [
        (make.ZONE, "Evening IOP", None, "Process group", ["Ana"]),
        (make.ZONE, "Evening IOP", "Room 1", None, ["Ben"]),
    ]
    assert count() == 0


def test_leaders_come_by_session_the_lead_first(app):
    ana, ben = make.staff(key="ana", name="Ana"), make.staff(key="ben", name="Ben")
    one, two = make.session(leaders=[ben, ana]), make.session(leaders=[ana])
    make.session(leaders=[ben])
    nobody = make.session()
    found = schedule_queries.leaders_of([one.id, two.id, nobody.id])
    assert {each: [(row.key, row.name) for row in rows] for each, rows in found.items()} == {
        one.id: [("ben", "Ben"), ("ana", "Ana")],
        two.id: [("ana", "Ana")],
    }


def test_sessions_of_some_days_come_by_start_with_their_numbers(app):
    series = make.series(key="skills", room=make.room(key="room-1", name="Room 1"))
    late = make.session("2026-03-03", "18:00", "21:00", series=series, seats=3)
    early = make.session("2026-03-03", key="intake")
    make.session("2026-03-01")
    make.session("2026-03-05")
    last = make.session("2026-03-04")
    make.booking(late, status=Status.PRESENT, signed_at=make.instant("2026-03-03 21:00"))
    make.booking(late)
    make.booking(late, status=Status.EXCUSED)
    rows = schedule_queries.sessions_between(date(2026, 3, 2), date(2026, 3, 4))
    assert [row.id for row in rows] == [early.id, late.id, last.id]
    assert [(row.series, row.room_key, row.room_name) for row in rows[:2]] == [
        ("intake", None, None),
        ("skills", "room-1", "Room 1"),
    ]
    counts = [(row.booked, row.listed, row.present, row.marked, row.signed) for row in rows]
    assert counts == [(0, 0, 0, 0, 0), (2, 3, 1, 2, 1), (0, 0, 0, 0, 0)]


def test_sessions_that_start_together_come_by_end_then_by_key(app):
    series = make.series(key="b")
    longer = make.session(MONDAY, "10:00", "12:00", key="a")
    shorter = make.session(MONDAY, "10:00", "11:00", key="c")
    of_series = make.session(MONDAY, "10:00", "11:00", series=series)
    rows = schedule_queries.sessions_between(MONDAY, MONDAY)
    assert [row.id for row in rows] == [of_series.id, shorter.id, longer.id]


def test_sessions_can_be_limited_to_a_site_and_to_a_leader(app):
    ana = make.staff()
    here, there = make.program(make.site()), make.program(make.site())
    one = make.session(program=here, leaders=[make.staff(), ana])
    two = make.session(program=there, leaders=[ana])
    three = make.session(program=here)

    def ids(**limits):
        return {row.id for row in schedule_queries.sessions_between(MONDAY, MONDAY, **limits)}

    assert ids() == {one.id, two.id, three.id}
    assert ids(site_id=here.site_id) == {one.id, three.id}
    assert ids(scope=ana.id) == {one.id, two.id}
    assert ids(site_id=here.site_id, scope=ana.id) == {one.id}
    assert ids(scope=0) == set()


def test_a_day_costs_the_same_with_one_and_with_three_sessions(app, queries):
    def number():
        with queries() as count:
            schedule_queries.sessions_between(MONDAY, MONDAY)
        return count()

    make.booking()
    one = number()
    make.booking(make.session(start="12:00", end="13:00"))
    make.booking(make.session(start="14:00", end="15:00"))
    assert number() == one == 1


def test_in_scope_are_caseload_and_those_in_ones_own_sessions(app):
    ana = make.staff()
    mine = make.enrollment(clinician=ana)
    in_my_group, elsewhere = make.enrollment(), make.enrollment()
    make.booking(make.session(leaders=[make.staff(), ana]), in_my_group)
    make.booking(make.session(), elsewhere)
    found = session.scalars(
        schedule_queries.select(Enrollment).where(schedule_queries.in_scope(ana.id))
    ).all()
    assert {each.id for each in found} == {mine.id, in_my_group.id}


# Rosters and bookings


def test_the_roster_of_somebody_comes_by_first_day(app):
    jo, other = make.enrollment(), make.enrollment()
    series = make.series(room=make.room(name="Room 1"))
    late = make.roster_entry(series, jo, from_on="2026-03-09")
    early = make.roster_entry(make.series(), jo)
    make.roster_entry(series, other)
    entries = schedule_queries.roster_of([jo.id])
    assert entries == [early, late]
    assert [each.series.room.name if each.series.room else "" for each in entries] == [
        "",
        "Room 1",
    ]
    assert schedule_queries.get_roster_entry(late.id) is late
    assert (late.series.site.timezone, late.enrollment.participant.name) == (
        make.ZONE,
        "Jordan Avery",
    )


def test_the_fullest_coming_session_says_how_full_a_series_is(app):
    one, two, empty = make.series(), make.series(), make.series()
    past, next_, later = (
        make.session(day, series=one) for day in ("2026-03-02", "2026-03-09", "2026-03-16")
    )
    for held, number in ((past, 3), (next_, 1), (later, 2)):
        for _ in range(number):
            make.booking(held)
    make.booking(later, status=Status.EXCUSED)
    make.booking(make.session("2026-03-10", series=two))
    make.session("2026-03-10", series=empty)
    ids = [one.id, two.id, empty.id]
    found = schedule_queries.most_booked(ids, after=make.instant("2026-03-02 10:00"))
    assert found == {one.id: 2, two.id: 1}
    assert schedule_queries.most_booked([two.id], after=make.instant("2026-03-10 10:00")) == {}


def test_what_somebody_is_booked_for_comes_by_start(app):
    jo, other = make.enrollment(), make.enrollment()
    late = make.session("2026-03-03", room=make.room(name="Room 1"))
    early = make.session("2026-03-02")
    for held in (late, early, make.session("2026-03-04"), make.session("2026-03-01")):
        make.booking(held, jo)
    make.booking(early, other)
    rows = schedule_queries.bookings_of([jo.id], date(2026, 3, 2), date(2026, 3, 3))
    assert [(row.session_id, row.room, row.enrollment_id) for row in rows] == [
        (early.id, None, jo.id),
        (late.id, "Room 1", jo.id),
    ]


def test_sessions_are_named_by_title_and_key(app):
    series = make.series(key="skills", title="Skills")
    of_series, one_off = make.session(series=series), make.session(key="intake", title="Intake")
    make.session()
    found = schedule_queries.named([of_series.id, one_off.id])
    assert {each: (row.title, row.series_id, row.key) for each, row in found.items()} == {
        of_series.id: ("Skills", series.id, "skills"),
        one_off.id: ("Intake", None, "intake"),
    }


# Twice at a time


def test_two_sessions_at_a_time_in_a_room_are_found(app):
    room, other = make.room(), make.room()
    one = make.session(start="10:00", end="12:00", room=room)
    two = make.session(start="11:00", end="13:00", room=room)
    make.session(start="12:00", end="12:30", room=other)
    make.session(start="13:00", end="14:00", room=room)
    make.session(start="11:00", end="13:00", room=room, is_cancelled=True)
    make.session(start="11:00", end="13:00")
    make.session("2026-03-01", "10:00", "12:00", room=room)
    make.session("2026-03-01", "10:00", "12:00", room=room)
    assert schedule_queries.double_booked_rooms(MONDAY) == [
        DoubleBooking(room.id, one.id, two.id, MONDAY)
    ]


def test_leaders_and_co_leaders_are_in_one_place_at_a_time(app):
    ana, ben = make.staff(), make.staff()
    one = make.session(start="10:00", end="12:00", leaders=[ana, ben])
    two = make.session(start="11:00", end="13:00", leaders=[ben])
    make.session(start="12:00", end="13:00", leaders=[ana])
    assert schedule_queries.double_booked_leaders(MONDAY) == [
        DoubleBooking(ben.id, one.id, two.id, MONDAY)
    ]


def test_participants_are_in_one_place_at_a_time_over_all_their_enrollments(app):
    jo = make.participant()
    mine = make.enrollment(jo), make.enrollment(jo, make.program())
    one, two = (make.session(start=start, end="12:00") for start in ("10:00", "11:00"))
    make.booking(one, mine[0])
    make.booking(two, mine[1])
    make.booking(one)  # of somebody else
    away = make.session(start="11:30", end="12:00")
    make.booking(away, mine[0], status=Status.EXCUSED)
    found = [DoubleBooking(jo.id, one.id, two.id, MONDAY)]
    assert schedule_queries.double_booked_participants(MONDAY) == found
    assert schedule_queries.double_booked_participants(MONDAY, participant_id=jo.id) == found
    assert schedule_queries.double_booked_participants(MONDAY, participant_id=jo.id + 1) == []
    assert schedule_queries.double_booked_participants(MONDAY + timedelta(days=1)) == []


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(8, 17), st.integers(1, 4)),
        max_size=8,
    )
)
def test_double_bookings_are_all_pairs_that_overlap(app, plans):
    rooms = [make.room(), make.room()]
    held = [
        make.session(
            MONDAY, f"{first:02d}:00", f"{min(first + hours, 23):02d}:00", room=rooms[number]
        )
        for number, first, hours in plans
    ]
    expected = {
        frozenset([one.id, other.id])
        for one in held
        for other in held
        if one is not other
        and one.room_id == other.room_id
        and one.starts_at < other.ends_at
        and other.starts_at < one.ends_at
    }
    found = schedule_queries.double_booked_rooms(MONDAY)
    session.rollback()
    assert len(found) == len(expected)
    assert {frozenset([each.one_id, each.other_id]) for each in found} == expected
