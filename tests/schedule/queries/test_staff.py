from datetime import date

from clinic.days import DAY
from clinic.schedule.queries.people import away_of
from clinic.schedule.queries.staff import times_of_staff
from tests import make

MONDAY = date(2026, 3, 2)


def test_times_are_kept_apart_by_person(app):
    ana, kim = make.staff(), make.staff()
    make.working_hours(ana, 2, "09:00", "12:00")
    make.time_off(kim, "2026-03-02", "2026-03-03")
    times = times_of_staff([ana.id, kim.id])
    assert times == (
        {ana.id: [(2, 540, 720)], kim.id: []},
        {ana.id: [], kim.id: [(MONDAY, MONDAY + DAY)]},
    )
    jo = make.enrollment()
    make.unavailability(jo, 0)
    make.leave(jo, "2026-03-02", "2026-03-03")
    away = away_of([jo.id])
    assert away == ({jo.id: [(0, 480, 960)]}, {jo.id: [(MONDAY, MONDAY + DAY)]})
