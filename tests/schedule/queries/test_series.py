from datetime import date

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.errors import NotFound
from clinic.schedule.models import Series, SeriesPlan, Session, Status
from clinic.schedule.queries.series import (
    find_series,
    get_group,
    get_series,
    groups_found,
    is_plan_of,
    leaders_of_series,
    most_taken,
    series_at,
)
from tests import make

MONDAY = date(2026, 3, 2)


def afresh():
    make.saved()
    db.expunge_all()


def test_a_series_comes_with_its_site_program_room_and_leaders(app, queries):
    ana, ben = make.staff(name="Ana"), make.staff(name="Ben")
    series_id = make.series(key="skills", room=make.room(name="Room 1"), leaders=[ben, ana]).id
    afresh()
    for found in (find_series("skills"), get_series(series_id)):
        with queries() as count:
            told = (
                found.site.timezone,
                found.program.name,
                found.plan.room.name,
                [leader.staff.name for leader in found.plan.leaders],
            )
        assert (told, count()) == ((make.ZONE, "Evening IOP", "Room 1", ["Ben", "Ana"]), 0)


def test_the_series_of_a_site_are_those_that_have_not_ended_by_title(app):
    site, other = make.site(), make.site()
    here = make.program(site)
    yoga, skills = (make.series(here, title=title) for title in ("Yoga", "Skills"))
    late = make.series(here, title="Skills", start="18:00", end="19:00", until_on=MONDAY)
    make.series(here, until_on="2026-03-01")
    make.series(make.program(other))
    assert series_at(site.id, running_on=MONDAY) == [skills, late, yoga]


def test_the_fullest_coming_session_says_how_full_a_series_is(app):
    one, two, empty = make.series(), make.series(), make.series()
    past, next_, later = (
        make.session(day, series=one) for day in ("2026-03-02", "2026-03-09", "2026-03-16")
    )
    for session, number in ((past, 3), (next_, 1), (later, 2)):
        for _ in range(number):
            make.booking(session)
    make.booking(later, status=Status.EXCUSED)
    off = make.session("2026-03-23", series=one, is_cancelled=True)
    for _ in range(4):
        make.booking(off)
    make.booking(make.session("2026-03-10", series=two))
    make.session("2026-03-10", series=empty)
    ids = [one.id, two.id, empty.id]
    found = most_taken(ids, after=make.instant("2026-03-02 10:00"))
    assert found == {one.id: 2, two.id: 1, empty.id: 0}
    make.offer(make.enrollment(), later)  # held for somebody: no seat to give
    assert most_taken([one.id], after=make.instant("2026-03-02 10:00")) == {one.id: 3}
    assert most_taken([two.id], after=make.instant("2026-03-10 10:00")) == {}


def test_a_plan_is_that_of_a_day_or_the_one_that_holds_now(app):
    series = make.series(from_on="2026-03-02", leaders=[make.staff(name="Ana")])
    later = make.series_plan(series, "2026-03-16", seats=10)
    make.series(from_on="2026-03-02")
    for day, seats in (("2026-03-01", []), ("2026-03-15", [12]), ("2026-03-16", [10])):
        session = make.session(day, series=series)
        of_the_day = select(SeriesPlan.seats).where(
            is_plan_of(Session.series_id, Session.planned_on), Session.id == session.id
        )
        assert db.scalars(of_the_day).all() == seats
    now = select(SeriesPlan.id).where(is_plan_of(Series.id), Series.id == series.id)
    assert db.scalars(now).all() == [later.id]
    assert leaders_of_series([series.id])[series.id] == []


def test_who_led_a_group_before_does_not_lead_it_now(app):
    ana, ben = make.staff(), make.staff()
    series = make.series(leaders=[ana])
    plan = make.series_plan(series, "2026-03-16")
    plan.leaders.append(make.SeriesLeader(staff=ben, position=0))
    db.flush()
    assert get_group(series.id, ben.id) is series
    with pytest.raises(NotFound):
        get_group(series.id, ana.id)


def test_groups_come_by_title_as_people_expect_then_by_time(app):
    for title, start in (("Zen", "08:00"), ("Élan", "09:00"), ("élan", "07:00"), ("Art", "09:30")):
        make.series(title=title, start=start)
    expected = ["Art", "élan", "Élan", "Zen"]
    assert [row.title for row in groups_found(None)] == expected
    site_id = db.scalars(select(Series.site_id)).first()
    assert [each.title for each in series_at(site_id, running_on=MONDAY)] == expected


def test_groups_are_found_by_what_people_mean_when_they_type(app):
    oscar = make.staff(name="Óscar Ruiz")
    make.series(title="Élan", leaders=[oscar], room=make.room(name="Room 1"))
    make.series(title="Art")
    for words in ("elan", "ÉLAN", "oscar", "r\u200buiz room", "elan evening"):
        assert [row.title for row in groups_found(None, words)] == ["Élan"], words
    assert groups_found(None, "elan nobody") == []
