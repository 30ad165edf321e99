from datetime import date

import pytest

from clinic.db import db
from clinic.errors import NotFound
from clinic.schedule.models import Status
from clinic.schedule.queries.rosters import get_roster_entry
from clinic.schedule.queries.series import find_series, get_series
from clinic.schedule.queries.sessions import (
    find_meeting,
    find_one_off,
    get_session,
    leaders_of,
    named,
    sessions_between,
)
from tests import make

MONDAY = date(2026, 3, 2)


def afresh():
    make.saved()
    db.expunge_all()


def test_unknown_series_and_sessions_are_none_or_not_found(app):
    assert (find_series("skills"), find_one_off("intake")) == (
        None,
        None,
    )
    for get in (
        get_series,
        get_session,
        get_roster_entry,
    ):
        for number in (None, 7):
            with pytest.raises(NotFound):
                get(number)


def test_a_session_comes_with_its_surroundings(app, queries):
    series = make.series(leaders=[make.staff(name="Ana")])
    room = make.room(name="Room 1")
    one_off_id = make.session(key="intake", room=room, leaders=[make.staff(name="Ben")]).id
    session_id = make.session(series=series).id
    afresh()
    session, one_off = (get_session(each) for each in (session_id, one_off_id))
    assert find_one_off("intake") is one_off
    with queries() as count:
        told = [
            (
                each.site.timezone,
                each.program.name,
                each.room.name if each.room else None,
                each.series.title if each.series else None,
                [leader.staff.name for leader in each.leaders],
            )
            for each in (session, one_off)
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
    found = leaders_of([one.id, two.id, nobody.id])
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
    rows = sessions_between(date(2026, 3, 2), date(2026, 3, 4))
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
    rows = sessions_between(MONDAY, MONDAY)
    assert [row.id for row in rows] == [of_series.id, shorter.id, longer.id]


def test_sessions_can_be_limited_to_a_site_and_to_a_leader(app):
    ana = make.staff()
    here, there = make.program(make.site()), make.program(make.site())
    one = make.session(program=here, leaders=[make.staff(), ana])
    two = make.session(program=there, leaders=[ana])
    three = make.session(program=here)

    def ids(**limits):
        return {row.id for row in sessions_between(MONDAY, MONDAY, **limits)}

    assert ids() == {one.id, two.id, three.id}
    assert ids(site_id=here.site_id) == {one.id, three.id}
    assert ids(scope=ana.id) == {one.id, two.id}
    assert ids(site_id=here.site_id, scope=ana.id) == {one.id}
    assert ids(scope=0) == set()


def test_a_day_costs_the_same_with_one_and_with_three_sessions(app, queries):
    def number():
        with queries() as count:
            sessions_between(MONDAY, MONDAY)
        return count()

    make.booking()
    one = number()
    make.booking(make.session(start="12:00", end="13:00"))
    make.booking(make.session(start="14:00", end="15:00"))
    assert number() == one == 1


def test_sessions_are_named_by_title_and_key(app):
    series = make.series(key="skills", title="Skills")
    of_series, one_off = make.session(series=series), make.session(key="intake", title="Intake")
    make.session()
    found = named([of_series.id, one_off.id])
    assert {each: (row.title, row.series_id, row.key) for each, row in found.items()} == {
        of_series.id: ("Skills", series.id, "skills"),
        one_off.id: ("Intake", None, "intake"),
    }


def test_a_meeting_is_found_by_the_day_of_its_plan(app):
    series = make.series()
    moved = make.session("2026-03-06", series=series, planned_on=date(2026, 3, 2))
    assert find_meeting(series.id, date(2026, 3, 2)).id == moved.id
    assert find_meeting(series.id, date(2026, 3, 6)) is None
