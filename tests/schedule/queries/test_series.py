from datetime import date

from clinic.db import db
from clinic.schedule.models import Status
from clinic.schedule.queries.series import find_series, get_series, most_booked, series_at
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
                found.room.name,
                [leader.staff.name for leader in found.leaders],
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
    make.booking(make.session("2026-03-10", series=two))
    make.session("2026-03-10", series=empty)
    ids = [one.id, two.id, empty.id]
    found = most_booked(ids, after=make.instant("2026-03-02 10:00"))
    assert found == {one.id: 2, two.id: 1}
    assert most_booked([two.id], after=make.instant("2026-03-10 10:00")) == {}
